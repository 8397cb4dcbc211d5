//! Verification on the simulator: what a whole chain looks like from each side, and what is unknown rather than ok.

use crate::flow::{ACCOUNT, Everything, Flow, VAULT, options};
use azure_core::time::OffsetDateTime;
use cross_tenant_cmk::{
    Check, CheckId, Customer, CustomerSide, IdentityProof, Provider, ProviderSide, Severity,
    TenantContext, Verdict, Verification, VerifyOptions,
    cmk_core::Cloud,
    cosmos_cmk::AccountId,
    keyvault_rbac::{KeyName, VaultId},
    verify_as_customer, verify_as_provider, verify_both,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// The finished flow, and the names that verification needs.
pub(crate) struct Chain {
    pub(crate) flow: Flow,
    pub(crate) done: Everything,
    pub(crate) account: AccountId,
    pub(crate) vault: VaultId,
    pub(crate) key: KeyName,
}

impl Chain {
    pub(crate) async fn finished() -> Self {
        Self::of(Flow::typical()).await
    }

    pub(crate) async fn of(flow: Flow) -> Self {
        let done = flow.everything().await;
        Self {
            account: done.account.id.clone(),
            vault: vault_id(&flow),
            key: "cosmos".parse().unwrap(),
            flow,
            done,
        }
    }

    pub(crate) fn provider(&self) -> ProviderSide<'_> {
        self.provider_at(&self.flow.provider)
    }

    pub(crate) fn provider_at<'a>(&'a self, at: &'a TenantContext<Provider>) -> ProviderSide<'a> {
        ProviderSide {
            at,
            setup: &self.done.setup,
            customer: &self.done.record,
            account: &self.account,
            grant: Some(&self.done.grant),
        }
    }

    pub(crate) fn customer(&self) -> CustomerSide<'_> {
        self.customer_at(&self.flow.customer)
    }

    pub(crate) fn customer_at<'a>(&'a self, at: &'a TenantContext<Customer>) -> CustomerSide<'a> {
        CustomerSide::of_offer(
            at,
            &self.done.offer,
            self.flow.provider.tenant(),
            &self.vault,
            &self.key,
        )
    }

    /// Dates are judged by the simulator's calendar.
    pub(crate) fn options(&self) -> Option<VerifyOptions> {
        Some(VerifyOptions {
            now: Some(now(&self.flow)),
            ..VerifyOptions::default()
        })
    }

    /// With a credential of the managed identity.
    pub(crate) fn with_proof(&self) -> Option<VerifyOptions> {
        let mut with = self.options()?;
        with.key_proof = Some(Arc::new(self.proof()));
        Some(with)
    }

    pub(crate) fn proof(&self) -> IdentityProof {
        let id = self.done.setup.identity_id.to_string();
        let credential = self.flow.sim.identity_credential(&id);
        IdentityProof::new(Cloud::Public, credential, Some(options(&self.flow.sim))).unwrap()
    }

    /// Switches the vault from roles to access policies, of which there are none.
    pub(crate) fn to_access_policies(&self) {
        let vault = &self.vault;
        let url = format!("https://management.azure.com{vault}?api-version=2024-11-01");
        let body = json!({
            "location": "westeurope",
            "properties": {
                "tenantId": self.flow.both.customer.tenant_id,
                "sku": { "family": "A", "name": "standard" },
                "accessPolicies": [],
                "enableRbacAuthorization": false,
                "enablePurgeProtection": true,
            },
        });
        self.flow.customer_put(&url, &body);
    }

    /// Lets the customer's administrator read keys in the data plane.
    pub(crate) fn let_customer_read_keys(&self) {
        let scope = self.vault.to_string();
        let admin = &self.flow.both.customer.admin;
        assert!(self.flow.sim.grant(admin, "Key Vault Crypto User", &scope));
    }
}

pub(crate) fn vault_id(flow: &Flow) -> VaultId {
    format!(
        "/subscriptions/{}/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/{VAULT}",
        flow.customer.subscription()
    )
    .parse()
    .unwrap()
}

/// The simulator's calendar starts with 2026.
pub(crate) fn now(flow: &Flow) -> OffsetDateTime {
    let start = OffsetDateTime::from_unix_timestamp(1_767_225_600).unwrap();
    start + elapsed(flow)
}

/// The simulator's time at the last request.
pub(crate) fn elapsed(flow: &Flow) -> Duration {
    flow.sim
        .requests()
        .last()
        .map_or(Duration::ZERO, |last| last.at)
}

pub(crate) fn ids(found: &Verification, verdict: Verdict) -> Vec<&'static str> {
    found
        .with_verdict(verdict)
        .map(|check| check.id.as_str())
        .collect()
}

pub(crate) fn check(found: &Verification, id: CheckId) -> &Check {
    found.check(id).unwrap()
}

const PROOF: [&str; 5] = ["CMK-060", "CMK-061", "CMK-062", "CMK-063", "CMK-064"];

#[tokio::test(start_paused = true)]
async fn a_whole_chain_is_proved_where_everything_can_be_seen() {
    let chain = Chain::finished().await;
    chain.let_customer_read_keys();
    let found = verify_both(&chain.provider(), &chain.customer(), chain.with_proof()).await;
    assert!(found.is_proved(), "{found}");
    assert!(found.found_nothing_broken());
    assert_eq!(found.checks.len(), CheckId::ALL.len());
    chain.flow.assert_modelled();
}

#[tokio::test(start_paused = true)]
async fn verification_only_reads() {
    let chain = Chain::finished().await;
    let writes = chain.flow.sim.writes().len();
    verify_both(&chain.provider(), &chain.customer(), chain.with_proof()).await;
    assert_eq!(chain.flow.sim.writes().len(), writes);
}

#[tokio::test(start_paused = true)]
async fn the_provider_alone_does_not_know_what_lies_with_the_customer() {
    let chain = Chain::finished().await;
    let found = verify_as_provider(&chain.provider(), chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), [""; 0]);
    assert_eq!(
        ids(&found, Verdict::Ok),
        [
            "CMK-001", "CMK-003", "CMK-004", "CMK-010", "CMK-011", "CMK-012", "CMK-013", "CMK-014",
            "CMK-020", "CMK-021", "CMK-022", "CMK-023", "CMK-046",
        ]
    );
    assert!(!found.is_proved());
    let role = check(&found, CheckId::KeyRole);
    assert!(role.needs.unwrap().contains("roleAssignments/read"));
}

#[tokio::test(start_paused = true)]
async fn a_key_proof_lets_the_provider_know_the_customers_links() {
    let chain = Chain::finished().await;
    let found = verify_as_provider(&chain.provider(), chain.with_proof()).await;
    assert_eq!(ids(&found, Verdict::Failed), [""; 0]);
    assert_eq!(
        ids(&found, Verdict::Unknown),
        // Its own credentials, its directory's words, and what no key tells of its vault.
        [
            "CMK-002", "CMK-032", "CMK-041", "CMK-044", "CMK-045", "CMK-057"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_customer_alone_does_not_know_what_lies_with_the_provider() {
    let chain = Chain::finished().await;
    let found = verify_as_customer(&chain.customer(), chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), [""; 0]);
    let mut expected = vec![
        "CMK-001", "CMK-004", "CMK-010", "CMK-011", "CMK-012", "CMK-013", "CMK-014", "CMK-020",
        "CMK-021", "CMK-022", "CMK-023", "CMK-057",
    ];
    expected.extend(PROOF);
    assert_eq!(ids(&found, Verdict::Unknown), expected);
}

#[tokio::test(start_paused = true)]
async fn a_customer_can_look_before_anything_is_granted() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let (vault, key) = (vault_id(&flow), "cosmos".parse().unwrap());
    let offer = setup.offer(None);
    let side = CustomerSide::of_offer(&flow.customer, &offer, flow.provider.tenant(), &vault, &key);
    let found = verify_as_customer(&side, None).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-030", "CMK-040"]);
    let remedy = check(&found, CheckId::ServicePrincipal)
        .remedy
        .as_ref()
        .unwrap();
    assert_eq!(
        remedy.command.as_deref().unwrap(),
        format!("az ad sp create --id {}", setup.application_client_id)
    );

    flow.phase2(&offer).await.unwrap();
    let found = verify_as_customer(&side, None).await;
    assert_eq!(ids(&found, Verdict::Failed), [""; 0], "{found}");
}

#[tokio::test(start_paused = true)]
async fn a_provider_can_look_before_there_is_an_account() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let record = flow.record(&setup.offer(None));
    let account = AccountId::new(
        flow.provider.subscription(),
        &"contoso-data".parse().unwrap(),
        &ACCOUNT.parse().unwrap(),
    )
    .unwrap();
    let side = ProviderSide {
        at: &flow.provider,
        setup: &setup,
        customer: &record,
        account: &account,
        grant: None,
    };
    let found = verify_as_provider(&side, None).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-010"]);
    assert_eq!(check(&found, CheckId::AccountKey).verdict, Verdict::Unknown);
    assert_eq!(
        check(&found, CheckId::VaultChallenge).verdict,
        Verdict::Unknown
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_expires_soon_is_a_warning() {
    let chain = Chain::finished().await;
    let day = Duration::from_secs(24 * 3_600);
    let end = elapsed(&chain.flow) + 10 * day;
    assert!(chain.flow.sim.set_key_expiry(VAULT, "cosmos", Some(end)));
    let found = verify_as_customer(&chain.customer(), chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-053"]);
    assert_eq!(
        check(&found, CheckId::KeyExpiry).severity,
        Severity::Warning
    );
    assert!(found.found_nothing_broken());
    assert!(
        found
            .to_string()
            .contains("CMK-053  warning  The key does not expire soon")
    );

    let mut patient = chain.options().unwrap();
    patient.expiry_notice = 5 * day;
    let found = verify_as_customer(&chain.customer(), Some(patient)).await;
    assert_eq!(ids(&found, Verdict::Failed), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_report_is_json_a_table_and_junit() {
    let chain = Chain::finished().await;
    assert!(chain.flow.sim.enable_key(VAULT, "cosmos", None, false));
    let found = verify_as_customer(&chain.customer(), chain.options()).await;

    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["kind"], "cross-tenant-cmk/verification");
    assert_eq!(json["version"], 1);
    assert_eq!(json["checks"].as_array().unwrap().len(), CheckId::ALL.len());
    let failed = json["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["verdict"] == "failed")
        .unwrap();
    assert_eq!(
        *failed,
        serde_json::json!({
            "id": "CMK-051",
            "title": "The key is enabled",
            "verdict": "failed",
            "severity": "error",
            "evidence": "it is disabled",
            "remedy": {
                "who": "customer",
                "action": "enable the key; rotate it only once the account is online again",
                "command": "az keyvault key set-attributes --vault-name contoso-keys --name cosmos --enabled true",
                "call": "keyvault_rbac::KeysApi::update_key",
                "healing": "up to 1 hour after the cause is gone; after 2 hours contact Azure support",
            },
        })
    );

    let table = found.to_string();
    assert!(
        table.contains("CMK-051  failed   The key is enabled\n"),
        "{table}"
    );
    assert!(
        table.contains("$ az keyvault key set-attributes"),
        "{table}"
    );

    let xml = found.to_junit();
    let count = |part: &str| xml.matches(part).count();
    assert_eq!(count("<testcase "), CheckId::ALL.len());
    assert_eq!(count("<failure type=\"error\""), 1);
    assert_eq!(
        count("<skipped "),
        found.with_verdict(Verdict::Unknown).count()
    );
    assert!(xml.contains(&format!(
        "failures=\"1\" errors=\"0\" skipped=\"{}\">",
        count("<skipped ")
    )));
}
