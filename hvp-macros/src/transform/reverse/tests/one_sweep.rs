//! Values and adjoints in one sweep, where the adjoints are known before the loop, and not elsewhere.

use super::{Goal, check, derived};

/// A function that adds `term` (`%9`, made of an element `%8`) for each of its numbers to `%10`, and gives `%20`.
fn sum(before: &str, term: &str, behind: &str) -> String {
    format!(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           {before}
           %10 s: Real = 0.0
           @0 for %7 i: Int in 0..%1
             %8 t: Real = load %0[%7]
             {term}
             %10 := %10 + %9
             continue @0
           {behind}
           return %20"
    )
}

const MEAN: &str = "%20 t: Real = %10 / 3.0";

/// How many loops there are, and how many tapes.
fn sweeps(text: &str) -> (usize, usize) {
    let text = derived(text, Goal::ValueAndGradient);
    (text.matches(" for ").count(), text.matches("tape").count())
}

fn check_in_one(text: &str) {
    check(text, &[0.5, -0.3, 1.2]);
    assert_eq!(sweeps(text), (1, 0), "{text}");
}

fn check_in_two(text: &str) {
    check(text, &[0.5, -0.3, 1.2]);
    assert_ne!(sweeps(text), (1, 0), "{text}");
}

#[test]
fn a_mean_is_computed_beside_its_gradient() {
    check_in_one(&sum("", "%9 t: Real = Exp(%8)", MEAN));
    let more = "%17 t: Real = load %0[0]
           %18 t: Real = %17 * %17
           %20 t: Real = %18 - %10";
    check_in_one(&sum("", "%9 t: Real = Exp(%8)", more));
}

#[test]
fn scratch_memory_serves_one_iteration() {
    let text = |behind: &str| {
        sum(
            "%2 w: Array(Real) = alloc vec[0.0; 2]",
            "%3 t: Real = Sin(%8)
             %2[0] = %3
             %4 t: Real = %8 * %3
             %2[1] = %4
             %5 t: Real = load %2[0]
             %6 t: Real = load %2[1]
             %9 t: Real = %5 * %6",
            behind,
        )
    };
    check_in_one(&text(MEAN));
    // What the last iteration left there has an adjoint.
    check_in_two(&text(
        "%18 t: Real = load %2[0]
           %19 t: Real = %18 * %18
           %20 t: Real = %10 + %19",
    ));
}

#[test]
fn an_adjoint_that_hangs_on_the_sum_waits_for_it() {
    check_in_two(&sum("", "%9 t: Real = Exp(%8)", "%20 t: Real = Sin(%10)"));
    check_in_two(&sum(
        "",
        "%9 t: Real = Exp(%8)",
        "%18 t: Real = load %0[1]
           %20 t: Real = %18 * %10",
    ));
    check_in_two(&sum(
        "",
        "%9 t: Real = Exp(%8)",
        "%18 c: Bool = Lt(%10, 10.0)
           %19 t: Real = load %0[1]
           %20 t: Real = if %18
           arm
             yield %19
           arm
             yield %10",
    ));
}

/// The value is computed where the reverse sweep comes to the loop.
#[test]
fn memory_that_changes_behind_the_loop() {
    check_in_two(&sum(
        "%2 w: Array(Real) = alloc copy %0",
        "%3 t: Real = load %2[%7]
             %4 t: Real = Exp(%8)
             %9 t: Real = %3 + %4",
        "%2[1] = 3.0
           %18 t: Real = load %2[1]
           %19 t: Real = load %0[0]
           %17 t: Real = %18 * %19
           %20 t: Real = %10 + %17",
    ));
}

/// Weights, of which no derivative takes part in the order: the last term counts most.
#[test]
fn what_an_iteration_multiplies_is_not_passed_on() {
    let text = "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           %10 s: Real = 0.0
           %13 q: Real = 0.0
           @0 for %7 i: Int in 0..%1
             %8 t: Real = load %0[%7]
             %9 t: Real = %8 * %8
             %10 := %10 + %9
             FACTOR
             %13 := %15 + %8
             continue @0
           %20 t: Real = %10 + %13
           return %20";
    check_in_one(&text.replace("FACTOR", "%15 t: Real = %13"));
    check_in_two(&text.replace("FACTOR", "%15 t: Real = %13 * 0.5"));
    check_in_two(&text.replace("FACTOR", "%15 t: Real = %13 + %10"));
    check_in_two(&text.replace("FACTOR", "%15 t: Real = %13 + %13"));
}

#[test]
fn sums_through_inner_loops_and_choices() {
    let text = |factor: &str, inner: &str| {
        format!(
            "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           %3 s: Real = 1.0
           @0 for %2 i: Int in 0..%1
             %5 t: Real = load %0[%2]
             @1 for %6 j: Int in 0..%2
               %9 t: Real = load %0[%6]
               %10 t: Real = Exp(%9)
               %11 t: Real = %10 * %5
               %3 := {inner} - %11
               continue @1
             %13 c: Bool = Lt(%5, 1.0)
             if %13
             arm
               %15 t: Real = %5 * {factor}
               %3 := %3 + %15
               yield
             arm
               yield
             continue @0
           %17 r: Real = %3 * 0.5
           return %17"
        )
    };
    let loops = |text: &str| derived(text, Goal::ValueAndGradient).matches("@0 for").count();
    check(&text("%5", "%3"), &[0.5, -0.3, 1.2]);
    assert_eq!(loops(&text("%5", "%3")), 0, "the loop with the reverse has another number");
    for other in [text("%3", "%3"), text("%5", "%5")] {
        check(&other, &[0.5, -0.3, 1.2]);
        assert_eq!(loops(&other), 1, "{other}");
    }
}
