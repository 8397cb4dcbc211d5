//! Beyond the walkthrough: keys in use, access policies, and what locks and policies hold.

use super::{
    AzureCli,
    walkthrough::{KEY, NEW_VAULT},
};
use crate::{
    Outcome,
    clients::stage::{Who::Customer, run},
};
use azure_core::time::{Duration, OffsetDateTime, to_rfc3339};
use serde_json::json;

/// 32 bytes in base64, as the CLI takes a digest.
const DIGEST: &str = "Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc=";
const SIGN: &str = "keyvault key sign --vault-name contoso-keys -n {} --algorithm {} --digest {}";
/// Prints a private key, so that none has to be kept.
const NEW_PEM: &str = "\
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
key = ec.generate_private_key(ec.SECP384R1())
print(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())";

impl AzureCli<'_> {
    /// Encrypts, signs, imports, backs up and restores.
    pub(in crate::clients) fn keys(&mut self) -> Outcome {
        self.tell(
            "key of the default size",
            Customer,
            "{kty:key.kty,operations:key.keyOps}",
            "keyvault key create --name tool --vault-name contoso-keys",
            &[],
        )?;
        let sealed: String = self.ask(
            Customer,
            "result",
            "keyvault key encrypt --vault-name contoso-keys -n tool --algorithm RSA-OAEP-256 --data-type plaintext --value secret",
            &[],
        )?;
        self.decrypt("decrypted text", "contoso-keys", &sealed)?;
        self.sign("signature of an RSA key", "tool", "PS256")?;
        let curve = "keyvault key create --vault-name contoso-keys --kty EC --curve P-256 -n curve";
        self.must(Customer, curve, &[])?;
        self.sign("signature of an EC key", "curve", "ES256")?;
        self.dates()?;

        let environment = self.stage.environment(Customer);
        let mut python = self.stage.command(self.python, &environment);
        python.args(["-c", NEW_PEM]);
        let pem = String::from_utf8(run(python, "")?.stdout)?;
        self.tell(
            "imported key",
            Customer,
            "{uri:key.kid,kty:key.kty,curve:key.crv,operations:key.keyOps}",
            "keyvault key import --vault-name contoso-keys -n imported --pem-string {}",
            &[&pem],
        )?;

        let file = self.stage.path("tool.backup").display().to_string();
        let backup = "keyvault key backup --vault-name contoso-keys -n tool --file {}";
        self.must(Customer, backup, &[&file])?;
        self.must(Customer, NEW_VAULT, &["contoso-copy"])?;
        let scope = self.vault_id().replace("contoso-keys", "contoso-copy");
        self.must(
            Customer,
            "role assignment create --role {} --assignee {} --scope {}",
            &[
                "Key Vault Crypto Officer",
                &self.stage.customer.client_id,
                &scope,
            ],
        )?;
        let restore = "keyvault key restore --vault-name contoso-copy --file {}";
        self.tell("restored key", Customer, KEY, restore, &[&file])?;
        self.decrypt("decrypted by the restored key", "contoso-copy", &sealed)?;
        self.refused("backup of a key that is there", Customer, restore, &[&file])
    }

    fn decrypt(&mut self, operation: &str, vault: &str, sealed: &str) -> Outcome {
        let command = "keyvault key decrypt --vault-name {} -n tool --algorithm RSA-OAEP-256 --data-type plaintext --value={}";
        self.tell(operation, Customer, "result", command, &[vault, sealed])?;
        Ok(())
    }

    fn sign(&mut self, operation: &str, key: &str, algorithm: &str) -> Outcome {
        let values = [key, algorithm, DIGEST];
        let signature: String = self.ask(Customer, "signature", SIGN, &values)?;
        self.tell(
            operation,
            Customer,
            "isValid",
            "keyvault key verify --vault-name contoso-keys -n {} --algorithm {} --digest {} --signature={}",
            &[key, algorithm, DIGEST, &signature],
        )?;
        Ok(())
    }

    /// Keys whose dates are near: the vault's calendar is today's.
    fn dates(&mut self) -> Outcome {
        let now = OffsetDateTime::now_utc().replace_nanosecond(0)?;
        let on = |days: i64| to_rfc3339(&(now + Duration::days(days)));
        let create = "keyvault key create --vault-name contoso-keys --kty RSA --size 2048 -n {} --not-before {} --expires {}";
        self.must(Customer, create, &["begun", &on(-1), &on(1)])?;
        self.sign("signature by a key that began yesterday", "begun", "PS256")?;
        for (operation, name, first, last) in [
            ("signature by a key that expired yesterday", "over", -2, -1),
            ("signature by a key that begins tomorrow", "early", 1, 2),
        ] {
            self.must(Customer, create, &[name, &on(first), &on(last)])?;
            self.refused(operation, Customer, SIGN, &[name, "PS256", DIGEST])?;
        }
        Ok(())
    }

    /// Access policies, locks and a policy that denies.
    pub(in crate::clients) fn governance(&mut self) -> Outcome {
        let vault = "keyvault create -g keys -l westeurope --enable-rbac-authorization false --no-self-perms true -n contoso-policies";
        self.must(Customer, vault, &[])?;
        let somebody = "22222222-2222-4222-8222-222222222222";
        // The CLI sends them in an order of no meaning.
        let permissions = "sort(properties.accessPolicies[0].permissions.keys)";
        let set = "keyvault set-policy -n contoso-policies --key-permissions get wrapKey unwrapKey --object-id {}";
        self.tell("access policy", Customer, permissions, set, &[somebody])?;
        let delete = "keyvault delete-policy -n contoso-policies --object-id {}";
        self.tell(
            "access policy, removed",
            Customer,
            "length(properties.accessPolicies)",
            delete,
            &[somebody],
        )?;

        let lock = "lock create -g keys -n keep --notes kept --lock-type {}";
        let shown = "{name:name,level:level,notes:notes}";
        self.tell("lock", Customer, shown, lock, &["CanNotDelete"])?;
        let list = "lock list -g keys";
        self.tell("locks", Customer, "[].name", list, &[])?;
        let delete = "keyvault delete -n contoso-keys";
        self.refused("deletion under a lock", Customer, delete, &[])?;
        self.must(Customer, lock, &["ReadOnly"])?;
        let update = "group update -n keys --set tags.a=b";
        self.refused("change under a read-only lock", Customer, update, &[])?;
        self.must(Customer, "lock delete -g keys -n keep", &[])?;
        self.tell("tags without the lock", Customer, "tags", update, &[])?;

        let rule = json!({
            "if": {"allOf": [
                {"field": "type", "equals": "Microsoft.KeyVault/vaults"},
                {"field": "location", "notIn": ["northeurope"]},
            ]},
            "then": {"effect": "deny"},
        });
        self.must(
            Customer,
            "policy definition create -n north --mode All --rules {}",
            &[&rule.to_string()],
        )?;
        let assign = "policy assignment create -n north --policy north -g keys";
        self.tell(
            "policy",
            Customer,
            "{name:name,mode:enforcementMode}",
            assign,
            &[],
        )?;
        self.refused(
            "vault that a policy denies",
            Customer,
            NEW_VAULT,
            &["contoso-south"],
        )?;
        self.must(Customer, "policy assignment delete -n north -g keys", &[])?;
        self.must(Customer, "policy definition delete -n north", &[])
    }
}
