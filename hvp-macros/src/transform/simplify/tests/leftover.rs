//! What arrays hold when they are no longer read.

use super::*;

/// `body` after `alloc` of `s` with two rows or none, in a function of `x` that adds to `g`.
fn leaves(body: &str) -> String {
    let func = parse(&format!(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           %1 g: Array(Real) [param 0 bar] mut
           gives
           %2 n: Int = len(%0)
           {body}
           return"
    ));
    verify(&func).expect("a well-formed test");
    let simple = simplify(func.clone());
    verify(&simple).expect("a well-formed result");
    let args = || {
        [1.3, 0.7]
            .map(|scale| Value::reals(&(0..4).map(|i| (f64::from(i) * scale).sin()).collect::<Vec<_>>()))
    };
    let (before, after) = (run(&func, args().into(), &passive).1, run(&simple, args().into(), &passive).1);
    assert_eq!(before, after, "found\n{simple}");
    simple.to_string()
}

#[test]
fn an_adjoint_that_is_read_for_the_last_time_stays() {
    let found = leaves(
        "%3 s: Array(Real) = alloc copy %0
           @0 for %4 i: Int in 0..%2
             %5 t: Real = load %3[%4]
             %3[%4] = 0.0
             %6 t: Real = Exp(%5)
             %1[%4] += %6
             continue @0",
    );
    assert!(!found.contains("= 0.0"), "found\n{found}");
}

#[test]
fn single_elements_that_are_read_for_the_last_time_stay() {
    let found = leaves(
        "%3 s: Array(Real) = alloc copy %0
           %4 r: Array(Real) = alloc copy %0
           %5 t: Real = load %3[1]
           %6 t: Real = load %4[2]
           %3[1] = 0.0
           %4[2] = 0.0
           %7 t: Real = %5 * %6
           %8 t: Real = Exp(%7)
           %1[0] += %8",
    );
    assert!(!found.contains("= 0.0"), "found\n{found}");
}

#[test]
fn an_adjoint_is_taken_away_where_it_is_read_again() {
    let found = leaves(
        "%3 s: Array(Real) = alloc copy %0
           @0 for %4 i: Int in 0..%2
             %5 t: Real = load %3[%4]
             %3[%4] = 0.0
             %6 t: Real = Exp(%5)
             %1[%4] += %6
             continue @0
           @1 for %7 i: Int in 0..%2 step 2
             %8 t: Real = load %3[%7]
             %9 t: Real = Cos(%8)
             %1[0] += %9
             continue @1",
    );
    assert!(found.contains("= 0.0"), "found\n{found}");
}

#[test]
fn an_element_that_another_iteration_reads_is_taken_away() {
    let found = leaves(
        "%3 s: Array(Real) = alloc copy %0
           @0 for %4 i: Int in 0..%2
             %5 t: Real = load %3[0]
             %3[0] = 0.0
             %6 t: Real = Exp(%5)
             %1[%4] += %6
             continue @0",
    );
    assert!(found.contains("= 0.0"), "found\n{found}");
}

#[test]
fn an_element_that_another_place_reads_is_taken_away() {
    let found = leaves(
        "%3 s: Array(Real) = alloc copy %0
           @0 for %4 i: Int in 0..%2
             %7 t: Real = load %3[0]
             %5 t: Real = load %3[%4]
             %3[%4] = 0.0
             %8 t: Real = %5 * %7
             %6 t: Real = Exp(%8)
             %1[%4] += %6
             continue @0",
    );
    assert!(found.contains("= 0.0"), "found\n{found}");
}

#[test]
fn an_adjoint_that_one_arm_alone_reads_stays() {
    let found = leaves(
        "%3 s: Array(Real) = alloc copy %0
           %10 t: Real = load %0[0]
           %11 c: Bool = Gt(%10, 0.5)
           if %11
           arm
             @0 for %4 i: Int in 0..%2
               %5 t: Real = load %3[%4]
               %3[%4] = 0.0
               %6 t: Real = Exp(%5)
               %1[%4] += %6
               continue @0
             yield
           arm
             %1[0] += 1.0
             yield",
    );
    assert!(!found.contains("= 0.0"), "found\n{found}");
}

#[test]
fn rows_that_another_iteration_reads_are_taken_away() {
    let body = "%3 s: Array(Array(Real)) = alloc [[0.5; 4]; 4]
           @0 for %4 i: Int in 0..%2
             %9 t: Real = load %3[0][1]
             %1[%4] += %9
             @1 for %5 j: Int in 0..%2
               %6 t: Real = load %3[%4][%5]
               %3[%4][%5] = 0.0
               %7 t: Real = Exp(%6)
               %1[%5] += %7
               continue @1
             continue @0";
    assert!(leaves(body).contains("= 0.0"));
    let alone = body.replace("load %3[0][1]", "load %0[1]");
    assert!(!leaves(&alone).contains("= 0.0"));
}
