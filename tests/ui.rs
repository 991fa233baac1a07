//! Each refusal, in the words that a user reads.

#[test]
fn refusals() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}

/// What the compiler sees only when it builds, which takes longer.
#[test]
fn refusals_of_what_is_used() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/build/rule_without_*.rs");
    cases.compile_fail("tests/ui/build/drawn_twice.rs");
    cases.pass("tests/ui/build/rule_for_*.rs");
}
