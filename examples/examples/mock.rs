//! A client replaced by a double: how to test your own code without any Azure. The tests are below.
//!
//! `cargo run --example mock`, `cargo test --example mock`
#![expect(clippy::print_stdout, reason = "examples talk to people")]

use azure_core::time::{Duration, OffsetDateTime, parse_rfc3339};
use examples::Failed;
use keyvault_rbac::{
    ArmKey, ArmKeysApi, CreateArmKeyOptions, Error, KeyName, NewKey, Result, VaultId, testing,
};

/// Your own code. It takes the trait, not the client: `VaultClient` is the one that asks Azure.
///
/// Warns of a key that takes the account away within 30 days: it expires, or is gone.
async fn warning(
    keys: &dyn ArmKeysApi,
    vault: &VaultId,
    name: &KeyName,
    now: OffsetDateTime,
) -> Result<Option<String>> {
    let key = match keys.get_arm_key(vault, name).await {
        Ok(key) => key,
        Err(Error::NotFound(_)) => return Ok(Some(format!("key {name} is gone: recover it"))),
        Err(error) => return Err(error),
    };
    let left = key.attributes.expires.map(|expires| expires - now);
    let left = left.filter(|left| *left < Duration::days(30));
    Ok(left.map(|left| format!("key {name} expires in {} days", left.whole_days())))
}

mockall::mock! {
    /// The double. It needs every method of the trait that has no default body.
    #[derive(Debug)]
    Keys {}

    #[async_trait::async_trait]
    impl ArmKeysApi for Keys {
        async fn create_key_if_absent(
            &self,
            vault: &VaultId,
            key: &KeyName,
            new: &NewKey,
            options: Option<CreateArmKeyOptions>,
        ) -> Result<ArmKey>;
        async fn get_arm_key(&self, vault: &VaultId, key: &KeyName) -> Result<ArmKey>;
    }
}

const VAULT: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/contoso-keys";

/// A double that is asked once, and has a key that expires then. `testing` makes what only the service makes.
fn key_that_expires(expires: OffsetDateTime) -> Result<MockKeys, Failed> {
    let uri = "https://contoso-keys.vault.azure.net/keys/cosmos".parse()?;
    let mut key = testing::arm_key(format!("{VAULT}/keys/cosmos").parse()?, uri);
    key.attributes.expires = Some(expires);
    let mut keys = MockKeys::new();
    let asked = keys.expect_get_arm_key().times(1);
    asked.return_once(|_, _| Ok(key));
    Ok(keys)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let now = parse_rfc3339("2027-01-01T00:00:00Z")?;
    let keys = key_that_expires(now + Duration::days(12))?;
    let warning = warning(&keys, &VAULT.parse()?, &"cosmos".parse()?, now).await?;
    println!("{}", warning.unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MockKeys, VAULT, key_that_expires, warning};
    use azure_core::time::{Duration, OffsetDateTime};
    use keyvault_rbac::{Failure, Kind};

    async fn warned(keys: MockKeys) -> Option<String> {
        let (vault, key) = (VAULT.parse().unwrap(), "cosmos".parse().unwrap());
        let now = OffsetDateTime::UNIX_EPOCH;
        warning(&keys, &vault, &key, now).await.unwrap()
    }

    #[tokio::test]
    async fn the_last_thirty_days_are_told() {
        for (days, told) in [(29, Some("key cosmos expires in 29 days")), (30, None)] {
            let keys = key_that_expires(OffsetDateTime::UNIX_EPOCH + Duration::days(days)).unwrap();
            assert_eq!(warned(keys).await.as_deref(), told);
        }
    }

    #[tokio::test]
    async fn a_key_that_is_gone_is_told() {
        let mut keys = MockKeys::new();
        let gone = Failure::builder("get_arm_key").build(Kind::NotFound);
        let asked = keys.expect_get_arm_key().times(1);
        asked.return_once(|_, _| Err(gone));
        let told = Some(String::from("key cosmos is gone: recover it"));
        assert_eq!(warned(keys).await, told);
    }
}
