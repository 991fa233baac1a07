//! Printed IR in, printed IR out.

use super::simplify;
use crate::ir::interp::{Value, run};
use crate::ir::{Opaque, parse, renumbered, verify};
use crate::transform::normalize;
use crate::transform::reverse::{self, Goal};
use crate::transform::tangent::{self, Keep};

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

#[test]
fn like_terms_meet() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           %2 y: Real [param 1] differentiated
           %3 y_dot: Tangent [param 1 dot]
           gives param 0 bar, param 0 bar dot
           %4 t: Real = %0 - %2
           %5 t: Real = %4 - %2
           %6 t: Tangent = %1 * %0
           %7 t: Tangent = %3 - %6
           %8 t: Tangent = %1 * 2.0
           %9 t: Tangent = %7 + %8
           return %5, %9",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           %2 y: Real [param 1] differentiated
           %3 y_dot: Tangent [param 1 dot]
           gives param 0 bar, param 0 bar dot
           %4 t: Real = 2.0 * %2
           %5 t: Real = %0 - %4
           %6 t: Real = 2.0 - %0
           %7 t: Tangent = %1 * %6
           %8 t: Tangent = %3 + %7
           return %5, %8",
    );
}

#[test]
fn the_product_of_rosenbrock_reads_like_a_persons() {
    let func = normalize(&parse(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           %2 n: Int = len(%0)
           %3 t: Int = %2 - 1
           @0 for %4 i: Int in 0..%3
             %5 t: Int = %4 + 1
             %6 t: Real = load %0[%5]
             %7 t: Real = load %0[%4]
             %8 t: Real = load %0[%4]
             %9 t: Real = %7 * %8
             %10 a: Real = %6 - %9
             %11 t: Real = load %0[%4]
             %12 b: Real = 1.0 - %11
             %13 t: Real = 100.0 * %10
             %14 t: Real = %13 * %10
             %15 t: Real = %12 * %12
             %16 t: Real = %14 + %15
             %1 := %1 + %16
             continue @0
           return %1",
    ));
    let gradient =
        reverse::transform(&func, Goal { value: false, seed: false, split: false, records_all: false });
    let product = tangent::transform(&gradient, Keep { primal: false });
    let expected = parse(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %3 n: Int = len(%0)
           %4 t: Int = %3 - 1
           @1 for %5 i: Int in 0..%4
             carried %6 x_bar_dot_next: Tangent from ZERO gives %24 x_bar_dot_next: Tangent
             %7 t: Int = %5 + 1
             %8 t: Real = load %0[%7]
             %9 t_dot: Tangent = load %1[%7]
             %10 t: Real = load %0[%5]
             %11 t_dot: Tangent = load %1[%5]
             %12 t: Real = %10 * %10
             %13 t: Real = 2.0 * %10
             %14 t_dot: Tangent = %11 * %13
             %15 a: Real = %8 - %12
             %16 a_dot: Tangent = %9 - %14
             %17 a_bar_dot: Tangent = %16 * 200.0
             %18 t: Tangent = %17 * %13
             %19 t: Real = 400.0 * %15
             %20 t: Real = 2.0 - %19
             %21 t: Tangent = %11 * %20
             %22 t: Tangent = %18 - %21
             %23 t: Tangent = %6 - %22
             %2[%5] += %23
             continue @1 %17
           %25 t: Bool = Lt(0, %4)
           if %25
           arm
             %2[%4] += %24
             yield
           arm
             yield
           return",
    );
    assert_eq!(renumbered(&simplify(product)).to_string(), renumbered(&expected).to_string());
}

#[test]
fn the_value_and_the_gradient_share_a_loop() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives result 0
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2
             carried %4 s: Real from 0.0 gives %5 s: Real
             %6 t: Real = load %0[%3]
             %7 t: Real = Sin(%6)
             %8 s: Real = %4 + %7
             continue @0 %8
           %9 r: Real = Exp(%5)
           @1 for %10 j: Int in 0..%2
             %11 t: Real = load %0[%10]
             %12 t: Real = Cos(%11)
             %1[%10] += %12
             continue @1
           return %9",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives result 0
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2
             carried %4 s: Real from 0.0 gives %5 s: Real
             %6 t: Real = load %0[%3]
             %7 t: Real = Sin(%6)
             %8 s: Real = %4 + %7
             %12 t: Real = Cos(%6)
             %1[%3] += %12
             continue @0 %8
           %9 r: Real = Exp(%5)
           return %9",
    );
}

#[test]
fn a_loop_that_needs_the_result_of_another_stays_apart() {
    let text = "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2
             carried %4 s: Real from 0.0 gives %5 s: Real
             %6 t: Real = load %0[%3]
             %8 s: Real = %4 + %6
             continue @0 %8
           %9 r: Real = Exp(%5)
           @1 for %10 j: Int in 0..%2
             %11 t: Real = load %0[%10]
             %12 t: Real = %9 * %11
             %1[%10] += %12
             continue @1
           return";
    check(text, text);
}

#[test]
fn a_stencil_hands_on_what_the_neighbour_gets() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           gives
           @0 for %3 i: Int in 1..=%2
             %4 t: Int = %3 - 1
             %5 a: Real = load %0[%4]
             %1[%4] += %5
             %6 b: Real = load %0[%3]
             %1[%3] += %6
             continue @0
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           gives
           @0 for %3 i: Int in 1..=%2
             carried %7 x_bar_next: Real from 0.0 gives %8 x_bar_next: Real
             %4 t: Int = %3 - 1
             %5 a: Real = load %0[%4]
             %9 t: Real = %7 + %5
             %1[%4] += %9
             %6 b: Real = load %0[%3]
             continue @0 %6
           %10 t: Bool = Le(1, %2)
           if %10
           arm
             %1[%2] += %8
             yield
           arm
             yield
           return",
    );
}

#[test]
fn a_factor_that_is_always_finite_needs_no_guard() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0 dot, result 1 dot
           %2 e: Real = Exp(%0)
           %3 d: Real = 1.0 + %2
           %4 r: Real = Recip(%3)
           %5 u: Tangent = %1 *or0 %4
           %6 q: Real = Recip(%2)
           %7 v: Tangent = %1 *or0 %6
           return %5, %7",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0 dot, result 1 dot
           %2 e: Real = Exp(%0)
           %3 d: Real = 1.0 + %2
           %4 r: Real = Recip(%3)
           %5 u: Tangent = %1 * %4
           %6 q: Real = Recip(%2)
           %7 v: Tangent = %1 *or0 %6
           return %5, %7",
    );
}

#[test]
fn branches_on_one_condition_join() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           gives param 0 bar
           %1 c: Bool = Gt(%0, 0.0)
           %2 e: Real, %3 s: Real = if %1
           arm
             %4 e: Real = Exp(%0)
             yield %4, undef
           arm
             %5 s: Real = Sin(%0)
             yield undef, %5
           %6 u: Real = Ln(%0)
           %7 r: Real = if %1
           arm
             %8 t: Real = %2 * %6
             yield %8
           arm
             %9 t: Real = %3 * %6
             yield %9
           return %7",
        "fn f
           %0 x: Real [param 0] differentiated
           gives param 0 bar
           %1 c: Bool = Gt(%0, 0.0)
           %6 u: Real = Ln(%0)
           %7 r: Real = if %1
           arm
             %4 e: Real = Exp(%0)
             %8 t: Real = %4 * %6
             yield %8
           arm
             %5 s: Real = Sin(%0)
             %9 t: Real = %5 * %6
             yield %9
           return %7",
    );
}

#[test]
fn what_one_iteration_records_for_its_own_reverse_is_handed_over() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives result 0
           %2 n: Int = len(%0)
           tape %20 tape: Tape
           @0 for %3 i: Int in 0..%2
             carried %4 s: Real from 0.0 gives %5 s: Real
             %6 t: Real = load %0[%3]
             %7 t: Real = Exp(%6)
             %8 s: Real = %4 + %7
             push %20 <- %7
             continue @0 %8
           @1 for %10 j: Int in 0..%2 rev
             pop %20 -> %12 t: Real
             %11 t: Real = load %0[%10]
             %13 t: Real = %12 * %11
             %1[%10] += %13
             continue @1
           return %5",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives result 0
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2
             carried %4 s: Real from 0.0 gives %5 s: Real
             %6 t: Real = load %0[%3]
             %7 t: Real = Exp(%6)
             %8 s: Real = %4 + %7
             %13 t: Real = %7 * %6
             %1[%3] += %13
             continue @0 %8
           return %5",
    );
}

#[test]
fn a_place_that_a_loop_adds_to_is_a_variable_meanwhile() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           %3 k: Int [param 2]
           gives
           @0 for %4 i: Int in 0..%2
             %5 a: Real = load %0[%4]
             %1[%3] += %5
             continue @0
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           %3 k: Int [param 2]
           gives
           @0 for %4 i: Int in 0..%2
             carried %6 x_bar_k: Real from 0.0 gives %7 x_bar_k: Real
             %5 a: Real = load %0[%4]
             %8 t: Real = %6 + %5
             continue @0 %8
           %9 t: Bool = Lt(0, %2)
           if %9
           arm
             %1[%3] += %7
             yield
           arm
             yield
           return",
    );
}

#[test]
fn a_counter_that_runs_backwards_is_computed() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           %3 m: Int [param 2]
           gives
           @0 for %4 j: Int in 0..%2 rev
             carried %5 k: Int from %3 gives %6 k: Int
             %7 k: Int = %5 - 1
             %8 a: Real = load %0[%4]
             %1[%7] += %8
             continue @0 %7
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           %3 m: Int [param 2]
           gives
           @0 for %4 j: Int in 0..%2
             %5 t: Int = %3 + %4
             %7 k: Int = %5 - %2
             %8 a: Real = load %0[%4]
             %1[%7] += %8
             continue @0
           return",
    );
}

/// The types of the counter and of the loop's variable may differ.
#[test]
fn a_counter_of_another_type_stays() {
    let text = "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           %3 m: Int [param 2]
           gives
           @0 for %4 j: Int in 0..%2 rev
             carried %5 k: Int from %3 gives %6 k: Int
             %7 k: Int = %5 - 1
             %8 a: Real = #0(%7)
             %1[%4] += %8
             continue @0 %7
           return";
    check(text, text);
}

#[test]
fn what_is_recorded_twice_is_recorded_once() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated mut
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           gives
           tape %3 tape: Tape
           @0 for %4 i: Int in 0..%2
             %5 a: Real = load %0[%4]
             push %3 <- %5, %5
             %0[%4] = 0.0
             continue @0
           @1 for %6 i: Int in 0..%2 rev
             pop %3 -> %7 b: Real, %8 c: Real
             %9 t: Real = %7 * %8
             %1[%6] += %9
             continue @1
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated mut
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           gives
           tape %3 tape: Tape
           @0 for %4 i: Int in 0..%2
             %5 a: Real = load %0[%4]
             push %3 <- %5
             %0[%4] = 0.0
             continue @0
           @1 for %6 i: Int in 0..%2 rev
             pop %3 -> %7 b: Real
             %9 t: Real = %7 * %7
             %1[%6] += %9
             continue @1
           return",
    );
}

#[test]
fn a_loop_that_adds_what_another_choice_left_zero_is_skipped() {
    let text = |rest: &str| {
        format!(
            "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 b: Bool [param 1]
           %2 y_bar: Real [param 2 bar]
           %3 x_bar: Array(Real) [param 0 bar] mut
           gives param 2 bar
           %4 a_bar: Real, %5 b_bar: Real = if %1
           arm
             yield %2, 0.0
           arm
             yield 0.0, %2
           %6 n: Int = len(%0)
{rest}
           return %5"
        )
    };
    check(
        &text(
            "           @0 for %7 j: Int in 0..%6
             %8 t: Real = load %0[%7]
             %9 t: Real = %8 * %4
             %3[%7] += %9
             continue @0",
        ),
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 b: Bool [param 1]
           %2 y_bar: Real [param 2 bar]
           %3 x_bar: Array(Real) [param 0 bar] mut
           gives param 2 bar
           %4 n: Int = len(%0)
           %8 b_bar: Real = if %1
           arm
             @0 for %5 j: Int in 0..%4
               %6 t: Real = load %0[%5]
               %7 t: Real = %6 * %2
               %3[%5] += %7
               continue @0
             yield 0.0
           arm
             yield %2
           return %8",
    );
    let not_zero = text(
        "           @0 for %7 j: Int in 0..%6
             %8 t: Real = load %0[%7]
             %9 t: Real = %8 + %4
             %3[%7] += %9
             continue @0",
    );
    check(&not_zero, &not_zero);
}

#[test]
fn a_branch_at_the_end_whose_arms_do_nothing_leaves() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 t: Real = load %0[0]
           %3 c: Bool = Lt(%2, 0.0)
           if %3
           arm
             %4 t: Real = Sin(%2)
             %5 d: Bool = Lt(%4, 0.5)
             go on if %5
             arm
               yield
             arm
               yield
           arm
             %1[0] += %2
             yield
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           %2 t: Real = load %0[0]
           %3 c: Bool = Lt(%2, 0.0)
           if %3
           arm
             yield
           arm
             %1[0] += %2
             yield
           return",
    );
}

#[test]
fn an_arm_that_spreads_an_adjoint_asks_whether_it_is_spent() {
    check(
        "fn f
           %0 x: Array(Array(Real)) [param 0] differentiated
           %1 best: Array(Bool) [param 1]
           %2 y_bar: Real [param 2 bar]
           %3 x_bar: Array(Array(Real)) [param 0 bar] mut
           gives
           %4 n: Int = len(%0)
           @0 for %5 i: Int in 0..%4 rev
             carried %6 a_bar: Real from %2 gives %7 a_bar: Real
             %8 c: Bool = load %1[%5]
             %9 a_bar: Real = if %8
             arm
               %10 m: Int = len(%0[%5])
               @1 for %11 j: Int in 0..%10
                 %12 t: Real = load %0[%5][%11]
                 %13 t: Real = %12 * %6
                 %3[%5][%11] += %13
                 continue @1
               yield 0.0
             arm
               yield %6
             continue @0 %9
           return",
        "fn f
           %0 x: Array(Array(Real)) [param 0] differentiated
           %1 best: Array(Bool) [param 1]
           %2 y_bar: Real [param 2 bar]
           %3 x_bar: Array(Array(Real)) [param 0 bar] mut
           gives
           %4 n: Int = len(%0)
           @0 for %5 i: Int in 0..%4 rev
             carried %6 a_bar: Real from %2 gives %7 a_bar: Real
             %8 c: Bool = load %1[%5]
             %14 t: Bool = Ne(%6, 0.0)
             %15 t: Bool = %8 & %14
             %9 a_bar: Real = if %15
             arm
               %10 m: Int = len(%0[%5])
               @1 for %11 j: Int in 0..%10
                 %12 t: Real = load %0[%5][%11]
                 %13 t: Real = %12 * %6
                 %3[%5][%11] += %13
                 continue @1
               yield 0.0
             arm
               yield %6
             continue @0 %9
           return",
    );
}

#[test]
fn sums_for_several_places_of_one_array_are_variables() {
    let func = |read: &str| {
        parse(&format!(
            "fn f
               %0 x: Array(Real) [param 0] differentiated
               %1 g: Array(Real) [param 0 bar] mut
               gives
               %2 n: Int = len(%0)
               @0 for %3 i: Int in 0..%2
                 %4 t: Real = load %0[%3]
                 %1[0] += %4
                 %5 t: Real = %4 * %4
                 {read}%1[1] += %5
                 continue @0
               return"
        ))
    };
    let simple = simplify(func(""));
    verify(&simple).expect("a well-formed result");
    assert_eq!(simple.to_string().matches("carried").count(), 2, "{simple}");
    for x in [&[0.5, -2.0, 3.0][..], &[1.0, 2.0], &[]] {
        let args = || vec![Value::reals(x), Value::reals(&[10.0, 20.0])];
        let passive = |_: &Opaque, _: &[Value]| unreachable!("there is no code of the user's");
        assert_eq!(run(&func(""), args(), &passive).1, run(&simple, args(), &passive).1);
    }
    let read = simplify(func("%6 t: Real = load %1[0]\n                 %1[%3] += %6\n                 "));
    assert!(!read.to_string().contains("carried"), "what is read meanwhile stays in memory\n{read}");
}

#[test]
fn what_is_written_for_the_user_keeps_its_bits() {
    let text = "fn f
           %0 x: Array(Real) [param 0] mut
           gives
           %1 a: Real = load %0[0]
           %2 b: Real = %1 + 0.0
           %0[1] = %2
           return";
    check(text, text);
}

#[test]
fn what_a_branch_gives_the_user_keeps_its_bits() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %1 c: Bool = Gt(%0, 0.5)
           %2 r: Real = if %1
           arm
             %3 a: Real = %0 + 0.0
             yield %3
           arm
             %4 b: Real = %0 * 0.0
             yield %4
           return %2";
    check(text, text);
}

#[test]
fn what_the_user_gets_from_exchanged_arrays_keeps_its_bits() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           %1 n: Int [param 1]
           gives result 0, result 1
           %2 a: Array(Real) = alloc vec[1.0; %1]
           %3 b: Array(Real) = alloc vec[2.0; %1]
           %4 t: Real = %0 + 0.0
           %2[%1] = %4
           %9 t: Real = %0 * 0.0
           %3[%1] = %9
           swap %2, %3
           %5 t: Real = load %3[%1]
           %6 t: Real = load %2[%1]
           return %5, %6";
    check(text, text);
}

#[test]
fn what_the_user_takes_from_a_vec_keeps_its_bits() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc empty
           %2 t: Real = %0 + 0.0
           %1.push(%2)
           %3 t: Real = %1.pop()
           return %3";
    check(text, text);
}

#[test]
fn what_a_record_holds_for_the_user_keeps_its_bits() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           %1 n: Int [param 1]
           gives result 0
           tape %2 tape: Tape
           @0 for %3 i: Int in 0..%1
             %4 t: Real = %0 + 0.0
             push %2 <- %4
             continue @0
           turn
           %5 a: Array(Real) = alloc vec[1.0; %1]
           @1 for %6 i: Int in 0..%1
             pop %2 -> %7 t: Real
             %5[%6] = %7
             continue @1
           %8 t: Real = load %5[0]
           return %8";
    check(text, text);
}

#[test]
fn a_factor_that_keeps_zeros_need_not_where_it_is_bounded() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 y_bar: Real [result 0 bar]
           gives param 0 bar
           %2 s: Real = Tanh(%0)
           %3 t: Real = %1 *or0 %2
           return %3",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 y_bar: Real [result 0 bar]
           gives param 0 bar
           %2 s: Real = Tanh(%0)
           %3 t: Real = %1 * %2
           return %3",
    );
}

/// The user's text may call a method of it, and an integer's type may be that of the variable alone.
#[test]
fn a_constant_in_the_users_text_stays_a_variable() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %1 k: Real = 2.0
           %2 n: Int = 3
           effect #0~!(%1, %2)
           %3 t: Real = %0 * %0
           return %3";
    check(text, text);
}

#[test]
fn a_constant_of_arithmetic_is_written_where_it_is_used() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %1 k: Real = 2.0
           %2 t: Real = Sin(%0)
           %3 t: Real = %1 * %2
           return %3",
        "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %2 t: Real = Sin(%0)
           %3 t: Real = 2.0 * %2
           return %3",
    );
}
