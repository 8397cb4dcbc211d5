//! What must not compile: what is meant for one party in the hands of the other.

#[test]
fn tenants_do_not_change_places() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
