//! Built-in roles, whose ids are the same in every tenant.

use azure_core::Uuid;
use cmk_core::SubscriptionId;
use std::fmt;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal, $id:literal;)*) => {
        /// A built-in role of Azure RBAC, as far as customer-managed keys meet them.
        ///
        /// [Built-in roles](https://learn.microsoft.com/azure/role-based-access-control/built-in-roles)
        ///
        /// ```
        /// use keyvault_rbac::Role;
        ///
        /// let role = Role::KeyVaultCryptoServiceEncryptionUser;
        /// assert_eq!(role.id().to_string(), "e147488a-f6f5-4113-8e2d-b22465e65bf6");
        /// let subscription = "11111111-1111-4111-8111-111111111111".parse()?;
        /// assert_eq!(Role::from_definition_id(&role.definition_id(subscription)), Some(role));
        /// # Ok::<(), cmk_core::InvalidId>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Role {
            $($(#[$doc])* $role,)*
        }

        impl Role {
            /// Every role that this crate knows.
            pub const ALL: &'static [Self] = &[$(Self::$role),*];

            /// The GUID of the role definition.
            #[must_use]
            pub const fn id(self) -> Uuid {
                match self {
                    $(Self::$role => Uuid::from_u128($id),)*
                }
            }

            /// The name that portal and command line show.
            #[must_use]
            pub const fn display_name(self) -> &'static str {
                match self {
                    $(Self::$role => $name,)*
                }
            }
        }
    };
}

roles! {
    /// All of a vault's data plane.
    KeyVaultAdministrator = "Key Vault Administrator", 0x00482a5a_887f_4fb3_b363_3b7fe8e74483;
    /// Everything on keys and their rotation policies, except giving permissions.
    KeyVaultCryptoOfficer = "Key Vault Crypto Officer", 0x14b46e9e_c2b7_41b4_b07b_48a6ebf60603;
    /// Read, wrap and unwrap: what a service that encrypts under a customer's key needs, and no more.
    KeyVaultCryptoServiceEncryptionUser = "Key Vault Crypto Service Encryption User", 0xe147488a_f6f5_4113_8e2d_b22465e65bf6;
    /// Every use of a key, and updating it.
    KeyVaultCryptoUser = "Key Vault Crypto User", 0x12338af0_0e69_4776_bea7_57ae8d297424;
    /// Release of keys to confidential computing.
    KeyVaultCryptoServiceReleaseUser = "Key Vault Crypto Service Release User", 0x08bbd89e_9f13_488c_ac41_acfcb10c90ab;
    /// Metadata of vaults, keys, certificates and secrets.
    KeyVaultReader = "Key Vault Reader", 0x21090545_7ca7_4776_b22c_e363652d74d2;
    /// Control plane of vaults: no data plane, no giving of roles, no purge.
    KeyVaultContributor = "Key Vault Contributor", 0xf25e0fa2_a7c8_4377_a976_54943a77a395;
    /// Giving eight roles of the data plane of vaults, among them Key Vault Crypto Service Encryption User.
    KeyVaultDataAccessAdministrator = "Key Vault Data Access Administrator", 0x8b54135c_b56d_4d72_a534_26097cfdc8d8;
    /// Everything, giving of roles included. No data plane.
    Owner = "Owner", 0x8e3af657_a8ff_443c_a75c_2fe8c4bcb635;
    /// Everything except giving of roles. No data plane.
    Contributor = "Contributor", 0xb24988ac_6180_42a0_ab88_20f7382dd24c;
    /// Reading everything. No data plane.
    Reader = "Reader", 0xacdd72a7_3385_48ef_bd42_f606fba81ae7;
    /// Giving any role.
    UserAccessAdministrator = "User Access Administrator", 0x18d7d88d_d35e_4fb5_a5c3_7773c20a72d9;
    /// Giving any role, and reading everything.
    RoleBasedAccessControlAdministrator = "Role Based Access Control Administrator", 0xf58310d9_a9f6_439a_9e8d_f62e7b41a168;
    /// Reading user-assigned identities and attaching them to resources.
    ManagedIdentityOperator = "Managed Identity Operator", 0xf1a07417_d97a_45cb_824c_7a7467783830;
    /// Making, changing and deleting user-assigned identities.
    ManagedIdentityContributor = "Managed Identity Contributor", 0xe40ec5ca_96e0_45a2_b4ff_59039f2c2b59;
    /// Everything on Cosmos DB accounts, keys included.
    DocumentDbAccountContributor = "DocumentDB Account Contributor", 0x5bd9cd88_fe45_4216_938b_f97437e15450;
    /// Cosmos DB accounts without their keys and connection strings.
    CosmosDbOperator = "Cosmos DB Operator", 0x230815da_be43_4aae_9cb4_875f7bd000aa;
}

impl Role {
    /// The id of the role definition as a role assignment in this subscription names it.
    #[must_use]
    pub fn definition_id(self, subscription: SubscriptionId) -> String {
        format!(
            "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}",
            self.id()
        )
    }

    /// The built-in role that the id of a role definition names, at whatever scope and in whatever case; `None` for a role
    /// that is not built in or not known here.
    #[must_use]
    pub fn from_definition_id(id: &str) -> Option<Self> {
        let (above, guid) = id.rsplit_once('/')?;
        let (_, collection) = above.rsplit_once('/')?;
        let guid = Uuid::try_parse(guid).ok()?;
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.id() == guid)
            .filter(|_| collection.eq_ignore_ascii_case("roleDefinitions"))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.display_name())
    }
}
