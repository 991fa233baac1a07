//! Printed IR in, printed IR out.

use super::{Keep, transform};
use crate::ir::{parse, renumbered, verify};

#[track_caller]
fn check_with(keep: Keep, text: &str, expected: &str) {
    let func = parse(text);
    verify(&func).expect("a well-formed test");
    let tangent = transform(&func, keep);
    verify(&tangent).expect("a well-formed tangent");
    let (found, expected) = (renumbered(&tangent).to_string(), renumbered(&parse(expected)).to_string());
    assert_eq!(found, expected, "found\n{found}\nexpected\n{expected}");
}

#[track_caller]
fn check(text: &str, expected: &str) {
    check_with(Keep { primal: true }, text, expected);
}

#[test]
fn each_definition_is_followed_by_its_tangent() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %1 y: Real = Sin(%0)
           return %1",
        "fn f
           %0 x: Real [param 0] differentiated
           %2 x_dot: Tangent [param 0 dot]
           gives result 0, result 0 dot
           %1 y: Real = Sin(%0)
           %4 t: Real = Cos(%0)
           %3 y_dot: Tangent = %2 * %4
           return %1, %3",
    );
}

#[test]
fn constants_have_no_tangent() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 c: Real [param 1]
           gives result 0
           %2 a: Real = %1 * %1
           %3 b: Real = %2 - %0
           %4 t: Real = %3 * 2.0
           return %4",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           %2 c: Real [param 1]
           gives result 0, result 0 dot
           %3 a: Real = %2 * %2
           %4 b: Real = %3 - %0
           %5 b_dot: Tangent = -%1
           %6 t: Real = %4 * 2.0
           %7 t_dot: Tangent = %5 * 2.0
           return %6, %7",
    );
}

#[test]
fn a_result_that_does_not_vary_has_a_zero_tangent() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 v: Array(Real) [param 1]
           gives result 0, result 1
           %2 w: Array(Real) = alloc copy %1
           return 1.0, %2",
        "fn f
           %0 x: Real [param 0] differentiated
           %3 x_dot: Tangent [param 0 dot]
           %1 v: Array(Real) [param 1]
           gives result 0, result 0 dot, result 1, result 1 dot
           %2 w: Array(Real) = alloc copy %1
           %4 w_dot: Array(Tangent) = alloc zeros like %2
           return 1.0, ZERO, %2, %4",
    );
}

#[test]
fn a_zero_tangent_stays_zero_through_a_singular_partial() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %1 y: Real = Sqrt(%0)
           %2 z: Real = Max(%1, 0.0)
           return %2",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0, result 0 dot
           %2 y: Real = Sqrt(%0)
           %3 t: Real = 0.5 / %2
           %4 y_dot: Tangent = %1 *or0 %3
           %5 z: Real = Max(%2, 0.0)
           %6 t: Bool = Eq(0.0, %5)
           %7 t: Real = select(%6, 0.5, 1.0)
           %8 t: Bool = Eq(%2, %5)
           %9 t: Real = select(%8, %7, 0.0)
           %10 z_dot: Tangent = %4 *unless0 %9
           return %5, %10",
    );
}

#[test]
fn memory_is_mirrored() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           %2 w: Array(Real) = alloc vec[0.0; %1]
           %3 a: Real = load %0[0]
           %2[0] = %3
           %2[1] = 5.0
           %2[2] += 1.0
           %2[2] += %3
           %2 = copy %0[1..%1]
           %2[0..2] = fill 1.0
           %4 s: Real = sum(%2)
           return %4",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           gives result 0, result 0 dot
           %2 n: Int = len(%0)
           %3 w: Array(Real) = alloc vec[0.0; %2]
           %4 w_dot: Array(Tangent) = alloc vec[ZERO; %2]
           %5 a: Real = load %0[0]
           %6 a_dot: Tangent = load %1[0]
           %3[0] = %5
           %4[0] = %6
           %3[1] = 5.0
           %4[1] = ZERO
           %3[2] += 1.0
           %3[2] += %5
           %4[2] += %6
           %3 = copy %0[1..%2]
           %4 = copy %1[1..%2]
           %3[0..2] = fill 1.0
           %4[0..2] = fill ZERO
           %7 s: Real = sum(%3)
           %8 s_dot: Tangent = sum(%4)
           return %7, %8",
    );
}

#[test]
fn branches_and_loops_hand_on_tangents() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 n: Int [param 1]
           gives result 0
           @0 for %2 i: Int in 0..%1
             carried %3 y: Real from 1.0 gives %4 y: Real
             carried %5 k: Int from 0 gives %6 k: Int
             %7 up: Bool = Gt(%3, 2.0)
             %8 z: Real = if %7
             arm
               yield %0
             arm
               %9 t: Real = %3 + %0
               yield %9
             continue @0 %8, %2
           return %4",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           %2 n: Int [param 1]
           gives result 0, result 0 dot
           @0 for %3 i: Int in 0..%2
             carried %4 y: Real from 1.0 gives %5 y: Real
             carried %6 y_dot: Tangent from ZERO gives %7 y_dot: Tangent
             carried %8 k: Int from 0 gives %9 k: Int
             %10 up: Bool = Gt(%4, 2.0)
             %11 z: Real, %12 z_dot: Tangent = if %10
             arm
               yield %0, %1
             arm
               %13 t: Real = %4 + %0
               %14 t_dot: Tangent = %6 + %1
               yield %13, %14
             continue @0 %11, %12, %3
           return %5, %7",
    );
}

#[test]
fn tapes_carry_the_tangents_that_are_taken_out() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_bar: Real [result 0 bar]
           gives param 0 bar
           tape %2 tape: Tape
           %3 y: Real = %0 * %0
           push %2 <- %3, 1.0
           pop %2 -> %4 y: Real, %5 c: Real
           %6 t: Real = %1 * %4
           return %6",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           %2 x_bar: Real [result 0 bar]
           %3 x_bar_dot: Tangent [result 0 bar dot]
           gives param 0 bar, param 0 bar dot
           tape %4 tape: Tape
           %5 y: Real = %0 * %0
           %6 t: Tangent = %1 * %0
           %7 t: Tangent = %1 * %0
           %8 y_dot: Tangent = %6 + %7
           push %4 <- %5, %8, 1.0
           pop %4 -> %9 y: Real, %10 y_dot: Tangent, %11 c: Real
           %12 t: Real = %2 * %9
           %13 t: Tangent = %3 * %9
           %14 t: Tangent = %10 * %2
           %15 t_dot: Tangent = %13 + %14
           return %12, %15",
    );
}

const GRADIENT: &str = "fn f
       %0 x: Array(Real) [param 0] differentiated
       %1 x_bar: Array(Real) [param 0 bar] mut
       gives
       %2 a: Real = load %0[0]
       %3 t: Real = %2 * 2.0
       %1[0] += %3
       return";

#[test]
fn an_adjoint_array_is_an_output_with_its_tangent() {
    check(
        GRADIENT,
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar: Array(Real) [param 0 bar] mut
           %3 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %4 a: Real = load %0[0]
           %5 a_dot: Tangent = load %1[0]
           %6 t: Real = %4 * 2.0
           %7 t_dot: Tangent = %5 * 2.0
           %2[0] += %6
           %3[0] += %7
           return",
    );
}

#[test]
fn an_adjoint_array_that_nobody_asked_for_is_local() {
    check_with(
        Keep { primal: false },
        GRADIENT,
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %3 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %2 x_bar: Array(Real) = alloc zeros like %0
           %4 a: Real = load %0[0]
           %5 a_dot: Tangent = load %1[0]
           %6 t: Real = %4 * 2.0
           %7 t_dot: Tangent = %5 * 2.0
           %2[0] += %6
           %3[0] += %7
           return",
    );
}
