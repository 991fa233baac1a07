//! What the user gets keeps its bits; what only derivatives read need not.

use super::*;
use crate::ir::VarId;

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

/// The numbers of the variables whose bits matter.
fn exact_in(text: &str) -> Vec<u32> {
    let func = parse(text);
    verify(&func).expect("a well-formed test");
    let exact = super::super::exact(&func);
    (0..).take(func.vars.len()).filter(|var| exact.contains(VarId(*var))).collect()
}

#[test]
fn what_decides_the_way_or_the_place_keeps_its_bits() {
    let text = "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 i: Int [param 1]
           %2 lo: Int [param 2]
           %3 hi: Int [param 3]
           %4 c: Bool [param 4]
           %5 d: Bool [param 5]
           %6 e: Bool [param 6]
           gives param 0 bar
           %7 t: Real = load %0[%1]
           %8 t: Real = if %4
           arm
             yield %7
           arm
             yield 1.0
           %9 t: Real = match #0()
           arm #1 ()
           guard
             yield %5
             yield %8
           arm #2 ()
             yield 2.0
           @0 for %10 j: Int in %2..%3
             continue @0
           go on if %6
           arm
             return %9
           arm
             return 3.0";
    assert_eq!(exact_in(text), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn what_jumps_and_what_another_function_gets_keeps_its_bits() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           %1 y: Real [param 1] differentiated
           %2 z: Real [param 2] differentiated
           %3 w: Real [param 3] differentiated
           %4 v: Array(Real) [param 4] differentiated
           %5 u: Real [param 5] differentiated
           gives param 0 bar
           %6 t: Real = Floor(%0)
           %7 t: Real = Atan2(%1, 1.0)
           %8 t: Real = %2 % 2.0
           (%9 t: Real) = call #0 Primal (%3; &%4; ) seeds ()
           %10 t: Real = %6 + %7
           %11 t: Real = %8 + %9
           %12 t: Real = %10 + %11
           %13 t: Real = %12 + %5
           return %13";
    assert_eq!(exact_in(text), [0, 1, 2, 3, 4]);
}

#[test]
fn all_that_the_memory_of_a_result_may_hold_keeps_its_bits() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives result 0, result 1, result 2
           %1 a: Array(Real) = alloc [%0]
           %2 b: Array(Real) = alloc [1.0]
           %3 c: Array(Real) = alloc [1.0]
           %4 d: Array(Real) = alloc [2.0]
           %5 e: Array(Real) = alloc [3.0, 4.0]
           %6 unseen: Array(Real) = alloc [5.0]
           swap %1, %2
           swap %3, %4
           %7 t: Real = load %2[0]
           %8 t: Real = load %3[0]
           %9 t: Real = sum(%5)
           %10 t: Real = load %6[0]
           return %7, %8, %9";
    assert_eq!(exact_in(text), [0, 1, 2, 3, 4, 5, 7, 8, 9]);
}
