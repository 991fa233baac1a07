//! Loops, what they carry and what they add to memory.

use super::*;

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

/// Of a recurrence, what waits for the iteration before is multiplied once.
#[test]
fn what_can_be_multiplied_ahead_is() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           @0 for %2 i: Int in 0..3 rev
             carried %3 b: Real from 1.0 gives %4 b: Real
             %5 p: Real = load %0[0]
             %12 r: Real = load %0[1]
             %6 q: Real = load %0[%2]
             %7 t: Real = %3 * %5
             %8 t: Real = %7 * %6
             %9 n: Real = -%3
             %10 t: Real = %9 * %12
             %11 t: Real = %8 + %10
             continue @0 %11
           %1[0] += %4
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives
           @0 for %2 i: Int in 0..3 rev
             carried %3 b: Real from 1.0 gives %4 b: Real
             %5 p: Real = load %0[0]
             %12 r: Real = load %0[1]
             %6 q: Real = load %0[%2]
             %7 t: Real = %5 * %6
             %8 t: Real = %7 - %12
             %9 t: Real = %8 * %3
             continue @0 %9
           %1[0] += %4
           return",
    );
}
