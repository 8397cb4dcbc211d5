//! A managed HSM: made, activated, its local roles and keys, an account under one of them, deleted and recovered.

use super::AzureCli;
use crate::{
    Outcome,
    clients::stage::{Who::Customer, run},
};
use std::fs;

const HSM: &str = "{id:id,uri:properties.hsmUri,tenantId:properties.tenantId,purgeProtection:properties.enablePurgeProtection,retention:properties.softDeleteRetentionInDays,state:properties.provisioningState}";
const NEW_HSM_KEY: &str =
    "keyvault key create --hsm-name contoso-hsm --kty RSA-HSM --size 3072 -n cmk";
/// Prints a certificate of its own issuer, so that none has to be kept.
const NEW_CERTIFICATE: &str = "\
from datetime import datetime, timedelta, timezone
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
key, now = rsa.generate_private_key(65537, 2048), datetime.now(timezone.utc)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'holder')])
made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
print(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode())";

impl AzureCli<'_> {
    /// Azure's roles count for nothing in it: local ones do.
    pub(in crate::clients) fn managed_hsm(&mut self) -> Outcome {
        let me = self.principal(&self.stage.customer.client_id)?;
        let create = "keyvault create --hsm-name contoso-hsm -g keys -l westeurope --retention-days 7 --enable-purge-protection true --administrators {}";
        self.tell("managed HSM", Customer, HSM, create, &[&me])?;
        let refused = "key of an HSM that is not activated";
        self.refused(refused, Customer, NEW_HSM_KEY, &[])?;
        self.activate()?;
        let refused = "key of an HSM without a local role";
        self.refused(refused, Customer, NEW_HSM_KEY, &[])?;

        let assign = "keyvault role assignment create --hsm-name contoso-hsm --scope /keys --assignee-principal-type ServicePrincipal --role {} --assignee-object-id {}";
        self.tell(
            "local role",
            Customer,
            "{role:roleName,scope:scope,type:principalType}",
            assign,
            &["Managed HSM Crypto User", &me],
        )?;
        let app = self.application()?;
        let user = self.principal(&app)?;
        let role = "Managed HSM Crypto Service Encryption User";
        self.must(Customer, assign, &[role, &user])?;
        self.tell(
            "local roles at all keys",
            Customer,
            "sort([].roleName)",
            "keyvault role assignment list --hsm-name contoso-hsm --scope /keys",
            &[],
        )?;
        self.tell(
            "key of an HSM",
            Customer,
            "{uri:key.kid,kty:key.kty}",
            NEW_HSM_KEY,
            &[],
        )?;
        let key = "https://contoso-hsm.managedhsm.azure.net/keys/cmk";
        self.new_account("account under a key of an HSM", "by-hsm", key)?;

        self.must(Customer, "keyvault delete --hsm-name contoso-hsm", &[])?;
        let list = "keyvault list-deleted --resource-type hsm";
        self.tell("deleted HSMs", Customer, "[].name", list, &[])?;
        self.must(Customer, "keyvault recover --hsm-name contoso-hsm", &[])?;
        let show = "keyvault show --hsm-name contoso-hsm";
        self.tell("recovered HSM", Customer, HSM, show, &[])?;
        Ok(())
    }

    /// Downloads the security domain under three certificates; two holders could open it.
    fn activate(&mut self) -> Outcome {
        let mut certificates = Vec::new();
        for number in 0..3 {
            let environment = self.stage.environment(Customer);
            let mut python = self.stage.command(self.python, &environment);
            python.args(["-c", NEW_CERTIFICATE]);
            let file = self.stage.path(&format!("holder-{number}.pem"));
            fs::write(&file, run(python, "")?.stdout)?;
            certificates.push(file.display().to_string());
        }
        let domain = self.stage.path("domain.json").display().to_string();
        let mut values: Vec<&str> = certificates.iter().map(String::as_str).collect();
        values.push(&domain);
        self.tell(
            "security domain",
            Customer,
            "status",
            "keyvault security-domain download --hsm-name contoso-hsm --sd-quorum 2 --sd-wrapping-keys {} {} {} --security-domain-file {}",
            &values,
        )?;
        Ok(())
    }
}
