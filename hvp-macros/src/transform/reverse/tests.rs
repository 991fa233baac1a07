//! Derivatives of small programs in slot form against finite differences and against each other, all run by the interpreter.

mod memory;
mod needs;
mod one_sweep;
mod saved;

use super::{Goal, Storage, transform};
use crate::ir::interp::{Value, passive, run};
use crate::ir::{Func, parse, verify};
use crate::transform::normalize;
use crate::transform::simplify::simplify;
use crate::transform::tangent::{self, Keep};

/// A differentiable program of one array.
struct Program {
    func: Func,
}

impl Program {
    fn new(text: &str) -> Program {
        let func = normalize(&parse(text));
        verify(&func).expect("a well-formed test");
        Program { func }
    }

    fn value(&self, x: &[f64]) -> f64 {
        run(&self.func, vec![Value::reals(x)], &passive).0[0].real()
    }

    fn gradient(&self, x: &[f64], goal: Goal) -> Vec<f64> {
        let derived = transform(&self.func, goal, Storage::Cheapest);
        verify(&derived).expect("a well-formed gradient");
        let zeros = vec![0.0; x.len()];
        let mut args = vec![Value::reals(x)];
        if goal.takes_seeds() {
            args.push(Value::Real(1.0));
        }
        args.push(Value::reals(&zeros));
        let (results, params) = run(&derived, args.clone(), &passive);
        let simple = simplify(derived);
        verify(&simple).expect("a well-formed simplified gradient");
        let (simple_results, simple_params) = run(&simple, args, &passive);
        if goal.gives_value() {
            let bits = self.value(x).to_bits();
            assert_eq!(results[0].real().to_bits(), bits, "the value has its own bits");
            assert_eq!(simple_results[0].real().to_bits(), bits, "simplified, the value has its own bits");
        }
        let adjoint = reals(params.last().expect("the adjoint"));
        check_same(&adjoint, &reals(simple_params.last().expect("the adjoint")), &simple);
        adjoint
    }

    fn product(&self, x: &[f64], v: &[f64]) -> Vec<f64> {
        let derived = transform(&self.func, Goal::Gradient, Storage::Cheapest);
        let derived = tangent::transform(&derived, Keep { primal: false });
        verify(&derived).expect("a well-formed product");
        let zeros = vec![0.0; x.len()];
        let args = vec![Value::reals(x), Value::reals(v), Value::reals(&zeros)];
        let (_, params) = run(&derived, args.clone(), &passive);
        let simple = simplify(derived);
        verify(&simple).expect("a well-formed simplified product");
        let product = reals(params.last().expect("the product"));
        check_same(&product, &reals(run(&simple, args, &passive).1.last().expect("the product")), &simple);
        product
    }
}

/// Simplified derivatives may be rounded otherwise.
#[track_caller]
fn check_same(plain: &[f64], simple: &[f64], simplified: &Func) {
    for (a, b) in plain.iter().zip(simple) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{plain:?} became {simple:?} in\n{simplified}");
    }
}

fn reals(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().map(Value::real).collect(),
        other => panic!("{other:?}"),
    }
}

fn moved(x: &[f64], v: &[f64], t: f64) -> Vec<f64> {
    x.iter().zip(v).map(|(x, v)| x + t * v).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Fourth-order central difference of `f` along `v`.
fn slope(f: impl Fn(f64) -> f64) -> f64 {
    let h = 1e-3;
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

#[track_caller]
fn check(text: &str, x: &[f64]) {
    let program = Program::new(text);
    let v: Vec<f64> = (0..x.len()).map(|i| 0.3 + 0.5 * (i as f64 * 1.7).sin()).collect();
    let u: Vec<f64> = (0..x.len()).map(|i| (i as f64 * 2.3 + 0.4).cos()).collect();
    let close = |a: f64, b: f64, what: &str| {
        // The truncation error of the difference, h^4 = 1e-12, dominates; its constant is below a thousand here.
        assert!((a - b).abs() <= 1e-8 * (1.0 + a.abs().max(b.abs())), "{what}: {a} and {b}");
    };
    let gradient = program.gradient(x, Goal::Gradient);
    close(dot(&gradient, &v), slope(|t| program.value(&moved(x, &v, t))), "gradient");
    for goal in [Goal::ValueAndGradient, Goal::Pull, Goal::ValueThenPull] {
        for (a, b) in gradient.iter().zip(program.gradient(x, goal)) {
            close(*a, b, "the same gradient for each goal");
        }
    }
    let product = program.product(x, &v);
    close(
        dot(&product, &u),
        slope(|t| dot(&program.gradient(&moved(x, &v, t), Goal::Gradient), &u)),
        "product",
    );
    close(dot(&product, &u), dot(&program.product(x, &u), &v), "symmetry");
}

#[test]
fn sum_over_neighbours() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           %2 n: Int = len(%0)
           %3 t: Int = %2 - 1
           @0 for %4 i: Int in 0..%3
             %5 t: Int = %4 + 1
             %6 t: Real = load %0[%5]
             %7 t: Real = load %0[%4]
             %8 t: Real = %7 * %7
             %9 a: Real = %6 - %8
             %10 t: Real = %9 * %9
             %11 t: Real = 100.0 * %10
             %1 := %1 + %11
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn carried_value_that_is_needed() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 y: Real = 1.0
           %2 n: Int = len(%0)
           @0 for %4 i: Int in 0..%2
             %5 t: Real = load %0[%4]
             %6 t: Real = Sin(%1)
             %7 t: Real = %6 * %5
             %1 := %7 + %1
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn overwritten_memory_and_nested_loops() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           %2 a: Array(Real) = alloc copy %0
           @0 for %3 i: Int in 1..%1
             @1 for %4 j: Int in 0..%3
               %5 t: Real = load %2[%3]
               %6 t: Real = load %2[%4]
               %7 t: Real = %5 * %6
               %8 t: Real = Sin(%7)
               %2[%3] = %8
               %9 t: Real = load %2[%4]
               %10 t: Real = %9 * %8
               %2[%4] += %10
               continue @1
             continue @0
           %11 s: Real = 0.0
           @2 for %12 i: Int in 0..%1 rev
             %13 t: Real = load %2[%12]
             %14 t: Real = %13 * %13
             %11 := %11 + %14
             continue @2
           return %11",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn exits_from_a_loop_in_a_loop() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           %2 s: Real = 1.0
           @0 for %3 i: Int in 0..%1
             %4 k: Int = 0
             @1 loop
               %5 c: Bool = Ge(%4, 5)
               if %5
               arm
                 break @1
               arm
                 yield
               %6 t: Real = load %0[%3]
               %7 t: Real = %2 * %6
               %8 t: Real = Cos(%7)
               %2 := %2 + %8
               %4 := %4 + 1
               %9 c: Bool = Gt(%2, 6.0)
               if %9
               arm
                 %10 t: Real = %2 * %2
                 return %10
               arm
                 %11 c: Bool = Gt(%8, 0.9)
                 if %11
                 arm
                   continue @0
                 arm
                   yield
                 yield
               continue @1
             continue @0
           return %2",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn branches_that_compute_and_store() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 n: Int = len(%0)
           %2 s: Real = 0.0
           @0 for %3 i: Int in 0..%1
             %4 y: Real = load %0[%3]
             %5 c: Bool = Lt(%4, 0.0)
             %20 b: Array(Real) = alloc [%4, %4]
             if %5
             arm
               %6 e: Real = Exp(%4)
               %7 t: Real = %6 * %6
               %4 := %7 * %4
               yield
             arm
               %8 l: Real = Sin(%4)
               %20[1] = %8
               yield
             %9 t: Real = load %20[1]
             %10 t: Real = %4 * %9
             %11 t: Real = %10 * %10
             %2 := %2 + %11
             continue @0
           return %2",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

#[test]
fn packed_triangle_with_a_counter() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           %2 q: Array(Real) = alloc vec[0.0; 3]
           @9 for %30 r: Int in 0..2
             @7 for %31 i: Int in 0..3
               %32 t: Real = load %0[%31]
               %33 t: Real = Sin(%32)
               %2[%31] = %33
               continue @7
             %3 o: Int = 0
             @0 for %4 i: Int in 0..3
               %5 lo: Int = %4 + 1
               @1 for %6 j: Int in %5..3
                 %7 t: Real = load %0[%3]
                 %8 t: Real = load %2[%4]
                 %9 t: Real = %7 * %8
                 %2[%6] += %9
                 %3 := %3 + 1
                 continue @1
               continue @0
             @2 for %10 i: Int in 0..3
               %11 t: Real = load %2[%10]
               %12 t: Real = %11 * %11
               %1 := %1 + %12
               continue @2
             continue @9
           return %1",
        &[0.4, -0.7, 1.1],
    );
}

#[test]
fn factorisation_in_place() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 l: Array(Real) = alloc vec[0.0; 9]
           %2 s: Real = 0.0
           @0 for %3 j: Int in 0..3
             %4 r: Int = %3 * 3
             @1 for %5 i: Int in %3..3
               %6 r: Int = %5 * 3
               %7 t: Int = %6 + %3
               %8 acc: Real = load %0[%7]
               @2 for %9 k: Int in 0..%3
                 %10 t: Int = %6 + %9
                 %11 t: Int = %4 + %9
                 %12 t: Real = load %1[%10]
                 %13 t: Real = load %1[%11]
                 %14 t: Real = %12 * %13
                 %8 := %8 - %14
                 continue @2
               %15 c: Bool = Eq(%5, %3)
               if %15
               arm
                 %16 t: Real = Sqrt(%8)
                 %1[%7] = %16
                 %17 t: Real = Ln(%16)
                 %2 := %2 + %17
                 yield
               arm
                 %18 d: Int = %4 + %3
                 %19 t: Real = load %1[%18]
                 %20 t: Real = %8 / %19
                 %1[%7] = %20
                 yield
               continue @1
             continue @0
           return %2",
        &[4.0, 0.0, 0.0, 1.0, 5.0, 0.0, 0.6, -0.7, 6.0],
    );
}

#[test]
fn growing_vector_and_data_dependent_trips() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 v: Array(Real) = alloc empty
           %2 y: Real = load %0[0]
           %3 k: Int = 0
           @0 loop
             %4 c: Bool = Lt(%2, 5.0)
             if %4
             arm
               yield
             arm
               break @0
             %5 t: Real = load %0[1]
             %6 t: Real = %2 * %5
             %7 t: Real = %6 * %6
             %2 := %2 + %7
             %1.push(%2)
             %3 := %3 + 1
             continue @0
           %8 s: Real = 0.0
           %9 n: Int = len(%1)
           @1 for %10 i: Int in 0..%9
             %11 t: Real = load %1[%10]
             %12 t: Real = load %0[2]
             %13 t: Real = %11 * %12
             %14 t: Real = Sin(%13)
             %8 := %8 + %14
             continue @1
           return %8",
        &[1.4, 0.7, 1.1],
    );
}

/// Only the iterations that ran have a reverse, also where no iteration needs another.
#[test]
fn a_sum_that_ends_early() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           @0 for %2 i: Int in 0..4
             %3 t: Real = load %0[%2]
             %4 t: Real = Sin(%3)
             %1 := %1 + %4
             %5 c: Bool = Gt(%3, 1.0)
             if %5
             arm
               break @0
             arm
               yield
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// How far an inner loop goes is what the iteration before left.
#[test]
fn bounds_that_an_iteration_leaves_to_the_next() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 0.0
           %2 m: Int = 1
           @0 for %3 k: Int in 0..3
             %4 p: Real = load %0[%3]
             @1 for %5 i: Int in 0..%2
               %6 q: Real = load %0[%5]
               %7 t: Real = %4 * %6
               %8 t: Real = Sin(%7)
               %1 := %1 + %8
               continue @1
             %9 t: Int = %2 * 3
             %2 := %9 % 4
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// The iteration that only ends the loop has no reverse, but it has counted.
#[test]
fn a_counter_that_goes_on_where_the_loop_ends() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 1.0
           %2 k: Int = 0
           @0 loop
             %2 := %2 + 1
             %3 c: Bool = Ge(%2, 4)
             if %3
             arm
               break @0
             arm
               yield
             %4 t: Real = load %0[%2]
             %5 t: Real = Sin(%1)
             %6 t: Real = %1 * %4
             %1 := %5 + %6
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// The inner loop counts once more than it has reverse iterations.
#[test]
fn a_counter_of_an_outer_loop_that_an_inner_loop_leaves_ahead() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 1.0
           %2 k: Int = 0
           @0 for %7 i: Int in 0..2
             @1 loop
               %2 := %2 + 1
               %8 r: Int = %2 % 2
               %3 c: Bool = Eq(%8, 0)
               if %3
               arm
                 break @1
               arm
                 yield
               %4 t: Real = load %0[%2]
               %5 t: Real = Sin(%1)
               %6 t: Real = %1 * %4
               %1 := %5 + %6
               continue @1
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// Its last step is in an iteration without a reverse, so the inner loop does not take the counter back.
#[test]
fn an_element_at_the_counter_that_an_inner_loop_leaves_ahead() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 s: Real = 1.0
           %2 k: Int = 0
           @0 for %3 i: Int in 0..2
             @1 loop
               %2 := %2 + 1
               %4 r: Int = %2 % 2
               %5 c: Bool = Eq(%4, 0)
               if %5
               arm
                 break @1
               arm
                 yield
               %6 t: Real = load %0[%2]
               %7 t: Real = %1 * %6
               %1 := Sin(%7)
               continue @1
             %8 t: Real = load %0[%2]
             %1 := %1 * %8
             continue @0
           return %1",
        &[0.4, -0.7, 1.1, 0.3, 0.8],
    );
}

/// The derived function, as text.
fn derived(text: &str, goal: Goal) -> String {
    transform(&Program::new(text).func, goal, Storage::Cheapest).to_string()
}

/// Checks a loop over the inputs `%4` in which `iteration` reads from `%1` what the iteration before left there.
#[track_caller]
fn check_handed_on(iteration: &str) {
    let text = format!(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc vec[0.5; 3]
           %2 s: Real = 0.0
           %20 c: Bool = Lt(0, 1)
           @0 for %3 k: Int in 0..4
             %4 p: Real = load %0[%3]
{iteration}
             continue @0
           return %2"
    );
    check(&text, &[0.4, -0.7, 1.1, 0.3]);
}
