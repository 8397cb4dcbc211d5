//! Inputs made of seeds: a few edits on one of them, or bytes that mean nothing.

use proptest::{
    collection::vec,
    prelude::{Strategy, any, prop_oneof},
    sample::{Index, select},
};

/// What has fooled parsers of addresses, documents and headers before.
const WORDS: &[&str] = &[
    "https://",
    "http://",
    "//",
    "/../",
    "/%2e%2e/",
    "@evil.example/",
    ".evil.example",
    "evil.example\\",
    ":443",
    ":8443",
    "#",
    "?",
    "&",
    "%00",
    "%0d%0a",
    "\r\nauthorization: Bearer x",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{3002}",
    "\u{ff0e}",
    "\u{212a}",
    "xn--",
    "[::1]",
    "127.1",
    "null",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\u0000",
    "1e999",
    "-1",
    "99999999999999999999",
    "00000000-0000-0000-0000-000000000000",
    "AADSTS",
    "(4003)",
];

/// One edit. Places count from any input's length.
#[derive(Debug, Clone)]
enum Edit {
    /// Other bytes in the place of some.
    Replace(Index, usize, Vec<u8>),
    /// Some bytes many times.
    Repeat(Index, usize, usize),
    /// From here on another seed.
    Splice(Index, Vec<u8>, Index),
    /// Letters in the other case.
    Case(Index, usize),
}

/// Inputs from these seeds.
pub(super) fn inputs(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let edited = (select(seeds.clone()), vec(edit(seeds), 0..6)).prop_map(|(mut input, edits)| {
        for edit in edits {
            edit.apply(&mut input);
        }
        input
    });
    prop_oneof![15 => edited, 1 => vec(any::<u8>(), 0..256)]
}

fn edit(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Edit> {
    let other = prop_oneof![
        vec(any::<u8>(), 0..4),
        select(WORDS.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
    ];
    let at = any::<Index>;
    prop_oneof![
        6 => (at(), 0_usize..8, other).prop_map(|(at, cut, new)| Edit::Replace(at, cut, new)),
        1 => (at(), 1_usize..8, 1_usize..4_096).prop_map(|(at, long, times)| Edit::Repeat(at, long, times)),
        2 => (at(), select(seeds), at()).prop_map(|(at, seed, from)| Edit::Splice(at, seed, from)),
        1 => (at(), 1_usize..32).prop_map(|(at, long)| Edit::Case(at, long)),
    ]
}

impl Edit {
    fn apply(self, input: &mut Vec<u8>) {
        let place = |at: Index, length: usize| at.index(length + 1);
        match self {
            Self::Replace(at, cut, new) => {
                let start = place(at, input.len());
                let end = (start + cut).min(input.len());
                input.splice(start..end, new);
            }
            Self::Repeat(at, long, times) => {
                let start = place(at, input.len());
                let end = (start + long).min(input.len());
                let again = input.get(start..end).unwrap_or_default().repeat(times);
                input.splice(end..end, again);
            }
            Self::Splice(at, seed, from) => {
                input.truncate(place(at, input.len()));
                let rest = seed.get(place(from, seed.len())..);
                input.extend_from_slice(rest.unwrap_or_default());
            }
            Self::Case(at, long) => {
                let start = place(at, input.len());
                for byte in input.iter_mut().skip(start).take(long) {
                    if byte.is_ascii_alphabetic() {
                        *byte ^= 0x20;
                    }
                }
            }
        }
    }
}
