//! Ids that Azure made up, and the ones that the simulator made up in their place.

use serde_json::Value;
use std::collections::BTreeMap;

/// Recorded ids and the simulator's, each standing for the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    /// Both sides as 32 hex digits in lower case.
    simulated: BTreeMap<String, String>,
    recorded: BTreeMap<String, String>,
    /// Recorded polling URLs without query, and the simulator's whole ones.
    urls: BTreeMap<String, String>,
    /// Recorded texts that only their service can read, and the simulator's.
    texts: BTreeMap<String, String>,
}

/// A text in pieces.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    /// A GUID, or 32 hex digits.
    Id(&'a str),
}

/// How ids begin that the recorder wrote over others: they stand for many. Azure's id of nothing is one of them.
const MASKED: &str = "0000000000000000000000000000";

/// How two texts differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Same,
    /// By the case of letters only.
    Case,
    Different,
}

impl Ids {
    /// The recorded text as the simulator has it.
    pub(super) fn substitute(&self, text: &str) -> String {
        let mut all = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => all.push_str(text),
                Piece::Id(id) => match self.simulated.get(&simple(id)) {
                    Some(own) if id.contains('-') => all.push_str(&dashed(own)),
                    Some(own) => all.push_str(own),
                    None => all.push_str(id),
                },
            }
        }
        all
    }

    /// Lets two ids stand for each other. What stood for something else before is left as it was.
    pub(super) fn bind(&mut self, recorded: &str, simulated: &str) {
        let (recorded, simulated) = (simple(recorded), simple(simulated));
        if recorded.starts_with(MASKED)
            || simulated.is_empty()
            || self.simulated.contains_key(&recorded)
        {
            return;
        }
        self.recorded
            .entry(simulated.clone())
            .or_insert_with(|| recorded.clone());
        self.simulated.insert(recorded, simulated);
    }

    /// Lets two ids stand for each other from now on, whatever did before: the object is there again.
    pub(super) fn bind_anew(&mut self, recorded: &str, simulated: &str) {
        if let Some(before) = self.simulated.remove(&simple(recorded)) {
            self.recorded.remove(&before);
        }
        if simple(recorded).starts_with(MASKED) {
            // The last of the many.
            self.simulated.insert(simple(recorded), simple(simulated));
        }
        self.bind(recorded, simulated);
    }

    /// Replaces such texts in the members of a request's body.
    pub(super) fn replace_texts(&self, body: &mut Value) {
        let members = body.as_object_mut().into_iter().flatten();
        for (_, member) in members {
            let own = member.as_str().and_then(|text| self.texts.get(text));
            if let Some(own) = own {
                *member = Value::from(own.as_str());
            }
        }
    }

    /// Whether something stands for a recorded id already.
    pub(super) fn knows(&self, recorded: &str) -> bool {
        self.simulated.contains_key(&simple(recorded))
    }

    /// Whether another id stands for a recorded one.
    pub(super) fn knows_other(&self, recorded: &str) -> bool {
        let recorded = simple(recorded);
        self.simulated
            .get(&recorded)
            .is_some_and(|own| *own != recorded)
    }

    /// Whether the recorder wrote an id over many.
    pub(super) fn is_masked(id: &str) -> bool {
        simple(id).starts_with(MASKED)
    }

    /// Ids that a request names and nobody made up before are the client's: they stay as they are.
    pub(super) fn keep(&mut self, text: &str) {
        for piece in pieces(text) {
            if let Piece::Id(id) = piece {
                self.bind(id, id);
            }
        }
    }

    /// Whether two texts are the same up to ids; ids that are new on both sides stand for each other from now on.
    pub(super) fn matches(&mut self, recorded: &str, simulated: &str) -> Match {
        let (theirs, ours) = (pieces(recorded), pieces(simulated));
        if theirs.len() != ours.len() {
            return Match::Different;
        }
        let mut found = Match::Same;
        for (theirs, ours) in theirs.iter().zip(&ours) {
            match (theirs, ours) {
                (Piece::Text(theirs), Piece::Text(ours)) if theirs == ours => {}
                (Piece::Text(theirs), Piece::Text(ours)) if theirs.eq_ignore_ascii_case(ours) => {
                    found = Match::Case;
                }
                (Piece::Id(theirs), Piece::Id(ours)) if self.is_pair(theirs, ours) => {}
                _ => return Match::Different,
            }
        }
        for (theirs, ours) in theirs.iter().zip(&ours) {
            if let (Piece::Id(theirs), Piece::Id(ours)) = (theirs, ours) {
                self.bind(theirs, ours);
            }
        }
        found
    }

    fn is_pair(&self, recorded: &str, simulated: &str) -> bool {
        let (recorded, simulated) = (simple(recorded), simple(simulated));
        if recorded.starts_with(MASKED) {
            return true;
        }
        match self.simulated.get(&recorded) {
            Some(own) => *own == simulated,
            None => !self.recorded.contains_key(&simulated),
        }
    }

    /// Lets two polling URLs stand for each other, whatever their query.
    pub(super) fn bind_url(&mut self, recorded: &str, simulated: &str) {
        self.urls
            .insert(without_query(recorded).to_owned(), simulated.to_owned());
    }

    /// Lets two texts that only their services can read stand for each other: ciphertexts, backups.
    pub(super) fn bind_text(&mut self, recorded: &str, simulated: &str) {
        self.texts.insert(recorded.to_owned(), simulated.to_owned());
    }

    /// Whether something stands for such a text already.
    pub(super) fn knows_text(&self, recorded: &str) -> bool {
        self.texts.contains_key(recorded)
    }

    /// Lets two links to a next page stand for each other.
    pub(super) fn bind_link(&mut self, recorded: &str, simulated: &str) {
        self.urls.insert(link(recorded), simulated.to_owned());
    }

    /// The simulator's URL for a recorded one.
    pub(super) fn url(&self, recorded: &str) -> Option<&String> {
        self.urls
            .get(&link(recorded))
            .or_else(|| self.urls.get(without_query(recorded)))
    }
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// A URL without the token of a page that the simulator cut nowhere: it answered all at once, and does so again.
pub(super) fn first_page(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !name.replace("%24", "$").eq_ignore_ascii_case("$skiptoken")
        })
        .collect();
    format!("{path}?{}", kept.join("&"))
}

/// A link as it is compared: the port that goes without saying is left out, and what may be escaped is.
fn link(url: &str) -> String {
    url.replacen(":443/", "/", 1)
        .replace("%24", "$")
        .to_lowercase()
}

fn simple(id: &str) -> String {
    id.replace('-', "").to_lowercase()
}

fn dashed(simple: &str) -> String {
    let part = |from, to| simple.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut all = Vec::new();
    let (mut start, mut at) = (0, 0);
    let bytes = text.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    while at < bytes.len() {
        let begins = at == 0 || !is_word(at - 1) || is_escape(bytes, at);
        let length = begins.then(|| {
            [36, 32].into_iter().find(|length| {
                let id = text.get(at..at + length);
                id.is_some_and(is_id) && !is_word(at + length)
            })
        });
        let Some(length) = length.flatten() else {
            at += 1;
            continue;
        };
        if start < at {
            all.extend(text.get(start..at).map(Piece::Text));
        }
        all.extend(text.get(at..at + length).map(Piece::Id));
        at += length;
        start = at;
    }
    if start < text.len() {
        all.extend(text.get(start..).map(Piece::Text));
    }
    all
}

/// Whether an escaped character such as `%27` ends here.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    at >= 3
        && bytes.get(at - 3) == Some(&b'%')
        && bytes
            .get(at - 2..at)
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
}

/// A GUID, or its digits alone.
fn is_id(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.bytes().enumerate().all(|(at, byte)| {
        if text.len() == 36 && dashes.contains(&at) {
            byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Ids, Match, first_page};
    use serde_json::json;

    const A: &str = "aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa";
    const B: &str = "bbbbbbbb-1111-4111-8111-bbbbbbbbbbbb";
    const X: &str = "cccccccc-2222-4222-8222-cccccccccccc";
    const Y: &str = "dddddddd-2222-4222-8222-dddddddddddd";

    #[test]
    fn an_id_stands_for_the_same_one_ever_after() {
        let mut ids = Ids::default();
        let said = |id: &str| format!("Resource '{id}' does not exist");
        assert_eq!(ids.matches(&said(A), &said(X)), Match::Same);
        assert_eq!(ids.matches(A, Y), Match::Different);
        assert_eq!(ids.matches(B, X), Match::Different);
        assert_eq!(ids.matches(B, Y), Match::Same);
        assert_eq!(ids.substitute(&said(A)), said(X));
    }

    #[test]
    fn a_page_that_was_not_cut_is_asked_for_without_its_token() {
        for token in ["$skiptoken=abc", "%24skipToken=a%2bc"] {
            assert_eq!(
                first_page(&format!("https://h/p?api-version=1&{token}&$top=2")),
                "https://h/p?api-version=1&$top=2"
            );
        }
        assert_eq!(first_page("https://h/p"), "https://h/p");
    }

    #[test]
    fn the_form_without_dashes_is_the_same_id() {
        let mut ids = Ids::default();
        ids.bind(A, X);
        assert_eq!(ids.substitute(&A.replace('-', "")), X.replace('-', ""));
        assert_eq!(ids.substitute(&A.to_uppercase()), X);
    }

    #[test]
    fn an_id_that_the_client_chose_stays() {
        let mut ids = Ids::default();
        ids.keep(&format!("/roleAssignments/{A}"));
        assert_eq!(ids.matches(A, A), Match::Same);
        assert_eq!(ids.matches(A, X), Match::Different);
    }

    #[test]
    fn texts_around_ids_count_and_their_case_is_told_apart() {
        let mut ids = Ids::default();
        assert_eq!(ids.matches("a/RG", "a/rg"), Match::Case);
        assert_eq!(ids.matches("a", "b"), Match::Different);
        assert_eq!(ids.matches(A, "a"), Match::Different);
    }

    #[test]
    fn a_text_that_only_the_service_reads_is_replaced_in_later_requests() {
        let mut ids = Ids::default();
        ids.bind_text("recorded", "simulated");
        let mut body = json!({ "alg": "A256GCM", "value": "recorded", "tag": "other" });
        ids.replace_texts(&mut body);
        assert_eq!(
            body,
            json!({ "alg": "A256GCM", "value": "simulated", "tag": "other" })
        );
    }
}
