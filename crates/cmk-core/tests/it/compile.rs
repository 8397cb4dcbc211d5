//! What must not compile.

#[test]
fn ids_of_different_kinds_do_not_mix() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
