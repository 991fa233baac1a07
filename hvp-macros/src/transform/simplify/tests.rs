//! Printed IR in, printed IR out.

use super::simplify;
use crate::ir::{parse, renumbered, verify};

#[track_caller]
fn check(text: &str, expected: &str) {
    let func = parse(text);
    verify(&func).expect("a well-formed test");
    let simple = simplify(func);
    verify(&simple).expect("a well-formed result");
    let (found, expected) = (renumbered(&simple).to_string(), renumbered(&parse(expected)).to_string());
    assert_eq!(found, expected, "found\n{found}\nexpected\n{expected}");
}

#[test]
fn copies_and_constants_leave() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0 dot
           %2 a: Tangent = %1
           %3 b: Tangent = %2 * 1.0
           %4 c: Tangent = -%3
           %5 d: Tangent = -%4
           %6 e: Tangent = %5 + ZERO
           return %6",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0 dot
           return %1",
    );
}

/// `x + 0.0` is not `x` for `x = -0.0`, and a sum of the user's is not rounded otherwise.
#[test]
fn arithmetic_of_a_returned_value_keeps_its_bits() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %1 a: Real = %0 + 0.0
           %2 b: Real = %1 + %1
           %3 c: Real = 3.0 * %2
           %4 d: Real = 0.0 - %3
           %5 e: Real = %4 * 0.0
           return %5";
    check(text, text);
}

#[test]
fn arithmetic_under_a_condition_keeps_its_bits() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives param 0 bar
           %1 a: Real = %0 + 0.0
           %2 c: Bool = Gt(%1, 0.5)
           %3 r: Real = if %2
           arm
             yield 1.0
           arm
             yield 2.0
           return %3";
    check(text, text);
}

#[test]
fn derivatives_collect_their_factors() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives param 0 bar, param 0 bar dot
           %2 a: Real = 100.0 * %0
           %3 b: Real = %0 * 100.0
           %4 c: Real = %2 + %3
           %5 u: Tangent = %1 * %0
           %6 v: Tangent = %5 + %5
           return %4, %6",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives param 0 bar, param 0 bar dot
           %4 c: Real = 200.0 * %0
           %5 t: Real = 2.0 * %0
           %6 v: Tangent = %1 * %5
           return %4, %6",
    );
}

#[test]
fn what_a_loop_only_hands_on_is_taken_from_before_it() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2 rev
             carried %4 s_bar: Real from 1.0 gives %5 s_bar: Real
             carried %6 s: Real from 0.0 gives %7 s: Real
             %8 t: Real = load %0[%3]
             %9 t: Real = %4 * %8
             %10 s: Real = %6 + %9
             %1[%3] += %9
             continue @0 %4, %10
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2
             %8 t: Real = load %0[%3]
             %1[%3] += %8
             continue @0
           return",
    );
}

#[test]
fn loads_are_shared_until_the_array_changes() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] mut
           gives result 0
           %1 a: Real = load %0[0]
           %2 b: Real = load %0[0]
           %0[1] = %2
           %3 c: Real = load %0[0]
           %4 d: Real = load %0[1]
           %5 s: Real = %1 * %3
           %6 r: Real = %5 * %4
           return %6",
        "fn f
           %0 x: Array(Real) [param 0] mut
           gives result 0
           %1 a: Real = load %0[0]
           %0[1] = %1
           %3 c: Real = load %0[0]
           %5 s: Real = %1 * %3
           %6 r: Real = %5 * %1
           return %6",
    );
}

#[test]
fn memory_that_is_never_read_leaves() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %2 n: Int = len(%0)
           %3 x_bar: Array(Real) = alloc zeros like %0
           tape %4 tape: Tape
           @0 for %5 i: Int in 0..%2
             %6 t: Real = load %0[%5]
             %7 t: Real = Sin(%6)
             push %4 <- %7, %6
             continue @0
           @1 for %8 i: Int in 0..%2 rev
             pop %4 -> %9 s: Real, %10 x: Real
             %3[%8] += %9
             continue @1
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           return",
    );
}

#[test]
fn records_shrink_to_what_is_taken_out() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 n: Int = len(%0)
           tape %4 tape: Tape
           @0 for %5 i: Int in 0..%2
             %6 t: Real = load %0[%5]
             %7 t: Real = Sin(%6)
             push %4 <- %7, %6
             continue @0
           @1 for %8 i: Int in 0..%2 rev
             pop %4 -> %9 s: Real, %10 x: Real
             %1[%8] += %10
             continue @1
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 n: Int = len(%0)
           tape %4 tape: Tape
           @0 for %5 i: Int in 0..%2
             %6 t: Real = load %0[%5]
             push %4 <- %6
             continue @0
           @1 for %8 i: Int in 0..%2 rev
             pop %4 -> %10 x: Real
             %1[%8] += %10
             continue @1
           return",
    );
}

#[test]
fn effects_and_passive_calls_stay() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives param 0 bar
           effect #0~(%0)
           %1 k: Opaque = #1!()
           return 1.0";
    check(text, text);
}

#[test]
fn additions_to_one_place_meet() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 a: Real = load %0[0]
           %3 b: Real = load %0[1]
           %1[0] += %2
           %1[1] += %3
           %4 c: Real = Sin(%2)
           %1[0] += %4
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 a: Real = load %0[0]
           %3 b: Real = load %0[1]
           %1[1] += %3
           %4 c: Real = Sin(%2)
           %5 t: Real = %2 + %4
           %1[0] += %5
           return",
    );
}

#[test]
fn a_reversed_loop_whose_order_shows_stays_reversed() {
    let text = "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2 rev
             carried %4 y_bar: Real from 1.0 gives %5 y_bar: Real
             %6 t: Real = load %0[%3]
             %7 t: Real = %4 * %6
             %1[%3] += %7
             continue @0 %7
           return";
    check(text, text);
}
