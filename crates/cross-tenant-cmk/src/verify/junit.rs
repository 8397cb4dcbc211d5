//! JUnit XML, written by hand: five elements and one rule of escaping.

use super::{Check, Severity, Verdict, Verification};
use std::fmt::Write as _;

pub(super) fn write(verification: &Verification) -> String {
    let count = |verdict| verification.with_verdict(verdict).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String never fails.
    let _ = writeln!(
        xml,
        "<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
        escaped(&verification.subject),
        verification.checks.len(),
        count(Verdict::Failed),
        count(Verdict::Unknown)
    );
    for check in &verification.checks {
        let _ = writeln!(
            xml,
            "    <testcase classname=\"cross-tenant-cmk\" name=\"{} {}\">{}</testcase>",
            check.id,
            escaped(check.title),
            outcome(check)
        );
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn outcome(check: &Check) -> String {
    let evidence = escaped(&check.evidence);
    match check.verdict {
        Verdict::Ok => format!("<system-out>{evidence}</system-out>"),
        Verdict::Unknown => format!("<skipped message=\"{evidence}\"/>"),
        Verdict::Failed => format!(
            "<failure type=\"{}\" message=\"{evidence}\">{}</failure>",
            match check.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            escaped(
                &check
                    .remedy
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string)
            )
        ),
    }
}

/// Text for an element or an attribute. What XML 1.0 cannot hold, escaped or not, becomes U+FFFD
/// (<https://www.w3.org/TR/xml/#charsets>); line breaks and tabs are escaped, since attributes would lose them.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;
    use proptest::prelude::*;

    fn unescaped(text: &str) -> String {
        [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&apos;", "'"),
            ("&#10;", "\n"),
            ("&#13;", "\r"),
            ("&#9;", "\t"),
            ("&amp;", "&"),
        ]
        .iter()
        .fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c))
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            escaped("a\u{0}b\u{b}c\u{ffff}"),
            "a\u{fffd}b\u{fffd}c\u{fffd}"
        );
    }

    proptest! {
        #[test]
        fn any_text_survives_and_closes_nothing(text in "(?s)[&<>\"'\n\r\t a-z\\PC]*") {
            let written = escaped(&text);
            prop_assert!(!written.contains(['<', '>', '"', '\'', '\n', '\r', '\t']));
            // Every ampersand opens an entity of ours.
            for (at, _) in written.match_indices('&') {
                let entity = written[at..].split_once(';').map(|(entity, _)| entity);
                let ours = ["&amp", "&lt", "&gt", "&quot", "&apos", "&#10", "&#13", "&#9"];
                prop_assert!(entity.is_some_and(|entity| ours.contains(&entity)), "{written}");
            }
            prop_assert_eq!(unescaped(&written), text);
        }

        #[test]
        fn no_control_character_gets_through(text in any::<String>()) {
            let legal = |c: char| c >= ' ' && !['\u{fffe}', '\u{ffff}'].contains(&c);
            let all = escaped(&text).chars().all(legal);
            prop_assert!(all);
        }
    }
}
