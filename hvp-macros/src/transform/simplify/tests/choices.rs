//! Branches in and around loops: adjoints that the other choice left zero, and arms that end alike.

use super::*;

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

/// What the user gets from the same loop is written whatever the choice.
#[test]
fn a_loop_that_does_something_else_too_is_not_skipped() {
    let text = "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 b: Bool [param 1]
           %2 y_bar: Real [param 2 bar]
           %3 x_bar: Array(Real) [param 0 bar] mut
           %4 out: Array(Real) [param 3] mut
           gives param 2 bar
           %5 a_bar: Real, %6 b_bar: Real = if %1
           arm
             yield %2, 0.0
           arm
             yield 0.0, %2
           %7 n: Int = len(%0)
           @0 for %8 i: Int in 0..%7
             %9 t: Real = load %0[%8]
             %10 t: Real = %9 * %5
             %3[%8] += %10
             %4[%8] = %9
             continue @0
           return %6";
    check(text, text);
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
fn an_arm_that_spends_an_adjoint_is_taken_once() {
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
             carried %14 unspent: Bool from true gives %15 unspent: Bool
             %8 c: Bool = load %1[%5]
             %17 t: Bool = %8 & %14
             %9 a_bar: Real, %16 unspent: Bool = if %17
             arm
               %10 m: Int = len(%0[%5])
               @1 for %11 j: Int in 0..%10
                 %12 t: Real = load %0[%5][%11]
                 %13 t: Real = %12 * %6
                 %3[%5][%11] += %13
                 continue @1
               yield 0.0, false
             arm
               yield %6, %14
             continue @0 %9, %16
           return",
    );
}

/// An arm that spreads an adjoint, and does `more` in its loop and `beside` it.
fn spreads(more: &str, beside: &str) -> String {
    format!(
        "fn f
           %0 x: Array(Array(Real)) [param 0] differentiated
           %1 best: Array(Bool) [param 1]
           %2 y_bar: Real [param 2 bar]
           %3 x_bar: Array(Array(Real)) [param 0 bar] mut
           %20 out: Array(Real) [param 3] mut
           gives
           %4 n: Int = len(%0)
           @0 for %5 i: Int in 0..%4 rev
             carried %6 a_bar: Real from %2 gives %7 a_bar: Real
             %8 c: Bool = load %1[%5]
             %10 m: Int = len(%0[%5])
             %9 a_bar: Real = if %8
             arm{beside}
               @1 for %11 j: Int in 0..%10
                 %12 t: Real = load %0[%5][%11]{more}
                 %13 t: Real = %12 * %6
                 %3[%5][%11] += %13
                 continue @1
               yield 0.0
             arm
               yield %6
             continue @0 %9
           return"
    )
}

#[test]
fn an_arm_that_does_something_else_too_does_it_whatever_is_spent() {
    let asks = |text: &str| simplify(parse(text)).to_string().contains("unspent");
    assert!(asks(&spreads("", "")));
    assert!(!asks(&spreads("\n                 %20[%11] = %12", "")));
    assert!(!asks(&spreads("", "\n               %20[%5] = 1.0")));
    assert!(!asks(&spreads("", "\n               %14 t: Real = #0!(%5)")));
}

#[test]
fn arms_that_end_alike_are_one() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           @0 for %2 i: Int in 0..%1
             carried %3 s: Real from 0.0 gives %4 s: Real
             %5 t: Real = load %0[%2]
             %6 t: Real = %3 + %5
             %7 t: Bool = Lt(%5, 0.5)
             go on if %7
             arm
               continue @0 %6
             arm
               continue @0 %6
           return %4",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           @0 for %2 i: Int in 0..%1
             carried %3 s: Real from 0.0 gives %4 s: Real
             %5 t: Real = load %0[%2]
             %6 t: Real = %3 + %5
             continue @0 %6
           return %4",
    );
}
