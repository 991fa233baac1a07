//! Printed IR in, printed IR out.

mod bits;
mod calls;
mod choices;
mod leftover;
mod loops;

use super::simplify;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{Opaque, parse, renumbered, verify};
use crate::transform::normalize;
use crate::transform::reverse::{self, Goal, Storage};
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

/// The adjoint of `x * x * x`, whose square is returned too; without a product with the square nothing is multiplied with it.
#[test]
fn the_terms_of_a_power_are_alike() {
    let func = |last: &str| {
        format!(
            "fn f
           %0 x: Real [param 0] differentiated
           %1 y_bar: Real [result 0 bar]
           gives result 0, param 0 bar
           %2 s: Real = %0 * %0
           {last}
           return %2, %9"
        )
    };
    check(
        &func(
            "%3 a: Real = %1 * %2
           %4 t: Real = %1 * %0
           %5 u: Real = %4 * %0
           %6 b: Real = 2.0 * %5
           %9 x_bar: Real = %3 + %6",
        ),
        &func(
            "%3 a: Real = %1 * %2
           %9 x_bar: Real = 3.0 * %3",
        ),
    );
    let alone = func(
        "%4 t: Real = %1 * %0
           %9 x_bar: Real = %4 * %0",
    );
    check(&alone, &alone);
}

/// What two products of reals have in common is multiplied once, also with another sign; a product that serves something else stays.
#[test]
fn a_common_factor_is_multiplied_once() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 y: Real [param 1] differentiated
           gives param 0 bar, param 1 bar, param 0 bar
           %2 t: Real = -%0
           %3 t: Real = %0 * 40.0
           %4 t: Real = 3.0 * %1
           %5 t: Real = %2 * %4
           %6 t: Real = %3 - %5
           %7 t: Real = %0 * %1
           %8 t: Real = %0 + %7
           return %6, %7, %8",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 y: Real [param 1] differentiated
           gives param 0 bar, param 1 bar, param 0 bar
           %2 t: Real = 3.0 * %1
           %3 t: Real = 40.0 + %2
           %4 t: Real = %3 * %0
           %5 t: Real = %0 * %1
           %6 t: Real = %0 + %5
           return %4, %5, %6",
    );
}

#[test]
fn like_terms_meet_through_a_literal() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           %2 y: Real [param 1] differentiated
           %3 y_dot: Tangent [param 1 dot]
           gives param 0 bar dot
           %4 t: Tangent = %3 * %2
           %5 t: Tangent = %1 * %0
           %6 t: Tangent = %4 + %5
           %7 t: Tangent = %6 * 2.0
           %8 t: Tangent = %1 * -3.0
           %9 t: Tangent = %7 + %8
           return %9",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           %2 y: Real [param 1] differentiated
           %3 y_dot: Tangent [param 1 dot]
           gives param 0 bar dot
           %4 t: Real = 2.0 * %2
           %5 t: Real = 2.0 * %0
           %6 t: Real = 3.0 - %5
           %7 t: Tangent = %3 * %4
           %8 t: Tangent = %1 * %6
           %9 t: Tangent = %7 - %8
           return %9",
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
    let gradient = reverse::transform(&func, Goal::Gradient, Storage::Cheapest);
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
fn a_factor_that_is_always_finite_needs_no_guard() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0 dot, result 1 dot, result 2 dot
           %2 e: Real = Exp(%0)
           %3 d: Real = 1.0 + %2
           %4 r: Real = Recip(%3)
           %5 u: Tangent = %1 *or0 %4
           %6 q: Real = Recip(%2)
           %7 v: Tangent = %1 *or0 %6
           %8 s: Real = %3 * %3
           %9 p: Real = %8 * %3
           %10 c: Real = 1.0 / %9
           %11 w: Tangent = %1 *or0 %10
           return %5, %7, %11",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0 dot, result 1 dot, result 2 dot
           %2 e: Real = Exp(%0)
           %3 d: Real = 1.0 + %2
           %4 r: Real = Recip(%3)
           %5 u: Tangent = %1 * %4
           %6 q: Real = Recip(%2)
           %7 v: Tangent = %1 *or0 %6
           %8 s: Real = %3 * %3
           %9 p: Real = %8 * %3
           %10 c: Real = 1.0 / %9
           %11 w: Tangent = %1 * %10
           return %5, %7, %11",
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
