//! What the way to the key, gone as the managed identity, tells of its links.

use super::{
    CheckId, Proof, ProofLink, VerifyOptions, findings::Findings, is_our_address,
    key::judge_key_facts,
};
use crate::{diagnose::diagnose, steps::KeyFacts};
use cmk_core::{Error, Hint};

/// What it means, for the links that were gone and for those that other credentials could not see.
pub(super) fn judge(proof: &Proof, options: &VerifyOptions, findings: &mut Findings) {
    judge_token(&proof.identity_token, findings);
    judge_link(
        CheckId::ProofExchange,
        &proof.exchange,
        "a token was issued",
        findings,
    );
    judge_link(CheckId::ProofRead, &proof.read, "it was read", findings);
    judge_link(
        CheckId::ProofWrap,
        &proof.wrap,
        "32 bytes were wrapped",
        findings,
    );
    judge_link(
        CheckId::ProofUnwrap,
        &proof.unwrap,
        "they were unwrapped again, the same",
        findings,
    );
    if let ProofLink::Holds(()) = proof.exchange {
        let evidence = "the key's tenant issued a token to the application";
        findings.ok(CheckId::ServicePrincipal, evidence);
        findings.ok(CheckId::PrincipalEnabled, evidence);
    }
    if let ProofLink::Holds(key) = &proof.read {
        findings.ok(CheckId::Vault, "the key was read from it");
        findings.ok(
            CheckId::Key,
            format!("the application read it: {}", key.uri),
        );
        judge_key_facts(&KeyFacts::from(&**key), options, findings);
        // The key itself tells how well it is kept.
        if key.purge_protected() {
            let evidence = "the key says that it can be recovered and not purged";
            findings.ok(CheckId::SoftDelete, evidence);
            findings.ok(CheckId::PurgeProtection, evidence);
        }
        if let (ProofLink::Holds(()), ProofLink::Holds(())) = (&proof.wrap, &proof.unwrap) {
            findings.ok(
                CheckId::KeyRole,
                "the application read, wrapped and unwrapped",
            );
        }
    }
}

/// A credential that has no token proves nothing, unless Entra itself gave the reason: the identity may live elsewhere.
fn judge_token(link: &ProofLink<()>, findings: &mut Findings) {
    const CHECK: CheckId = CheckId::ProofToken;
    match link {
        ProofLink::NotReached => {}
        ProofLink::Holds(()) => findings.ok(CHECK, "its credential has a token"),
        ProofLink::Failed(error) => {
            let words = words(error);
            if words.contains("AADSTS") {
                findings.failed(CHECK, words);
            } else {
                findings.unknown(CHECK, words);
            }
        }
    }
}

fn judge_link<T>(check: CheckId, link: &ProofLink<T>, good: &str, findings: &mut Findings) {
    match link {
        ProofLink::NotReached => findings.unknown(check, "not come to"),
        ProofLink::Holds(_) => findings.ok(check, good),
        ProofLink::Failed(error) => {
            let words = words(error);
            if says_nothing(error) {
                return findings.unknown(check, words);
            }
            // The other side's own number or code can name the link.
            let diagnosis = diagnose(error);
            let links: Vec<CheckId> = diagnosis.suspects.iter().filter_map(|s| s.check).collect();
            if let [only] = links.as_slice()
                && !matches!(error.hint(), Some(Hint::Propagation))
            {
                findings.failed(*only, words.clone());
            }
            findings.failed(check, words);
        }
    }
}

/// Whether the failure is of this process, its network or the moment, and not of the chain.
fn says_nothing(error: &Error) -> bool {
    is_our_address(error)
        || matches!(error, Error::Throttled(_) | Error::TimedOut(_))
        || matches!(error.hint(), Some(Hint::Transient { .. }))
        // No answer came. What this process found wrong with an answer is final, and another matter.
        || (error.failure().status().is_none() && error.hint() != Some(Hint::Permanent))
}

/// What an error and its sources say. The clients' errors hold no token and no body.
fn words(error: &Error) -> String {
    let mut words = error.to_string();
    if let Some(message) = error.failure().message()
        && !words.contains(message)
    {
        words.push_str(": ");
        words.push_str(message);
    }
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        source = inner.source();
    }
    words
}
