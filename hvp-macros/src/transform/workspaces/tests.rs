//! Which arrays of iterations are made once, by the printed form, and that nothing else changes.

use super::make_once;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{parse, verify};

/// `f` of the number `n`, the array `x` and the adjoint `g` after the pass. It computes the same, also without an iteration.
#[track_caller]
fn once(body: &str) -> String {
    let func = parse(&format!(
        "fn f
         %0 n: Int [param 0]
         %1 x: Array(Real) [param 1] differentiated
         %2 g: Array(Real) [param 1 bar] mut
         gives
         {body}"
    ));
    verify(&func).expect("a well-formed test");
    let mut found = func.clone();
    make_once(&mut found);
    verify(&found).expect("a well-formed result");
    for n in 0..5 {
        let args = || {
            let reals =
                |scale: f64| Value::reals(&(0..6).map(|i| (f64::from(i) * scale).sin()).collect::<Vec<_>>());
            vec![Value::Int(n), reals(1.3), reals(0.7)]
        };
        assert_eq!(run(&func, args(), &passive), run(&found, args(), &passive), "{n} iterations in\n{found}");
    }
    found.to_string().lines().skip(5).map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_array_of_each_iteration_is_made_before() {
    let found = once(
        "%3 m: Int = len(%1)
         @0 for %4 i: Int in 0..%0
           %5 k: Array(Real) = alloc vec[0.0; %3]
           %6 t: Real = load %1[%4]
           %5[%4] += %6
           %7 t: Real = load %5[2]
           %2[%4] += %7
           continue @0
         return",
    );
    assert_eq!(
        found,
        "%3 m: Int = len(%1)\n%5 k: Array(Real) = alloc vec[0.0; %3]\n@0 for %4 i: Int in 0..%0\n%5 = fill 0.0\n\
         %6 t: Real = load %1[%4]\n%5[%4] += %6\n%7 t: Real = load %5[2]\n%2[%4] += %7\ncontinue @0\nreturn"
    );
}

#[test]
fn a_loop_that_goes_through_the_array_writes_it() {
    let found = once(
        "%3 m: Int = len(%1)
         @0 for %4 i: Int in 0..%0
           %5 k: Array(Real) = alloc vec[0.0; %3]
           @1 for %8 j: Int in 0..%0
             %6 t: Real = load %1[%8]
             %5[%8] += %6
             continue @1
           %7 t: Real = load %5[2]
           %2[%4] += %7
           continue @0
         return",
    );
    assert!(found.contains("%5[%8] = %6"), "found\n{found}");
    assert!(found.contains("%5[%0..%9] = fill 0.0"), "found\n{found}");
    assert_eq!(found.matches("fill").count(), 1, "found\n{found}");
}

/// What is added to memory of the user's keeps the sign of a zero.
#[test]
fn an_array_that_a_result_depends_on_is_added_to() {
    let found = once(
        "%3 m: Int = len(%1)
         @0 for %4 i: Int in 0..%0
           carried %10 s: Bool from false gives %11 s: Bool
           %5 k: Array(Real) = alloc vec[0.0; %3]
           @1 for %8 j: Int in 0..%3
             %6 t: Real = load %1[%8]
             %5[%8] += %6
             continue @1
           %7 t: Real = load %5[2]
           %9 t: Bool = Lt(%7, 1.0)
           %2[%4] += %7
           continue @0 %9
         if %11
         arm
           %2[0] += 1.0
           yield
         arm
           yield
         return",
    );
    assert!(found.contains("%5[%8] += %6"), "found\n{found}");
    assert!(found.contains("%5 = fill 0.0"), "found\n{found}");
}

/// A length that is computed in the iteration is computed before where there is one.
#[test]
fn a_length_that_is_computed_is_computed_for_the_first_iteration() {
    let found = once(
        "@0 for %4 i: Int in 0..%0
           %3 m: Int = %0 - 1
           %9 t: Int = %3 * 3
           %5 k: Array(Real) = alloc vec[2.0; %9]
           @1 for %8 j: Int in 0..%9
             %6 t: Real = load %5[%8]
             %2[%4] += %6
             continue @1
           continue @0
         return",
    );
    assert!(
        found.starts_with("%12 t: Bool = Lt(0, %0)\n%13 t: Int = if %12\narm\n%10 t: Int = %0 - 1\n"),
        "found\n{found}"
    );
}

#[test]
fn an_array_that_is_handed_over_is_made_anew() {
    let found = once(
        "%3 rows: Array(Array(Real)) = alloc empty
         @0 for %4 i: Int in 0..%0
           %5 k: Array(Real) = alloc vec[0.0; 3]
           %6 t: Real = load %1[%4]
           %5[1] += %6
           %3.push(&%5)
           continue @0
         return",
    );
    assert!(found.contains("for %4 i: Int in 0..%0\n%5 k"), "found\n{found}");
}

#[test]
fn arrays_of_nested_iterations_are_made_before_all() {
    let found = once(
        "@0 for %4 i: Int in 0..%0
           @1 for %8 j: Int in 0..3
             %5 k: Array(Real) = alloc vec[0.0; 2]
             %6 t: Real = load %1[%4]
             %5[1] += %6
             %7 t: Real = load %5[1]
             %2[%8] += %7
             continue @1
           continue @0
         return",
    );
    assert!(found.starts_with("%5 k: Array(Real) = alloc vec[0.0; 2]\n@0"), "found\n{found}");
    assert_eq!(found.matches("fill").count(), 1, "found\n{found}");
}
