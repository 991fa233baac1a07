//! Tuples of numbers as arguments of calls.

use crate::support::*;
use hvp::differentiable;

twin! {
    mod complex {
        #[hvp::differentiable]
        pub fn plus(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
            (a.0 + b.0, a.1 + b.1)
        }

        pub mod deep {
            #[hvp::differentiable]
            pub fn turned(z: (f64, f64)) -> (f64, f64) {
                (-z.1, z.0)
            }
        }
    }
    use self::complex::deep;

    #[differentiable]
    fn times(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
        (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
    }

    #[differentiable]
    fn square(z: &(f64, f64)) -> f64 {
        z.0 * z.0 + z.1 * z.1
    }

    #[differentiable]
    fn written_as_tuples(x: &[f64]) -> f64 {
        let (re, im) = times((x[0], x[1]), (x[1], 2.0));
        let half = times((re, im), (0.5, 0.0));
        re * im + half.0.exp()
    }

    #[differentiable]
    fn variables_and_results(x: &[f64]) -> f64 {
        let z = (x[0], x[1]);
        let w = times(z, z);
        let v = times(times(w, z), (0.5, 0.25));
        let (a, b) = deep::turned(v);
        v.0 + a * complex::plus(v, w).1 + b * times(w, v).0
    }

    #[differentiable]
    fn elements_of_local_arrays(x: &[f64]) -> f64 {
        let zs = [(x[0], x[1]), (x[1], x[2]), (x[2], 1.0)];
        let mut product = (1.0, 0.0);
        for i in 0..3 {
            product = times(product, zs[i]);
        }
        for z in &zs {
            product = times(product, *z);
        }
        let squares: f64 = zs.iter().map(|z| square(z)).sum();
        product.0 * squares + square(&product)
    }

    /// What is passed is the value at the call.
    #[differentiable]
    fn changed_after_the_call(x: &[f64]) -> f64 {
        let mut z = (x[0], x[1]);
        let mut sum = 0.0;
        for k in 0..3 {
            let w = times(z, (x[2], x[0]));
            z.0 += w.1;
            z.1 *= w.0;
            if k == 1 {
                z = (z.1, z.0);
            }
            sum += w.0 * z.0 - w.1;
        }
        sum + z.1
    }
}

/// Half of what it takes is constant, or all.
#[differentiable]
fn mixed(a: (f64, f64), k: usize, b: (f64, usize)) -> f64 {
    a.0.powi(k as i32) * a.1 + b.0 * b.1 as f64
}

#[differentiable]
fn constant_components(x: &[f64], data: &[(f64, f64)]) -> f64 {
    let n = x.len();
    let own: f64 = data.iter().map(|&d| mixed(d, 2, (d.1, n))).sum();
    own * mixed((x[0], data[0].1), 2, (1.5, n))
        + mixed((2.0, x[1]), 3, (0.5, 2))
        + mixed((1.0, 2.0), 3, (0.5, n))
}

struct Scale(f64);

impl Scale {
    #[differentiable(wrt(z))]
    fn scaled(&self, z: (f64, f64)) -> (f64, f64) {
        (self.0 * z.0 * z.1, self.0 * z.1)
    }

    #[differentiable(associated)]
    fn size(z: (f64, f64)) -> f64 {
        z.0.hypot(z.1)
    }
}

#[differentiable(wrt(x))]
fn arguments_of_methods(scale: &Scale, x: &[f64]) -> f64 {
    let pairs: Vec<(f64, f64)> = x.iter().map(|&a| (a, a * a)).collect();
    let mut sum = Scale::size(pairs[1]);
    for i in 0..pairs.len() {
        let u = scale.scaled(pairs[i]);
        sum += u.0 * Scale::size(u);
    }
    sum + scale.scaled((sum, x[0])).1
}

/// `(x + iy)^n`
#[differentiable]
fn power(z: (f64, f64), n: usize) -> (f64, f64) {
    if n == 0 { (1.0, 0.0) } else { times(z, power(z, n - 1)) }
}

#[differentiable]
fn recursion(x: f64, y: f64) -> f64 {
    let (re, im) = power((x, y), 5);
    re * im
}

#[differentiable]
fn generic<T: num_traits::Float>(a: (T, T), b: T) -> T {
    a.0 * a.1 * b
}

#[differentiable]
fn of_singles(x: &[f32]) -> f32 {
    generic((x[0], x[1]), x[2]) + generic((x[1], 2.0), x[1])
}

#[test]
fn tuples_are_passed_however_they_are_written() {
    let points = points(41, 3, 3, 0.3, 1.2);
    check_everywhere(&derived!(twin | x | written_as_tuples(&x)), &points, 1e-11);
    check_everywhere(&derived!(twin | x | variables_and_results(&x)), &points, 1e-11);
    check_everywhere(&derived!(twin | x | elements_of_local_arrays(&x)), &points, 1e-11);
    check_everywhere(&derived!(twin | x | changed_after_the_call(&x)), &points, 1e-11);
}

#[test]
fn components_may_be_constant() {
    let data = [(0.5, 2.0), (1.5, -1.0)];
    let points = points(42, 3, 2, 0.3, 1.2);
    check_everywhere(&derived!(alone | x | constant_components(&x, &data)), &points, 1e-11);
}

#[test]
fn methods_take_tuples() {
    let scale = Scale(1.5);
    let points = points(43, 3, 3, 0.3, 1.2);
    check_everywhere(&derived!(alone | x | arguments_of_methods(&scale, &x)), &points, 1e-11);
}

#[test]
fn a_recursion_takes_a_tuple() {
    // re · im of z^5 is half the imaginary part of z^10, whose derivative by x is 5 Im z^9, and by y 5 Re z^9.
    let (x, y): (f64, f64) = (0.8, 0.7);
    let (size, angle) = (x.hypot(y).powi(9), 9.0 * y.atan2(x));
    let (by_x, by_y) = recursion_grad(x, y);
    assert_close(&[by_x, by_y], &[5.0 * size * angle.sin(), 5.0 * size * angle.cos()], 1e-12, "gradient");
}

#[test]
fn tuples_of_other_floats() {
    assert_eq!(of_singles_grad(&[2.0, 3.0, 4.0]), [12.0, 20.0, 6.0]);
}
