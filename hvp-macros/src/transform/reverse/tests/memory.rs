//! Memory that the reverse sweep reads or fills again.

use super::*;

/// The loop cannot run again: what it read has been overwritten since, more often than it was read.
#[test]
fn memory_that_is_overwritten_behind_the_loop_that_read_it() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc copy %0
           %2 s: Real = 0.0
           @0 for %3 i: Int in 0..4
             %4 t: Real = load %1[%3]
             %5 t: Real = Sin(%4)
             %2 := %2 + %5
             continue @0
           @1 for %6 i: Int in 0..4
             %1[%6] = 2.0
             %1[%6] = 3.0
             continue @1
           return %2",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// An inner loop sets all elements but the first, which holds what the iteration before left.
#[test]
fn memory_of_which_an_iteration_sets_all_but_one_element() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc vec[0.5; 3]
           %2 s: Real = 0.0
           @0 for %3 k: Int in 0..4
             %4 p: Real = load %0[%3]
             @1 for %5 i: Int in 1..3
               %6 q: Real = load %0[%5]
               %7 t: Real = %4 * %6
               %1[%5] = %7
               continue @1
             %8 t: Real = load %1[0]
             %9 t: Real = load %1[2]
             %10 t: Real = %8 * %9
             %11 t: Real = Cos(%10)
             %1[0] = %11
             %12 t: Real = %10 * %10
             %2 := %2 + %12
             continue @0
           return %2",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn memory_of_which_an_iteration_sets_one_of_two_elements() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc [0.5, 0.5]
           %2 s: Real = 0.0
           @0 for %3 k: Int in 0..4
             %4 p: Real = load %0[%3]
             %5 t: Real = Sin(%4)
             %1[0] = %5
             %6 t: Real = load %1[0]
             %7 t: Real = load %1[1]
             %8 t: Real = %6 * %7
             %9 t: Real = Cos(%8)
             %1[1] = %9
             %10 t: Real = %8 * %8
             %2 := %2 + %10
             continue @0
           return %2",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn memory_that_a_branch_reads_and_writes() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc vec[0.5; 3]
           %2 s: Real = 0.0
           %20 c: Bool = Lt(0, 1)
           @0 for %3 k: Int in 0..4
             if %20
             arm
               %4 p: Real = load %0[%3]
               %5 t: Real = load %1[0]
               %6 t: Real = %5 * %4
               %7 t: Real = Cos(%6)
               %1[0] = %7
               %8 t: Real = %7 * %7
               %2 := %2 + %8
               yield
             arm
               yield
             continue @0
           return %2",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn memory_that_an_iteration_fills_in_part() {
    check_handed_on(
        "             %1[1..3] = fill %4
             %5 t: Real = load %1[0]
             %6 t: Real = load %1[2]
             %7 t: Real = %5 * %6
             %8 t: Real = Cos(%7)
             %1[0] = %8
             %9 t: Real = %7 * %7
             %2 := %2 + %9",
    );
}

#[test]
fn memory_of_which_an_inner_loop_sets_one_element_again_and_again() {
    check_handed_on(
        "             @1 for %5 i: Int in 0..3
               %6 q: Real = load %0[%5]
               %7 t: Real = %6 * %4
               %1[0] = %7
               continue @1
             %8 t: Real = load %1[0]
             %9 t: Real = load %1[1]
             %10 t: Real = %8 * %9
             %11 t: Real = Cos(%10)
             %1[1] = %11
             %12 t: Real = %10 * %10
             %2 := %2 + %12",
    );
}

#[test]
fn memory_that_an_inner_loop_reads_before_it_sets_it() {
    check_handed_on(
        "             @1 for %5 i: Int in 0..3
               %6 t: Real = load %1[%5]
               %7 t: Real = %6 * %4
               %8 t: Real = Cos(%7)
               %1[%5] = %8
               %9 t: Real = %7 * %7
               %2 := %2 + %9
               continue @1",
    );
}

#[test]
fn memory_of_which_an_inner_loop_reads_what_it_has_not_yet_set() {
    check_handed_on(
        "             @1 for %5 i: Int in 0..3
               %6 q: Real = load %0[%5]
               %7 t: Real = %6 * %4
               %1[%5] = %7
               %8 t: Real = load %1[2]
               %9 t: Real = Sin(%8)
               %2 := %2 + %9
               continue @1",
    );
}

#[test]
fn memory_of_which_a_loop_in_an_inner_loop_reads_what_is_not_yet_set() {
    check_handed_on(
        "             @1 for %5 i: Int in 0..3
               %6 q: Real = load %0[%5]
               %7 t: Real = %6 * %4
               %1[%5] = %7
               @2 for %8 j: Int in 1..3
                 %9 t: Real = load %1[%8]
                 %10 t: Real = Sin(%9)
                 %2 := %2 + %10
                 continue @2
               continue @1",
    );
}

/// What is overwritten has no adjoint, but is read for those of others.
#[test]
fn constants_that_a_branch_overwrites_behind_their_readers() {
    check_handed_on(
        "             @1 for %5 i: Int in 0..3
               %6 q: Real = load %1[%5]
               %7 t: Real = %4 * %6
               %8 t: Real = Sin(%7)
               %2 := %2 + %8
               continue @1
             %9 c: Bool = Gt(%3, 0)
             if %9
             arm
               %1[1] = 2.0
               yield
             arm
               yield",
    );
}

#[test]
fn constants_that_a_nested_branch_overwrites_behind_their_readers() {
    check_handed_on(
        "             @1 for %5 i: Int in 0..3
               %6 q: Real = load %1[%5]
               %7 t: Real = %4 * %6
               %8 t: Real = Sin(%7)
               %2 := %2 + %8
               continue @1
             %9 c: Bool = Gt(%3, 0)
             if %9
             arm
               %11 c: Bool = Lt(%3, 3)
               if %11
               arm
                 %1[0..2] = fill 2.0
                 continue @0
               arm
                 yield
               yield
             arm
               yield
             %12 t: Real = %4 * %4
             %2 := %2 + %12",
    );
}

/// The adjoint has the length that the array has when it is read.
#[test]
fn arrays_of_different_lengths_change_places_in_a_loop() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc copy %0
           %2 b: Array(Real) = alloc vec[0.5; 1]
           @0 for %3 k: Int in 0..3
             %4 p: Real = load %0[%3]
             %5 t: Real = Sin(%4)
             %1[0] += %5
             swap %1, %2
             continue @0
           %6 t: Real = load %1[0]
           %7 t: Real = load %2[3]
           %8 t: Real = load %2[0]
           %9 t: Real = %6 + %7
           %10 t: Real = %9 + %8
           return %10",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// The iteration writes behind an early `continue`, too.
#[test]
fn memory_that_is_written_where_an_iteration_ends() {
    check_handed_on(
        "             %5 t: Real = load %1[0]
             %6 t: Real = %5 * %4
             %7 t: Real = Sin(%6)
             %2 := %2 + %7
             %8 c: Bool = Gt(%3, 1)
             if %8
             arm
               %1[0] = %7
               continue @0
             arm
               yield
             %9 t: Real = Cos(%7)
             %1[0] = %9",
    );
}

/// The reverse iteration restores the array as its iteration left it.
#[test]
fn memory_that_each_iteration_of_a_recorded_loop_fills() {
    check_handed_on(
        "             @1 for %5 i: Int in 0..3
               %6 q: Real = load %0[%5]
               %7 t: Real = %6 + %2
               %8 t: Real = Sin(%7)
               %9 t: Real = %8 * %4
               %1[%5] = %9
               continue @1
             @2 for %10 i: Int in 0..3
               %11 t: Real = load %1[%10]
               %12 t: Real = load %1[0]
               %13 t: Real = %11 * %12
               %2 := %2 + %13
               continue @2",
    );
}
