//! A certificate authority of the server's own, and a certificate for each host when it is first named.

use crate::SimCloud;
use azure_core::time::{Duration, OffsetDateTime};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, Error, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use tokio_rustls::rustls::{
    crypto::aws_lc_rs::sign::any_ecdsa_type,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::{CertifiedKey, SigningKey},
};

pub(super) struct Authority {
    cloud: SimCloud,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    /// All hosts share one key.
    leaf_key: KeyPair,
    signing: Arc<dyn SigningKey>,
    made: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    pub(super) fn new(cloud: SimCloud) -> Result<Self, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name = name("azure-sim CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        set_validity(&mut params, 365);
        let certificate = params.self_signed(&key)?;
        let leaf_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let signing = any_ecdsa_type(&der).map_err(|_| Error::CouldNotParseKeyPair)?;
        Ok(Self {
            cloud,
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
            leaf_key,
            signing,
            made: Mutex::default(),
        })
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    fn certificate(&self, host: &str) -> Option<Arc<CertifiedKey>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(host) {
            return Some(Arc::clone(known));
        }
        let leaf = self.issue(host).ok()?;
        let key = Arc::new(CertifiedKey::new(vec![leaf], Arc::clone(&self.signing)));
        made.insert(host.to_owned(), Arc::clone(&key));
        Some(key)
    }

    fn issue(&self, host: &str) -> Result<CertificateDer<'static>, Error> {
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        // The name proper holds 64 characters at most; clients read the alternative name.
        params.distinguished_name = name("azure-sim");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, 90);
        let leaf = params.signed_by(&self.leaf_key, &self.issuer)?;
        Ok(leaf.der().clone())
    }
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = hello.server_name()?.to_ascii_lowercase();
        // Nobody else's name is ever certified.
        self.cloud.owns(&host).then(|| self.certificate(&host))?
    }
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

/// From yesterday on, in case that clocks differ.
fn set_validity(params: &mut CertificateParams, days: i64) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = now + Duration::days(days);
}
