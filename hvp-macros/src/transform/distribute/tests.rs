//! Which loops are distributed, by their printed form, and that they compute the same.

use super::distribute;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{parse, verify};
use crate::transform::simplify::remove_unused;

/// The loops of `f` of the number `n`, the array `x` and the arrays `g` and `b`, which are changed, with what they store, after the pass.
#[track_caller]
fn distributed(body: &str) -> String {
    let func = parse(&format!(
        "fn f
         %0 n: Int [param 0]
         %1 x: Array(Real) [param 1] differentiated
         %2 g: Array(Real) [param 1 bar] mut
         %3 b: Array(Real) [param 2] mut
         gives param 0 bar
         {body}"
    ));
    verify(&func).expect("a well-formed test");
    let mut found = func.clone();
    if distribute(&mut found) {
        remove_unused(&mut found);
    }
    verify(&found).expect("a well-formed result");
    for n in 0..6 {
        let args = || {
            let reals =
                |scale: f64| Value::reals(&(0..30).map(|i| (f64::from(i) * scale).sin()).collect::<Vec<_>>());
            vec![Value::Int(n), reals(1.3), reals(0.7), reals(0.9)]
        };
        let (plain, changed) = (run(&func, args(), &passive), run(&found, args(), &passive));
        // Additions to one place meet in another order.
        for (a, b) in plain.1.iter().flat_map(reals).zip(changed.1.iter().flat_map(reals)) {
            assert!((a - b).abs() < 1e-14, "{n} iterations in\n{found}");
        }
    }
    let text = found.to_string();
    let lines = text.lines().filter(|line| line.contains("for ") || line.contains("] "));
    lines.map(str::trim).filter(|line| !line.contains("param")).collect::<Vec<_>>().join("\n")
}

fn reals(value: &Value) -> Vec<f64> {
    let Value::Array(items) = value else { return Vec::new() };
    items.iter().map(Value::real).collect()
}

#[test]
fn each_place_of_a_stencil_has_a_loop() {
    let found = distributed(
        "@0 for %4 j: Int in 1..%0 rev
           %5 t: Real = load %3[%4]
           %3[%4] = 0.0
           %6 t: Real = load %1[%4]
           %7 t: Real = %5 * %6
           %8 n: Int = %4 + 1
           %2[%8] += %7
           %9 t: Real = %7 * %6
           %2[%4] += %9
           %10 n: Int = %4 - 1
           %2[%10] += %5
           continue @0
         return 0.0",
    );
    assert_eq!(
        found,
        "@1 for %11 j: Int in 1..%0\n\
         %2[%13] += %12\n\
         @2 for %14 j: Int in 1..%0\n\
         %2[%14] += %18\n\
         @0 for %4 j: Int in 1..%0\n\
         %3[%4] = 0.0\n\
         %2[%8] += %7"
    );
}

#[test]
fn what_reads_the_array_stays_together() {
    let body = "@0 for %4 j: Int in 1..%0
           %5 t: Real = load %3[%4]
           %8 n: Int = %4 + 1
           %2[%8] += %5
           %10 n: Int = %4 - 1
           %6 t: Real = load %2[%10]
           %3[%4] = %6
           continue @0
         return 0.0";
    assert_eq!(distributed(body).matches("for").count(), 1);
}

#[test]
fn what_is_dear_is_not_computed_twice() {
    let body = "@0 for %4 j: Int in 1..%0
           %5 t: Real = load %1[%4]
           %6 t: Real = Exp(%5)
           %8 n: Int = %4 + 1
           %2[%8] += %6
           %7 t: Real = Sin(%6)
           %2[%4] += %7
           continue @0
         return 0.0";
    assert_eq!(distributed(body).matches("for").count(), 1);
}
