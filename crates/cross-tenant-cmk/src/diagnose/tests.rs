//! The table held against itself, and against what the services are known to say.

mod facts;
mod vaults;

use super::{
    COLLECT, Diagnosis, SuspectState, Symptom, Waiting, diagnose, read,
    table::{Entry, Pattern, entries},
};
use crate::verify::{Actor, CheckId};
use cosmos_cmk::{CmkStatus, RevocationCause};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A message as it could come that shows the row.
fn example(entry: &Entry) -> String {
    match entry.pattern {
        Pattern::Status(code) => format!(
            "Access to your account is currently revoked because of something; please visit https://learn.microsoft.com/x ({code})."
        ),
        Pattern::NoReason => String::from(
            "Access to your account is currently revoked; for more details please visit https://learn.microsoft.com/x",
        ),
        Pattern::Aadsts(number) => format!(
            r#"{{"error":"invalid_client","error_description":"AADSTS{number}: words. Trace ID: 1","error_codes":[{number}]}}"#
        ),
        Pattern::Code(code) => format!(
            r#"{{"error":{{"code":"Outer","message":"words","innererror":{{"code":"{code}"}}}}}}"#
        ),
        Pattern::Text(text) => format!("Before: {text}\r\nActivityId: 1"),
        Pattern::CodeWith(code, text) => {
            format!(r#"{{"error":{{"code":"{code}","message":"words: {text} …"}}}}"#)
        }
        Pattern::Refused(_, operation) => {
            format!(r#"{{"error":{{"code":"Forbidden","message":"words {operation} words"}}}}"#)
        }
    }
}

#[test]
fn every_row_recognises_its_own_message_and_says_where_it_is_known_from() {
    let mut rows = 0;
    for entry in entries() {
        rows += 1;
        let found = read::recognise(Symptom::Text(&example(&entry)));
        assert!(
            found.iter().any(|found| found.pattern == entry.pattern),
            "{:?}: {found:?}",
            entry.pattern
        );
        assert!(
            entry.source().starts_with("https://"),
            "{:?}",
            entry.pattern
        );
        assert!(!entry.meaning().is_empty(), "{:?}", entry.pattern);
        assert!(!entry.causes.is_empty(), "{:?}", entry.pattern);
    }
    assert!(rows > 200, "{rows} rows");
}

#[test]
fn no_pattern_stands_twice() {
    let patterns: Vec<String> = entries()
        .map(|entry| format!("{:?}", entry.pattern))
        .collect();
    let once: BTreeSet<&String> = patterns.iter().collect();
    assert_eq!(once.len(), patterns.len());
}

#[test]
fn every_suspect_says_who_acts_and_how_long_it_takes() {
    for entry in entries() {
        for suspect in diagnose(example(&entry).as_str()).suspects {
            assert!(!suspect.remedy.action.is_empty(), "{suspect:?}");
            assert!(!suspect.remedy.healing.is_empty(), "{suspect:?}");
            assert_eq!(suspect.state, SuspectState::Open);
        }
    }
}

#[test]
fn waiting_and_actors_agree() {
    for entry in entries() {
        let nobody = entry.causes.iter().any(|cause| {
            matches!(
                cause,
                super::Cause::By(Actor::Nobody) | super::Cause::Act(Actor::Nobody, ..)
            )
        });
        // Something that is there already needs nobody either.
        let done = entry.pattern == Pattern::Code("RoleAssignmentExists");
        assert!(
            !nobody || entry.waiting() != Waiting::Never || done,
            "{:?}",
            entry.pattern
        );
    }
}

#[test]
fn each_number_of_the_key_status_is_read_in_every_way_that_it_comes() {
    for code in 4000..=4019_u16 {
        let cause = RevocationCause::from_code(code);
        let status = CmkStatus::Revoked {
            cause,
            message: String::from("words"),
        };
        let texts = [
            format!("Access to your account is currently revoked because of x ({code})."),
            format!(r#"Status code: 403 Sub-status: {code} {{"Errors":["x"]}}"#),
            format!("x-ms-substatus: {code}"),
            format!("CosmosException; StatusCode=403, SubStatusCode={code}"),
            format!("403 {}", cause.as_str()),
            code.to_string(),
        ];
        let expected = cause.to_string();
        for diagnosis in texts
            .iter()
            .map(|text| diagnose(text.as_str()))
            .chain([diagnose(&status)])
        {
            let recognised: Vec<&str> = diagnosis
                .readings
                .iter()
                .map(|reading| reading.recognised.as_str())
                .collect();
            assert_eq!(recognised, [expected.as_str()]);
            assert_eq!(
                diagnosis.readings[0].waiting != Waiting::Never,
                cause.heals_by_waiting(),
                "{expected}"
            );
        }
    }
}

#[test]
fn a_number_that_is_part_of_another_is_not_found_in_it() {
    let numbers: Vec<&str> = facts::AADSTS.to_vec();
    for number in &numbers {
        let text = format!("AADSTS{number}: words. Trace ID: 1");
        let found = diagnose(text.as_str());
        assert_eq!(found.readings.len(), 1, "{number}");
        assert_eq!(found.readings[0].recognised, format!("AADSTS{number}"));
        // One digit more is another number, and none that is known unless it is listed.
        let longer = format!("{number}9");
        if !numbers.contains(&longer.as_str()) {
            let text = format!("AADSTS{longer}: words");
            assert_eq!(diagnose(text.as_str()).readings, [], "{longer}");
        }
    }
}

#[test]
fn what_is_not_known_is_said_to_be_so() {
    for text in [
        "",
        "HTTP 500",
        "AADSTS1: x",
        "Sub-status: 1234",
        "<html>busy</html>",
    ] {
        let found = diagnose(text);
        assert!(!found.is_known(), "{text:?}: {found:?}");
        assert_eq!(found.suspects, []);
        assert_eq!(found.collect, COLLECT);
        assert!(found.to_string().starts_with("not known"), "{found}");
    }
}

#[test]
fn the_reason_inside_counts_and_not_what_wraps_it() {
    let found = diagnose(
        r#"Database account creation failed. Operation Id: 1, Error : {"error":{"code":"Forbidden","message":"Caller is not authorized","innererror":{"code":"ForbiddenByRbac"}}}"#,
    );
    let recognised: Vec<_> = found.readings.iter().map(|one| &*one.recognised).collect();
    assert_eq!(recognised, ["ForbiddenByRbac"]);
    let bare =
        diagnose("Database account creation failed. Operation Id: 1, Error : never heard of");
    assert_eq!(bare.readings.len(), 1);
    assert_eq!(bare.suspects[0].remedy.who, Actor::Provider);
}

#[test]
fn an_error_of_a_client_is_read_with_its_inner_code() {
    let error = cmk_core::Failure::builder("unwrap_key")
        .status(403)
        .service_error(cmk_core::ServiceError::parse(
            br#"{"error":{"code":"Forbidden","message":"m","innererror":{"code":"KeyDisabled"}}}"#,
        ))
        .build(cmk_core::Kind::Forbidden);
    let found = diagnose(&error);
    assert_eq!(found.readings[0].recognised, "KeyDisabled");
    assert_eq!(found.suspects[0].check, Some(CheckId::KeyEnabled));
    assert!(found.readings[0].misleading.unwrap().contains("wrapping"));
}

#[test]
fn a_refused_wrap_leads_to_the_dates_by_its_status_and_by_no_words() {
    let refused = |operation: &'static str, status: u16, inner: &str| {
        let body = format!(
            r#"{{"error":{{"code":"Forbidden","message":"m","innererror":{{"code":"{inner}"}}}}}}"#
        );
        let error = cmk_core::Failure::builder(operation)
            .status(status)
            .service_error(cmk_core::ServiceError::parse(body.as_bytes()))
            .build(cmk_core::Kind::Forbidden);
        diagnose(&error)
    };
    let found = refused("wrap_key", 403, "NeverHeardOf");
    let links: Vec<_> = found.suspects.iter().filter_map(|one| one.check).collect();
    assert_eq!(
        links,
        [CheckId::KeyDates, CheckId::KeyRole, CheckId::KeyOperations]
    );
    // A code that is known says more.
    let found = refused("wrap_key", 403, "KeyOperationForbidden");
    assert_eq!(found.readings.len(), 1, "{found}");
    assert_eq!(found.suspects[0].check, Some(CheckId::KeyOperations));
    assert!(!refused("wrap_key", 400, "NeverHeardOf").is_known());
    assert!(!refused("unwrap_key", 403, "NeverHeardOf").is_known());
}

#[test]
fn a_diagnosis_is_json_for_machines() {
    let found = diagnose("AADSTS7000112: Application 'x' is disabled.");
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["readings"][0]["recognised"], "AADSTS7000112");
    assert_eq!(json["readings"][0]["waiting"], "never");
    assert_eq!(json["suspects"][0]["check"], "CMK-031");
    assert_eq!(json["suspects"][0]["state"], "open");
    assert_eq!(json["suspects"][0]["remedy"]["who"], "customer");
}

proptest! {
    #[test]
    fn any_text_is_diagnosed_without_a_panic(text in any::<String>()) {
        let _: Diagnosis = diagnose(text.as_str());
    }
}
