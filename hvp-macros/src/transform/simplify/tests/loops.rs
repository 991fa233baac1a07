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

/// As in a sum over pairs: one place stays, the other goes with the loop.
#[test]
fn a_place_whose_index_each_iteration_computes_is_a_variable_too() {
    let func = |inside: &str| {
        parse(&format!(
            "fn f
               %0 x: Array(Real) [param 0] differentiated
               %1 g: Array(Real) [param 0 bar] mut
               %2 k: Int [param 1]
               gives
               %3 n: Int = len(%0)
               @0 for %4 i: Int in 0..%3
                 {inside}
                 %8 t: Real = load %0[%4]
                 %9 t: Real = -%8
                 %1[%7] += %8
                 %1[%4] += %9
                 continue @0
               return"
        ))
    };
    let twice = func("%6 t: Int = 2 * %2\n                 %7 t: Int = %6 + 1");
    let simple = simplify(twice.clone());
    verify(&simple).expect("a well-formed result");
    assert_eq!(simple.to_string().matches("carried").count(), 1, "{simple}");
    let passive = |_: &Opaque, _: &[Value]| unreachable!("there is no code of the user's");
    for x in [&[0.5, -2.0, 3.0, 1.0, 0.25, -1.5][..], &[]] {
        let args = || vec![Value::reals(x), Value::reals(&[0.0; 6]), Value::Int(2)];
        assert_eq!(run(&twice, args(), &passive).1, run(&simple, args(), &passive).1);
    }
    let moving = simplify(func("%6 t: Int = 2 * %4\n                 %7 t: Int = %6 + %2"));
    assert!(!moving.to_string().contains("carried"), "{moving}");
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
