//! Which arrays become numbers, and that the value stays the same.

use super::numbers;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{parse, verify};
use crate::transform::normalize;

/// How many arrays and loops are left of a function of `x`, whose value is what it was.
#[track_caller]
fn left(body: &str) -> (usize, usize) {
    let text = format!(
        "fn f\n           %0 x: Array(Real) [param 0] differentiated\n           gives result 0\n{body}"
    );
    let before = normalize(&parse(&text));
    let after = normalize(&numbers(parse(&text)));
    verify(&after).expect("a well-formed function");
    let value = |func| run(func, vec![Value::reals(&[0.4, -0.7, 1.1])], &passive).0[0].real().to_bits();
    assert_eq!(value(&before), value(&after), "{after}");
    let text = after.to_string();
    (text.matches("alloc").count(), text.matches(" for ").count())
}

/// Two small arrays, of which one is copied into the other, in loops of loops.
#[test]
fn what_is_indexed_by_few_iterations() {
    let body = "           %1 a: Real = load %0[0]
           %2 b: Real = load %0[1]
           %3 u: Array(Real) = alloc [%1, %2]
           %4 k: Array(Real) = alloc [0.0; 2]
           %5 s: Real = 0.0
           @0 for %6 i: Int in 0..3
             @1 for %7 j: Int in 0..2 rev
               %8 t: Real = load %3[%7]
               %9 t: Real = load %0[%6]
               %10 t: Real = %8 * %9
               %4[%7] = %10
               %5 := %5 + %10
               continue @1
             %3 = copy %4
             %3[1] += 0.5
             continue @0
           %11 t: Real = load %3[0]
           %12 t: Real = load %3[1]
           %13 t: Real = %11 * %12
           %14 t: Real = %13 + %5
           return %14";
    assert_eq!(left(body), (0, 1));
}

/// A row of a matrix, and the index before the last.
#[test]
fn rows_and_neighbours() {
    let body = "           %1 a: Real = load %0[0]
           %2 m: Array(Array(Real)) = alloc [[%1; 2]; 3]
           %3 s: Real = 0.0
           @0 for %4 i: Int in 1..3
             %5 h: Int = %4 - 1
             %6 t: Real = load %2[%5][1]
             %7 t: Real = load %0[%4]
             %8 t: Real = %6 * %7
             %2[%4][0] = %8
             %9 n: Int = len(%2[%4])
             %10 t: Real = load %0[%9]
             %3 := %3 + %10
             continue @0
           %11 t: Real = load %2[2][0]
           %12 t: Real = %11 + %3
           return %12";
    assert_eq!(left(body), (0, 0));
}

/// An index that is not known, and an array that is longer: memory stays memory, and the loop a loop.
#[test]
fn what_stays_an_array() {
    let unknown = "           %1 u: Array(Real) = alloc [0.5, 0.25, 0.125]
           %2 n: Int = len(%0)
           %3 s: Real = 0.0
           @0 for %4 i: Int in 0..3
             %5 t: Real = load %1[%4]
             %6 k: Int = %2 - 1
             %7 t: Real = load %1[%6]
             %8 t: Real = %5 * %7
             %3 := %3 + %8
             continue @0
           return %3";
    assert_eq!(left(unknown), (1, 1));
    let long = "           %1 u: Array(Real) = alloc [0.5; 10]
           %3 s: Real = 0.0
           @0 for %4 i: Int in 0..3
             %5 t: Real = load %1[%4]
             %3 := %3 + %5
             continue @0
           return %3";
    assert_eq!(left(long), (1, 1));
}

/// What the last iteration assigned to variables from outside, and to its own.
#[test]
fn variables_of_a_loop_that_is_written_out() {
    let body = "           %1 u: Array(Real) = alloc [0.5, 0.25, 0.125]
           %2 s: Real = 0.0
           @0 for %3 i: Int in 0..3
             %4 w: Real = load %1[%3]
             @1 for %5 j: Int in 0..2
               %6 t: Real = load %0[%5]
               %4 := %4 * %6
               continue @1
             %2 := %2 + %4
             continue @0
           return %2";
    assert_eq!(left(body), (0, 3));
}

/// Exits of a loop in one that is written out: each copy leaves its own.
#[test]
fn exits_of_a_loop_within() {
    let body = "           %1 u: Array(Real) = alloc [0.5, 0.25]
           %2 s: Real = 0.0
           @0 for %3 i: Int in 0..2
             %4 w: Real = load %1[%3]
             @1 for %5 j: Int in 0..3
               %6 t: Real = load %0[%5]
               %7 c: Bool = Lt(%6, 0.0)
               if %7
               arm
                 continue @1
               arm
                 yield
               %8 c: Bool = Gt(%6, 1.0)
               if %8
               arm
                 break @1
               arm
                 yield
               %4 := %4 + %6
               continue @1
             %2 := %2 + %4
             continue @0
           return %2";
    assert_eq!(left(body), (0, 2));
}
