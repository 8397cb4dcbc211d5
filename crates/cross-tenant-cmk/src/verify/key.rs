//! What a key that was read is worth, whichever way it was.

use super::{
    CheckId, CustomerSide, VerifyOptions,
    findings::{Findings, Seen, has},
};
use crate::{error::Reason, steps::KeyFacts};
use azure_core::time::{Duration as Span, OffsetDateTime};
use keyvault_rbac::{ArmKey, GetKeyOptions, KeyType};

pub(super) const KEY: [CheckId; 7] = [
    CheckId::Key,
    CheckId::KeyEnabled,
    CheckId::KeyDates,
    CheckId::KeyExpiry,
    CheckId::KeyType,
    CheckId::KeySize,
    CheckId::KeyOperations,
];

pub(super) fn judge_key(seen: &Seen<ArmKey>, options: &VerifyOptions, findings: &mut Findings) {
    match seen {
        Seen::There(key) => {
            findings.ok(CheckId::Key, format!("it is there: {}", key.key_uri));
            judge_key_facts(&KeyFacts::from(key), options, findings);
        }
        missing => {
            let [_, rest @ ..] = KEY;
            findings.exists(CheckId::Key, missing, "", &rest);
        }
    }
}

/// Everything that the key itself tells.
pub(super) fn judge_key_facts(
    facts: &KeyFacts<'_>,
    options: &VerifyOptions,
    findings: &mut Findings,
) {
    let now = options.now();
    let problems = facts.problems(now);
    let dates = |moment: Option<OffsetDateTime>| {
        moment.map_or_else(|| String::from("none"), |moment| moment.to_string())
    };
    match facts.enabled {
        None => findings.unknown(CheckId::KeyEnabled, "the answer does not say"),
        Some(_) => findings.judge(
            CheckId::KeyEnabled,
            has(&problems, Reason::KeyDisabled),
            "it is enabled",
        ),
    }
    let outside = has(&problems, Reason::KeyOutsideDates);
    let said = format!(
        "not before: {}; expires: {}",
        dates(facts.not_before),
        dates(facts.expires)
    );
    let outside_dates = outside.is_some();
    findings.judge(
        CheckId::KeyDates,
        outside.map(|(reason, detail)| (reason, format!("{detail} ({said})"))),
        said.clone(),
    );
    let notice = Span::try_from(options.expiry_notice).unwrap_or(Span::MAX);
    match facts.expires {
        _ if outside_dates => findings.unknown(
            CheckId::KeyExpiry,
            format!("rests on {}, which failed", CheckId::KeyDates),
        ),
        Some(end) if end <= now.saturating_add(notice) => {
            findings.failed(CheckId::KeyExpiry, format!("it expires at {end}"));
        }
        _ => findings.ok(CheckId::KeyExpiry, said),
    }
    let kind = facts.key_type.map_or("unknown", KeyType::as_str);
    let unfit = has(&problems, Reason::KeyTypeUnfit);
    match (facts.key_type, facts.bits) {
        (None, _) => findings.unknown(CheckId::KeyType, "the answer does not say"),
        (Some(_), _) => findings.judge(
            CheckId::KeyType,
            unfit.clone(),
            format!("it is of type {kind}"),
        ),
    }
    match facts.bits {
        _ if unfit.is_some() => {
            findings.unknown(CheckId::KeySize, format!("rests on {}", CheckId::KeyType))
        }
        None => findings.unknown(CheckId::KeySize, "the answer does not say"),
        Some(bits) => findings.judge(
            CheckId::KeySize,
            has(&problems, Reason::KeyTooShort),
            format!("it has {bits} bits"),
        ),
    }
    findings.judge(
        CheckId::KeyOperations,
        has(&problems, Reason::KeyOperationsMissing),
        "it may wrap and unwrap",
    );
}

/// The version that the account says it uses can be older than the current one, which the other checks are about.
pub(super) async fn judge_version_in_use(
    side: &CustomerSide<'_>,
    version: Option<String>,
    findings: &mut Findings,
) {
    const CHECK: CheckId = CheckId::VersionInUse;
    let Some(version) = version else {
        return findings.unknown(CHECK, "no account says which version it uses");
    };
    // The service writes the version alone, or the whole identifier.
    let bare = version.rsplit('/').next().unwrap_or_default();
    let Ok(parsed) = bare.parse() else {
        return findings.unknown(
            CHECK,
            format!("the account says {version:?}, which is no version"),
        );
    };
    let read = match side.at.clients().keys.keys_of(side.vault.name()) {
        Ok(keys) => {
            let options = GetKeyOptions {
                version: Some(parsed),
            };
            keys.get_key(side.key, Some(options)).await
        }
        Err(error) => Err(error),
    };
    match Seen::of(read) {
        Seen::There(key) if key.enabled => findings.ok(CHECK, format!("version {bare} is enabled")),
        Seen::There(_) => findings.failed(CHECK, format!("version {bare} is disabled")),
        Seen::Missing(_)
            if findings.has_failed(CheckId::Key) || findings.has_failed(CheckId::Vault) =>
        {
            findings.unknown(CHECK, format!("rests on {}", CheckId::Key));
        }
        Seen::Missing(why) => findings.failed(CHECK, format!("version {bare} is gone: {why}")),
        Seen::Unseen(why) => findings.unknown(CHECK, why),
    }
}

#[cfg(test)]
mod tests {
    use super::{CheckId, Findings, VerifyOptions, judge_key_facts};
    use crate::{Verdict, Verification, steps::KeyFacts};
    use azure_core::time::{Duration, OffsetDateTime};
    use keyvault_rbac::{KeyOperation, KeyType};

    fn judged(facts: &KeyFacts<'_>) -> Verification {
        let mut findings = Findings::default();
        let options = VerifyOptions {
            now: Some(OffsetDateTime::UNIX_EPOCH),
            ..VerifyOptions::default()
        };
        judge_key_facts(facts, &options, &mut findings);
        findings.into_verification(String::from("key"))
    }

    fn failed(facts: &KeyFacts<'_>) -> Vec<CheckId> {
        let found = judged(facts);
        let failed = found.with_verdict(Verdict::Failed).map(|check| check.id);
        failed.collect()
    }

    const GOOD: KeyFacts<'static> = KeyFacts {
        key_type: Some(&KeyType::Rsa),
        bits: Some(2_048),
        operations: &[KeyOperation::WrapKey, KeyOperation::UnwrapKey],
        enabled: Some(true),
        not_before: None,
        expires: None,
    };

    #[test]
    fn each_fact_of_a_key_fails_its_own_check() {
        let day = |days| Some(OffsetDateTime::UNIX_EPOCH + Duration::days(days));
        assert_eq!(failed(&GOOD), []);
        for (facts, check) in [
            (
                KeyFacts {
                    enabled: Some(false),
                    ..GOOD
                },
                CheckId::KeyEnabled,
            ),
            (
                KeyFacts {
                    expires: day(0),
                    ..GOOD
                },
                CheckId::KeyDates,
            ),
            (
                KeyFacts {
                    not_before: day(1),
                    ..GOOD
                },
                CheckId::KeyDates,
            ),
            (
                KeyFacts {
                    expires: day(30),
                    ..GOOD
                },
                CheckId::KeyExpiry,
            ),
            (
                KeyFacts {
                    key_type: Some(&KeyType::Ec),
                    ..GOOD
                },
                CheckId::KeyType,
            ),
            (
                KeyFacts {
                    bits: Some(1_024),
                    ..GOOD
                },
                CheckId::KeySize,
            ),
            (
                KeyFacts {
                    operations: &[KeyOperation::UnwrapKey],
                    ..GOOD
                },
                CheckId::KeyOperations,
            ),
        ] {
            assert_eq!(failed(&facts), [check]);
        }
        let later = KeyFacts {
            expires: day(31),
            ..GOOD
        };
        assert_eq!(failed(&later), []);
    }

    #[test]
    fn what_the_answer_does_not_say_is_unknown() {
        let found = judged(&KeyFacts {
            key_type: None,
            bits: None,
            enabled: None,
            ..GOOD
        });
        for id in [CheckId::KeyType, CheckId::KeySize, CheckId::KeyEnabled] {
            assert_eq!(found.check(id).unwrap().verdict, Verdict::Unknown, "{id}");
        }
    }
}
