//! Which sums leave, by the printed form, and that they are the same.

use super::apart;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{parse, verify};

/// The loops with what they carry, after the pass, of a function of `x` and its tangent that gives what `body` adds up.
#[track_caller]
fn parted(body: &str) -> String {
    let func = parse(&format!(
        "fn f
         %0 x: Array(Real) [param 0] differentiated
         %1 x_dot: Array(Tangent) [param 0 dot]
         gives result 0, result 0 dot
         %2 n: Int = len(%0)
         {body}"
    ));
    verify(&func).expect("a well-formed test");
    let mut found = func.clone();
    apart(&mut found);
    verify(&found).expect("a well-formed result");
    let args = || {
        [1.3, 0.7]
            .map(|scale| Value::reals(&(0..5).map(|i| (f64::from(i) * scale).sin()).collect::<Vec<_>>()))
    };
    assert_eq!(run(&func, args().into(), &passive), run(&found, args().into(), &passive), "in\n{found}");
    let text = found.to_string();
    let lines = text.lines().filter(|line| line.contains("for ") || line.contains("carried"));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_tangents_sum_leaves_that_of_the_value() {
    let found = parted(
        "@0 for %3 j: Int in 0..%2
           carried %4 z: Real from 0.0 gives %5 z: Real
           carried %6 z_dot: Tangent from ZERO gives %7 z_dot: Tangent
           %8 t: Real = load %0[%3]
           %9 t: Tangent = load %1[%3]
           %10 t: Real = %8 * %8
           %11 z: Real = %4 + %10
           %12 t: Tangent = %9 * %8
           %13 z_dot: Tangent = %6 + %12
           continue @0 %11, %13
         return %5, %7",
    );
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 4, "found\n{found}");
    assert!(lines[1].contains("z: Real") && lines[3].contains("z_dot: Tangent"), "found\n{found}");
}

#[test]
fn a_tangent_that_needs_the_values_partial_sum_stays() {
    let found = parted(
        "@0 for %3 j: Int in 0..%2
           carried %4 z: Real from 0.0 gives %5 z: Real
           carried %6 z_dot: Tangent from ZERO gives %7 z_dot: Tangent
           %8 t: Real = load %0[%3]
           %9 t: Tangent = load %1[%3]
           %11 z: Real = %4 + %8
           %12 t: Tangent = %9 * %4
           %13 z_dot: Tangent = %6 + %12
           continue @0 %11, %13
         return %5, %7",
    );
    assert_eq!(found.matches("for").count(), 1, "found\n{found}");
}

#[test]
fn a_tangents_sum_that_another_needs_stays_with_it() {
    let found = parted(
        "@0 for %3 j: Int in 0..%2
           carried %4 z: Real from 0.0 gives %5 z: Real
           carried %6 a_dot: Tangent from ZERO gives %7 a_dot: Tangent
           carried %14 b_dot: Tangent from ZERO gives %15 b_dot: Tangent
           %8 t: Real = load %0[%3]
           %9 t: Tangent = load %1[%3]
           %11 z: Real = %4 + %8
           %12 t: Tangent = %9 * %8
           %13 a_dot: Tangent = %6 + %12
           %16 b_dot: Tangent = %14 + %6
           continue @0 %11, %13, %16
         return %5, %15",
    );
    assert_eq!(found.matches("for").count(), 1, "found\n{found}");
}

#[test]
fn sums_of_tangents_alone_stay_together() {
    let found = parted(
        "%14 z: Real = load %0[0]
         @0 for %3 j: Int in 0..%2
           carried %4 a_dot: Tangent from ZERO gives %5 a_dot: Tangent
           carried %6 z_dot: Tangent from ZERO gives %7 z_dot: Tangent
           %8 t: Real = load %0[%3]
           %9 t: Tangent = load %1[%3]
           %11 z: Tangent = %4 + %9
           %12 t: Tangent = %9 * %8
           %13 z_dot: Tangent = %6 + %12
           continue @0 %11, %13
         %15 t: Tangent = %5 + %7
         return %14, %15",
    );
    assert_eq!(found.matches("for").count(), 1, "found\n{found}");
}
