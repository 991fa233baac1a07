//! Calls, and what of the user's happens: which of it stays, and in which order.

use super::*;

/// A gradient whose reversed loop has `body` in it, as it is before, and after if the loop may run forward.
fn reversed(body: &str) -> [String; 2] {
    ["", " rev"].map(|rev| {
        format!(
            "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           %2 n: Int [param 1]
           gives
           %20 a: Array(Real) = alloc vec[0.5; %2]
           %21 b: Array(Real) = alloc vec[1.5; %2]
           @0 for %3 i: Int in 0..%2{rev}
{body}
           %22 t: Real = load %20[0]
           %23 t: Real = load %21[0]
           %24 t: Real = %22 + %23
           %1[0] += %24
           return"
        )
    })
}

#[track_caller]
fn runs_forward(body: &str) {
    let [forward, backward] = reversed(body);
    check(&backward, &forward);
}

#[track_caller]
fn stays_reversed(body: &str) {
    let [_, backward] = reversed(body);
    check(&backward, &backward);
}

#[test]
fn callees_that_only_add_to_adjoints_may_come_in_any_order() {
    runs_forward(
        "             %4 t: Real = load %0[%3]
             (%5 t: Real, %6 pullback: Pullback) = call #0 Forward (%4 active; ) seeds ()
             (%7 t: Real) = call #0 Pull %6 (%4 active; ) seeds (1.0)
             %1[%3] += %7
             continue @0",
    );
    // Into memory of the iteration's own.
    runs_forward(
        "             %4 t: Real = load %0[%3]
             %5 own: Array(Real) = alloc [%4, 0.5]
             (%6 t: Real) = call #0 Primal (&mut %5; ) seeds ()
             %7 t: Real = load %5[0]
             %1[%3] += %7
             continue @0",
    );
}

#[test]
fn callees_that_change_memory_keep_their_order() {
    stays_reversed(
        "             %4 t: Real = load %0[%3]
             (%6 t: Real) = call #0 Primal (%4; &mut %20; ) seeds ()
             %1[%3] += %6
             continue @0",
    );
    // The adjoint is taken and another one left.
    stays_reversed(
        "             %4 t: Real = load %0[%3]
             (%5 t: Real, %6 pullback: Pullback) = call #0 Forward (%4 active; &mut %21 active; ) seeds ()
             (%7 t: Real) = call #0 Pull %6 (%4 active; &mut _ bar=&%20 active; ) seeds (1.0)
             %1[%3] += %7
             continue @0",
    );
    stays_reversed(
        "             %4 t: Real = load %0[%3]
             %9 own: Array(Real) = alloc [%4, 0.5]
             (%5 t: Real, %6 pullback: Pullback) = call #0 Forward (%4 active; &mut %9 active; ) seeds ()
             (%7 t: Real) = call #0 Pull %6 (%4 active; &mut _ bar=&%20 active; ) seeds (1.0)
             %1[%3] += %7
             continue @0",
    );
    stays_reversed(
        "             %4 t: Real = load %0[%3]
             () = call #0 Primal (%4; ) seeds ()
             %1[%3] += %4
             continue @0",
    );
}

#[test]
fn what_the_user_sees_keeps_its_order() {
    stays_reversed(
        "             %4 t: Real = load %0[%3]
             effect #0~(%4)
             %1[%3] += %4
             continue @0",
    );
    stays_reversed(
        "             %5 t: Real = #0!(%3)
             %1[%3] += %5
             continue @0",
    );
    runs_forward(
        "             %5 t: Opaque = #0(%3)
             %6 t: Real = real(%5)
             %1[%3] += %6
             continue @0",
    );
    stays_reversed(
        "             %4 t: Real = load %0[%3]
             %5 t: Bool = Lt(%4, 0.5)
             if %5
             arm
               escape #0(%3)
             arm
               yield
             %1[%3] += %4
             continue @0",
    );
}

#[test]
fn a_loop_that_is_left_stays_reversed_and_one_that_leaves_another_does_not() {
    stays_reversed(
        "             %4 t: Real = load %0[%3]
             %1[%3] += %4
             %5 t: Bool = Lt(%4, 0.5)
             go on if %5
             arm
               break @0
             arm
               continue @0",
    );
    runs_forward(
        "             %4 t: Real = load %0[%3]
             @1 loop
               carried %5 y: Real from %4 gives %6 y: Real
               %7 t: Real = Sin(%5)
               %8 t: Bool = Lt(%7, 0.5)
               go on if %8
               arm
                 break @1 %7
               arm
                 continue @1 %7
             %1[%3] += %6
             continue @0",
    );
}

#[test]
fn memory_that_is_added_to_may_be_so_in_any_order() {
    runs_forward(
        "             %4 t: Real = load %0[%3]
             %5 own: Array(Real) = alloc vec[%4; %2]
             %1 += each %5
             continue @0",
    );
    stays_reversed(
        "             %20 += each %21
             %5 t: Real = load %20[%3]
             %1[%3] += %5
             continue @0",
    );
    stays_reversed(
        "             %4 t: Real = load %0[%3]
             %20[%3] += %4
             swap %20, %21
             continue @0",
    );
}

#[test]
fn a_call_stays_for_what_it_changes() {
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           (%1 t: Real) = call #0 Primal (&mut %0 -> %2 x: Real; ) seeds ()
           return %2";
    check(text, text);
    let text = "fn f
           %0 x: Real [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc [%0, 1.0]
           (%2 t: Real) = call #0 Primal (&mut %1; ) seeds ()
           %3 t: Real = load %1[0]
           return %3";
    check(text, text);
}

#[test]
fn a_call_for_nothing_is_not_made() {
    check(
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0, result 0 dot
           %2 a: Array(Real) = alloc [%0, 1.0]
           (%3 t: Real) = call #0 Primal (&mut %0 -> %4 x: Real; &mut %2; ) seeds ()
           (%5 t: Real, %6 t: Tangent, %7 pullback: Pullback) = call #1 Forward tangent (%0 dot=%1 active; ) seeds ()
           (%8 t: Real, %9 t: Tangent) = call #1 Pull tangent %7 (%0 dot=%1 active; ) seeds (1.0, ZERO)
           return %0, %1",
        "fn f
           %0 x: Real [param 0] differentiated
           %1 x_dot: Tangent [param 0 dot]
           gives result 0, result 0 dot
           return %0, %1",
    );
}

/// A sum over `x`, with `first` in its loop, and a loop behind it with `second` in it.
fn two_loops(first: &str, second: &str) -> String {
    format!(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives result 0
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2
             carried %4 s: Real from 0.0 gives %5 s: Real
             %6 t: Real = load %0[%3]
{first}
             %8 s: Real = %4 + %7
             continue @0 %8
           @1 for %10 j: Int in 0..%2
             %11 t: Real = load %0[%10]
{second}
             %1[%10] += %12
             continue @1
           return %5"
    )
}

/// The two in one loop.
fn one_loop(first: &str, second: &str) -> String {
    format!(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_bar: Array(Real) [param 0 bar] mut
           gives result 0
           %2 n: Int = len(%0)
           @0 for %3 i: Int in 0..%2
             carried %4 s: Real from 0.0 gives %5 s: Real
             %6 t: Real = load %0[%3]
{first}
             %8 s: Real = %4 + %7
{second}
             %1[%3] += %12
             continue @0 %8
           return %5"
    )
}

#[test]
fn loops_meet_around_calls_that_give_something_and_loops_that_are_left() {
    let first = "             %7 t: Real = Sin(%6)";
    check(
        &two_loops(first, "             (%12 t: Real) = call #0 Primal (%11; ) seeds ()"),
        &one_loop(first, "             (%12 t: Real) = call #0 Primal (%6; ) seeds ()"),
    );
    let first = "             @2 loop
               carried %13 y: Real from %6 gives %7 y: Real
               %14 t: Real = Sin(%13)
               %15 t: Bool = Lt(%14, 0.5)
               go on if %15
               arm
                 break @2 %14
               arm
                 continue @2 %14";
    check(
        &two_loops(first, "             %12 t: Real = Cos(%11)"),
        &one_loop(first, "             %12 t: Real = Cos(%6)"),
    );
}

#[test]
fn loops_stay_apart_where_the_user_sees_what_comes_first() {
    let first = "             %7 t: Real = Sin(%6)";
    for seen in ["() = call #0 Primal (%11; ) seeds ()", "effect #0!(%11)", "%13 t: Real = #0!(%11)"] {
        let text = two_loops(first, &format!("             {seen}\n             %12 t: Real = Cos(%11)"));
        check(&text, &text);
    }
}
