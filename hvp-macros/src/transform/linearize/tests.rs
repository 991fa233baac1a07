//! Printed products in, both parts out.

use super::{all, transform};
use crate::ir::{Func, What, parse, renumbered, verify};

#[track_caller]
fn check(text: &str, record: &str, replay: &str) {
    let product = parse(text);
    verify(&product).expect("a well-formed test");
    let linear = transform(&product).expect("something to record");
    for (found, expected) in [(&linear.record, record), (&linear.replay, replay)] {
        verify(found).expect("a well-formed part");
        let (found, expected) = (renumbered(found).to_string(), renumbered(&parse(expected)).to_string());
        assert_eq!(found, expected, "found\n{found}\nexpected\n{expected}");
    }
}

#[test]
fn what_is_expensive_is_recorded() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %3 n: Int = len(%0)
           @0 for %4 i: Int in 0..%3
             %5 t: Real = load %0[%4]
             %6 t: Real = Exp(%5)
             %7 t: Tangent = load %1[%4]
             %8 t: Tangent = %7 * %6
             %2[%4] += %8
             continue @0
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 reals: Array(Real) [record 0] mut
           gives
           %3 n: Int = len(%0)
           @0 for %4 i: Int in 0..%3
             %5 t: Real = load %0[%4]
             %6 t: Real = Exp(%5)
             %1.push(%6)
             continue @0
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           %9 reals: Tape [record 0]
           gives
           %3 n: Int = len(%0)
           @0 for %4 i: Int in 0..%3
             pop %9 -> %6 t: Real
             %7 t: Tangent = load %1[%4]
             %8 t: Tangent = %7 * %6
             %2[%4] += %8
             continue @0
           return",
    );
}

/// A record's condition is read before the arms, and each arm reads its own.
#[test]
fn a_condition_is_recorded_with_what_stands_behind_it() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %3 t: Real = load %0[0]
           %4 t: Real = Sin(%3)
           %5 t: Bool = Lt(%4, 0.5)
           %6 t: Tangent = load %1[0]
           %7 t: Tangent = if %5
           arm
             %8 t: Real = Exp(%4)
             %9 t: Tangent = %6 * %8
             yield %9
           arm
             yield %6
           %2[0] += %7
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %11 reals: Array(Real) [record 0] mut
           %12 flags: Array(Bool) [record 1] mut
           gives
           %3 t: Real = load %0[0]
           %4 t: Real = Sin(%3)
           %5 t: Bool = Lt(%4, 0.5)
           %12.push(%5)
           if %5
           arm
             %8 t: Real = Exp(%4)
             %11.push(%8)
             yield
           arm
             yield
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           %11 reals: Tape [record 0]
           %12 flags: Tape [record 1]
           gives
           pop %12 -> %5 t: Bool
           %6 t: Tangent = load %1[0]
           %7 t: Tangent = if %5
           arm
             pop %11 -> %8 t: Real
             %9 t: Tangent = %6 * %8
             yield %9
           arm
             yield %6
           %2[0] += %7
           return",
    );
}

/// A sum over a loop is one number, and the loop is gone.
#[test]
fn a_loop_is_recorded_by_its_result() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %3 n: Int = len(%0)
           @0 for %4 i: Int in 0..%3
             carried %5 s: Real from 0.0 gives %6 s: Real
             %7 t: Real = load %0[%4]
             %8 s: Real = %5 + %7
             continue @0 %8
           %9 t: Tangent = load %1[0]
           %10 t: Tangent = %9 * %6
           %2[0] += %10
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %11 reals: Array(Real) [record 0] mut
           gives
           %3 n: Int = len(%0)
           @0 for %4 i: Int in 0..%3
             carried %5 s: Real from 0.0 gives %6 s: Real
             %7 t: Real = load %0[%4]
             %8 s: Real = %5 + %7
             continue @0 %8
           %11.push(%6)
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           %11 reals: Tape [record 0]
           gives
           pop %11 -> %6 s: Real
           %9 t: Tangent = load %1[0]
           %10 t: Tangent = %9 * %6
           %2[0] += %10
           return",
    );
}

/// Two additions and a product cost less than a number from memory.
#[test]
fn what_is_cheap_is_computed_again() {
    let product = parse(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %3 t: Real = load %0[0]
           %4 t: Real = %3 * 6.0
           %5 t: Real = %4 - 2.0
           %6 t: Tangent = load %1[0]
           %7 t: Tangent = %6 * %5
           %2[0] += %7
           return",
    );
    assert!(transform(&product).is_none());
}

/// The user's function is called once, also for an element of an array of which only the shape is asked.
#[test]
fn what_must_not_be_done_again_is_recorded_wherever_it_is_named() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %3 t: Real = #0!()
           %4 a: Array(Real) = alloc vec[%3; 4]
           %5 a_bar_dot: Array(Tangent) = alloc zeros like %4
           %6 t: Tangent = load %1[0]
           %5[0] += %6
           %7 t: Real = load %0[0]
           %8 t: Real = Exp(%7)
           %9 t: Tangent = load %5[0]
           %10 t: Tangent = %9 * %8
           %2[0] += %10
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %11 reals: Array(Real) [record 0] mut
           gives
           %3 t: Real = #0!()
           %11.push(%3)
           %7 t: Real = load %0[0]
           %8 t: Real = Exp(%7)
           %11.push(%8)
           return",
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           %11 reals: Tape [record 0]
           gives
           pop %11 -> %3 t: Real
           %4 a: Array(Real) = alloc vec[%3; 4]
           %5 a_bar_dot: Array(Tangent) = alloc zeros like %4
           %6 t: Tangent = load %1[0]
           %5[0] += %6
           pop %11 -> %8 t: Real
           %9 t: Tangent = load %5[0]
           %10 t: Tangent = %9 * %8
           %2[0] += %10
           return",
    );
}

#[test]
fn a_list_that_nothing_is_recorded_in_is_no_parameter_of_either_part() {
    let product = parse(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 x_dot: Array(Tangent) [param 0 dot]
           %2 x_bar_dot: Array(Tangent) [param 0 bar dot] mut
           gives
           %3 n: Int = len(%0)
           @0 for %4 i: Int in 0..%3
             %5 t: Real = load %0[%4]
             %6 c: Bool = Lt(%5, 0.0)
             %7 s: Real = select(%6, %5, 0.0)
             %8 t: Tangent = load %1[%4]
             %9 t: Tangent = %8 * %7
             %2[%4] += %9
             continue @0
           return",
    );
    verify(&product).expect("a well-formed test");
    for linear in all(&product).expect("something to record") {
        let lists = |func: &Func| -> Vec<What> {
            let roles = func.params.iter().map(|param| param.role.what);
            roles.filter(|what| matches!(what, What::Record(_))).collect()
        };
        assert_eq!(lists(&linear.record), lists(&linear.replay));
    }
}
