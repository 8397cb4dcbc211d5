//! The simulator has no part in these tests: it is not in their binary.

use std::fs;

/// Whether a crate's symbols are in this binary.
fn holds(binary: &[u8], name: &[&str]) -> bool {
    // Put together at run time: the needle must not be in the haystack.
    let needle = name.join("_").into_bytes();
    binary
        .windows(needle.len())
        .any(|window| window[0] == needle[0] && window == needle)
}

#[test]
fn the_simulator_is_not_in_this_binary() {
    let binary = fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(
        holds(&binary, &["cross", "tenant", "cmk"]),
        "the look itself sees nothing"
    );
    assert!(!holds(&binary, &["azure", "sim"]));
}
