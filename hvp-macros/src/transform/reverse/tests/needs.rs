//! What the reverse sweep needs of the primal one, and what it does not.

use super::*;

#[test]
fn a_sum_records_nothing() {
    let derived = derived(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           %2 a: Array(Real) = alloc vec[0.5; 3]
           %10 p: Real = load %0[0]
           %2[1] = %10
           @0 for %3 i: Int in 0..3
             %4 t: Real = load %2[%3]
             %11 t: Real = Exp(%4)
             %1 := %1 + %11
             %5 c: Bool = Gt(%4, 0.0)
             if %5
             arm
               %6 t: Real = %4 * %4
               %1 := %1 + %6
               yield
             arm
               @1 for %7 j: Int in 0..%3
                 %8 t: Real = load %0[%7]
                 %9 t: Real = Sin(%8)
                 %1 := %1 + %9
                 continue @1
               yield
             continue @0
           return %1",
        Goal::Gradient,
    );
    assert!(!derived.contains("push"), "{derived}");
}

#[test]
fn a_sum_whose_value_is_wanted_runs_once() {
    let derived = derived(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           @0 for %2 i: Int in 0..3
             %3 t: Real = load %0[%2]
             %4 t: Real = Exp(%3)
             %1 := %1 + %4
             continue @0
           return %1",
        Goal::ValueAndGradient,
    );
    assert_eq!(derived.matches(" for ").count(), 1, "{derived}");
    assert!(!derived.contains("push"), "{derived}");
}

/// The product is used in one arm alone, but its factors are numbers from memory and between -1 and 1.
#[test]
fn the_adjoint_of_an_unused_product_of_finite_factors_is_a_plain_product() {
    let derived = derived(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 y: Real = load %0[0]
           %2 z: Real = load %0[1]
           %3 w: Real = Tanh(%2)
           %4 t: Real = %1 * %3
           %5 c: Bool = Gt(%1, 0.0)
           %6 r: Real = 0.0
           if %5
           arm
             %6 := %4 + %2
             yield
           arm
             yield
           return %6",
        Goal::Gradient,
    );
    assert!(!derived.contains("*or0"), "{derived}");
}

#[test]
fn an_array_of_copies_of_a_number() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 y: Real = load %0[0]
           %2 a: Array(Real) = alloc vec[%1; 3]
           %3 t: Real = load %2[0]
           %4 t: Real = load %2[2]
           %5 t: Real = %3 * %4
           return %5",
        &[0.4, -0.7],
    );
}

/// Which element is read depends on the sum so far.
#[test]
fn an_index_that_is_chosen_by_what_an_iteration_left() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           @0 for %2 k: Int in 0..4
             %3 c: Bool = Gt(%1, 0.5)
             %4 j: Int = 0
             if %3
             arm
               %4 := 1 + 0
               yield
             arm
               yield
             %5 t: Real = load %0[%4]
             %6 t: Real = load %0[%2]
             %7 t: Real = %5 * %6
             %1 := %1 + %7
             %1 := %1 + 0.2
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn an_array_of_what_an_iteration_left() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.3
           @0 for %2 k: Int in 0..4
             %3 b: Array(Real) = alloc [%1, %1]
             %4 t: Real = load %3[1]
             %5 t: Real = load %0[%2]
             %6 t: Real = %4 * %5
             %7 t: Real = Sin(%6)
             %1 := %1 + %7
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// Where a part is copied to, and nothing else, depends on the iterations before.
#[test]
fn a_copy_to_where_an_iteration_says() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc vec[0.5; 8]
           %2 k: Int = 1
           @0 for %3 i: Int in 0..3
             %4 m: Int = %2 + 2
             %1[%2..%4] = copy %0[1..3]
             %5 t: Int = %2 * 3
             %6 t: Int = %5 + 1
             %2 := %6 % 5
             continue @0
           %7 t: Real = load %1[1]
           %8 t: Real = load %1[4]
           %9 t: Real = load %1[5]
           %10 t: Real = 2.0 * %7
           %11 t: Real = 3.0 * %8
           %12 t: Real = %10 + %11
           %13 t: Real = %12 + %9
           return %13",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// Which element is added, and nothing else, depends on the iterations before.
#[test]
fn a_load_from_where_an_iteration_says() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           %2 k: Int = 1
           @0 for %3 i: Int in 0..3
             %4 t: Real = load %0[%2]
             %1 := %1 + %4
             %5 t: Int = %2 * 3
             %6 t: Int = %5 + 1
             %2 := %6 % 4
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// A factor that is chosen may be infinite if what it is chosen from may.
#[test]
fn the_adjoint_of_an_unused_product_with_a_choice_of_factors_keeps_zeros() {
    let derived = derived(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 y: Real = load %0[0]
           %2 e: Real = Exp(%1)
           %3 c: Bool = Gt(%1, 0.0)
           %4 w: Real = select(%3, %2, 1.0)
           %5 z: Real = load %0[1]
           %6 t: Real = %5 * %4
           %7 r: Real = 0.0
           if %3
           arm
             %7 := %6 + %1
             yield
           arm
             yield
           return %7",
        Goal::Gradient,
    );
    assert!(derived.contains("*or0 %4"), "{derived}");
}

/// Where a number is stored, and nothing else, depends on the iterations before.
#[test]
fn a_store_to_where_an_iteration_says() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc vec[0.5; 4]
           %2 k: Int = 1
           @0 for %3 i: Int in 0..3
             %4 t: Real = load %0[%3]
             %1[%2] = %4
             %5 t: Int = %2 * 3
             %6 t: Int = %5 + 1
             %2 := %6 % 4
             continue @0
           %7 t: Real = load %1[1]
           %8 t: Real = load %1[0]
           %9 t: Real = 2.0 * %7
           %10 t: Real = 3.0 * %8
           %11 t: Real = %9 + %10
           return %11",
        &[0.4, -0.7, 1.1],
    );
}

/// How often a number is added, and nothing else, depends on the iterations before.
#[test]
fn a_number_that_is_added_as_often_as_an_iteration_says() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           %2 k: Int = 1
           @0 for %3 i: Int in 0..4
             %4 t: Real = load %0[%3]
             @1 for %5 j: Int in 0..%2
               %1 := %1 + %4
               continue @1
             %6 t: Int = %2 * 3
             %7 t: Int = %6 + 1
             %2 := %7 % 5
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// The second loop hands on what it is given, the sum.
#[test]
fn a_sum_that_a_loop_without_iterations_hands_on() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           @0 for %2 i: Int in 0..3
             %3 t: Real = load %0[%2]
             %4 t: Real = Sin(%3)
             %1 := %1 + %4
             continue @0
           %5 n: Int = len(%0)
           %6 n: Int = %5 - 3
           @1 for %7 i: Int in 0..%6
             %8 t: Real = load %0[%7]
             %1 := %8 + 0.5
             continue @1
           %9 t: Real = %1 * %1
           return %9",
        &[0.4, -0.7, 1.1],
    );
}

#[test]
fn a_number_from_the_arm_that_goes_on() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           @0 for %2 i: Int in 0..3
             %3 t: Real = load %0[%2]
             %4 y: Real = 0.0
             %5 c: Bool = Lt(%3, -9.0)
             if %5
             arm
               panic #0()
             arm
               %4 := %3 * %3
               yield
             %6 t: Real = Sin(%4)
             %1 := %1 + %6
             continue @0
           return %1",
        &[0.4, -0.7, 1.1],
    );
}

/// A recurrence that needs a number, and its product with another, in each iteration: the number is recorded alone.
#[test]
fn a_product_of_what_is_recorded_is_not_recorded() {
    let text = "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = load %0[0]
           %9 a: Real = load %0[1]
           @0 for %2 i: Int in 0..3
             %3 t: Real = Sin(%1)
             %4 t: Real = %3 * %9
             %5 t: Real = %4 * %3
             %1 := %5 + %1
             continue @0
           return %1";
    let derived = derived(text, Goal::Gradient);
    let pushed = derived.lines().find(|line| line.contains("push")).expect("a record");
    assert_eq!(pushed.matches('%').count(), 3, "the tape, the sine and what it is of: {pushed}");
    check(text, &[0.4, -0.7]);
}

/// The derivative of the sine is the cosine that is there already.
#[test]
fn the_cosine_beside_a_sine_is_computed_once() {
    let text = "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           @0 for %2 i: Int in 0..3
             %3 t: Real = load %0[%2]
             %4 t: Real = Sin(%3)
             %5 t: Real = Cos(%3)
             %6 t: Real = %4 * %5
             %1 := %1 + %6
             continue @0
           return %1";
    let derived = derived(text, Goal::Gradient);
    assert_eq!((derived.matches("Sin(").count(), derived.matches("Cos(").count()), (1, 1), "{derived}");
    check(text, &[0.4, -0.7, 1.1]);
}
