//! Arrays of a fixed length: made from data or by a function, given by generic helpers, with lengths that are computed.

use std::array::from_fn;
use std::iter::{once, zip};
use std::mem::swap;
use std::ops::Range;

use crate::support::*;
use hvp::differentiable;
use num_traits::Float;

const PER_NODE: usize = 2;
const WEIGHTS: [f64; 3] = [0.5, 0.3, 0.2];

struct Chain {
    quadruples: Vec<[usize; 4]>,
}

impl Chain {
    #[differentiable(wrt(x))]
    fn twist(&self, x: &[[f64; 2]]) -> f64 {
        let one = |at: &[usize; 4]| {
            let [a, b, c, d] = at.map(|i| x[i]);
            (a[0] - b[1]) * (c[0] - d[1]).powi(2) + a[1] * d[0]
        };
        self.quadruples.iter().map(one).sum()
    }
}

#[differentiable]
fn of_data(x: &[f64]) -> f64 {
    let mut rows: Vec<[f64; 3]> = x.iter().map(|v| WEIGHTS.map(|w| w * v)).collect();
    rows[1][2] *= x[0];
    let scaled: [f64; 3] = WEIGHTS.map(|w| w + x[1]);
    rows.iter().map(|row| row[0] * row[2].exp()).sum::<f64>() * scaled[1]
}

#[differentiable(wrt(x))]
fn in_an_option(x: f64, scale: Option<f64>) -> Option<[f64; 2]> {
    scale.map(|s| [s * x * x, s])
}

#[differentiable]
fn multiplied<T: Float, const R: usize, const K: usize, const C: usize>(
    a: &[[T; K]; R],
    b: &[[T; C]; K],
) -> [[T; C]; R] {
    let mut out = [[T::zero(); C]; R];
    for i in 0..R {
        for j in 0..C {
            for k in 0..K {
                out[i][j] = out[i][j] + a[i][k] * b[k][j];
            }
        }
    }
    out
}

#[differentiable]
fn gram_norm<T: Float>(x: &[T]) -> T {
    let rows: [[T; 2]; 3] = from_fn(|i| from_fn(|j| x[2 * i + j] * x[i]));
    let columns: [[T; 3]; 2] = from_fn(|i| from_fn(|j| rows[j][i]));
    let gram = multiplied(&columns, &rows);
    gram.iter().flat_map(|row| row.iter()).fold(T::one(), |sum, &v| sum + v.powi(2)).sqrt()
}

#[differentiable]
fn stiffness(k: f64) -> [[f64; 2 * PER_NODE]; 2 * PER_NODE] {
    let mut all = [[0.1; 2 * PER_NODE]; 2 * PER_NODE];
    for (i, row) in all.iter_mut().enumerate() {
        row[i] = k * k;
    }
    all
}

#[differentiable]
fn assembled(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for k in x {
        for (i, row) in stiffness(*k).iter().enumerate() {
            for (j, v) in row.iter().enumerate() {
                sum += v * v * (i + 2 * j) as f64;
            }
        }
    }
    sum
}

#[differentiable(wrt(x))]
fn brought_in(x: &[f64], y: &[f64]) -> f64 {
    let (mut a, mut b) = (x[0], x[1] * x[1]);
    swap(&mut a, &mut b);
    let mut sum = 2.0 * a - b * x[2];
    for (u, v) in zip(x, y) {
        sum += u * u * v;
    }
    sum * once(a).chain(x.iter().copied()).sum::<f64>()
}

#[differentiable(wrt(x))]
fn parts(x: &[f64], ranges: &[Range<usize>], last: Range<usize>) -> f64 {
    let squares: f64 = ranges.iter().cloned().map(|range| x[range].iter().sum::<f64>().powi(2)).sum();
    squares * x[last].iter().product::<f64>()
}

mod names_of_ones_own {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn repeat(a: f64, b: f64) -> f64 {
        a * b
    }

    #[differentiable]
    fn replace(a: &mut f64, b: f64) -> f64 {
        *a *= b;
        *a + b
    }

    #[differentiable]
    fn own(x: &[f64]) -> f64 {
        let mut a = x[0];
        repeat(replace(&mut a, x[1]), a)
    }

    #[test]
    fn are_not_the_standard_librarys() {
        check_everywhere(&derived!(alone | x | own(&x)), &points(74, 3, 2, -0.9, 0.9), 1e-9);
    }
}

#[test]
fn map_makes_arrays_of_data() {
    let points = points(71, 3, 3, -0.9, 0.9);
    check_everywhere(&derived!(alone | x | of_data(&x)), &points, 1e-9);
    let chain = Chain { quadruples: vec![[0, 1, 2, 3], [3, 1, 0, 2]] };
    let x = [[0.1, 0.7], [-0.4, 0.3], [0.9, 0.2], [0.5, -0.6]];
    let gradient = chain.twist_grad(&x);
    // The central difference errs by h² and by rounding ÷ h.
    let h = 1e-5;
    for i in 0..4 {
        for j in 0..2 {
            let (mut above, mut below) = (x, x);
            above[i][j] += h;
            below[i][j] -= h;
            assert_near(
                gradient[i][j],
                (chain.twist(&above) - chain.twist(&below)) / (2.0 * h),
                1e-8,
                "twist",
            );
        }
    }
    assert_eq!(in_an_option_jvp(0.5, Some(2.0), 1.0), Some(([0.5, 2.0], [2.0, 0.0])));
}

#[test]
fn lengths_are_computed_or_generic() {
    let points = points(72, 3, 6, 0.2, 0.9);
    check_everywhere(&derived!(alone | x | gram_norm::<f64>(&x)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | assembled(&x)), &points, 1e-9);
}

#[test]
fn functions_of_the_standard_library_are_known_by_their_bare_names() {
    let points = points(73, 3, 4, -0.9, 0.9);
    check_everywhere(&derived!(alone | x | brought_in(&x, &[0.5, 0.2, -0.7, 1.0])), &points, 1e-9);
    check_everywhere(&derived!(alone | x | parts(&x, &[0..2, 1..4], 1..3)), &points, 1e-9);
}

/// Small states that loops of few iterations step through: shadowed, exchanged, copied, read behind a branch, and left half way.
#[differentiable(wrt(x))]
fn small_states(x: &[f64], steps: usize) -> f64 {
    let mut state = [x[0], x[1], 1.0];
    let mut old = [0.0; 3];
    let mut best = f64::NEG_INFINITY;
    for step in 0..steps {
        let mut rate = [0.0; 3];
        for i in 0..3 {
            let next = state[(i + 1) % 3];
            rate[i] = state[i] * next - 0.3 * state[i];
        }
        old = state;
        for (s, r) in state.iter_mut().zip(&rate) {
            *s += 0.1 * r;
        }
        if state[0] > 1.4 {
            swap(&mut state, &mut old);
            break;
        }
        if step == 1 {
            let mut rate = [state[2]; 3];
            rate[1] = x[2];
            for i in (0..3).rev() {
                if rate[i] > 0.7 {
                    continue;
                }
                state[i] *= rate[i];
            }
        }
        best = best.max(state[1]);
    }
    let mut turned = [[0.0; 2]; 2];
    for i in 0..2 {
        for j in 0..=i {
            turned[i][j] = state[i] * old[j];
            turned[j][i] = turned[i][j] + x[2];
        }
    }
    turned[0][1] * turned[1][1].sin() + turned[1][0] * best + old.iter().sum::<f64>()
}

#[test]
fn small_arrays_are_as_good_as_numbers() {
    for steps in [1, 2, 3, 7] {
        check_everywhere(&derived!(alone | x | small_states(&x, steps)), &points(79, 3, 6, 0.2, 1.3), 1e-7);
    }
}

/// A loop that ends early, for each number of a small array.
#[differentiable]
fn filtered_twice(x: &[f64]) -> f64 {
    let scales = [x[0], x[1] * x[1]];
    let mut total = 0.0;
    for i in 0..2 {
        let mut sum = scales[i];
        for k in 0..x.len() {
            if x[k] > 0.5 {
                continue;
            }
            if x[k] < -0.5 {
                break;
            }
            sum += x[k] * scales[i];
        }
        total += sum * sum;
    }
    total
}

#[test]
fn loops_for_each_number_have_exits_of_their_own() {
    check_everywhere(&derived!(alone | x | filtered_twice(&x)), &points(80, 4, 8, -0.8, 0.8), 1e-8);
}

#[differentiable]
#[inline(never)]
fn energy(state: &[f64; 12]) -> f64 {
    state.windows(2).map(|pair| (pair[1] - pair[0]).powi(2) * pair[0]).sum()
}

/// Each iteration copies an array of fixed length, which another function takes.
#[differentiable]
fn from_one_start(x: &[f64]) -> f64 {
    let mut start = [0.0; 12];
    for i in 0..12 {
        start[i] = x[i % x.len()] * (i as f64).cos();
    }
    let mut sum = 0.0;
    for k in 0..3 {
        let mut state = start;
        for i in 0..12 {
            state[i] = (state[i] * x[k]).sin();
        }
        sum += energy(&state) * x[k];
    }
    sum
}

#[test]
fn arrays_that_iterations_copy_keep_their_type() {
    check_everywhere(&derived!(alone | x | from_one_start(&x)), &points(81, 3, 5, -0.8, 0.8), 1e-8);
}

mod tried {
    use std::array::TryFromSliceError;

    use super::*;

    #[differentiable]
    fn or_none(x: &[f64]) -> Option<f64> {
        let a: [f64; 3] = x.get(..3)?.try_into().ok()?;
        let [p, q, r] = a;
        Some(p * q * r)
    }

    #[differentiable]
    fn or_a_text(x: &[f64]) -> Result<f64, String> {
        let a: [f64; 3] = x.try_into().map_err(|e: TryFromSliceError| format!("{e}"))?;
        Ok(a[0] * a[1] * a[2])
    }

    #[differentiable]
    fn or_the_error(x: &[f64]) -> Result<f64, TryFromSliceError> {
        let a: [f64; 3] = x.try_into()?;
        Ok(a.iter().product())
    }

    #[differentiable]
    fn or_nothing(x: &[f64]) -> f64 {
        let Ok([p, q, r]) = <[f64; 3]>::try_from(x) else { return 0.0 };
        if let Ok(a) = <&[f64; 3]>::try_from(x) { p * q * r * a[0] } else { 1.0 }
    }

    #[test]
    fn a_slice_of_another_length_becomes_no_array() {
        let (x, long) = ([0.5, 2.0, 4.0], [0.5, 2.0, 4.0, 8.0]);
        let gradient = vec![8.0, 2.0, 1.0];
        assert_eq!(or_none_grad(&x), Some(gradient.clone()));
        assert_eq!(or_none_grad(&x[1..]), None);
        assert_eq!(or_a_text_grad(&x), Ok(gradient.clone()));
        assert_eq!(or_a_text_grad(&long), or_a_text(&long).map(|_| Vec::new()));
        assert_eq!(or_a_text_hvp(&x, &[1.0, 0.0, 0.0]), Ok(vec![0.0, 4.0, 2.0]));
        assert_eq!(or_the_error_grad(&x).ok(), Some(gradient));
        assert!(or_the_error_grad(&long).is_err());
        assert_eq!(or_nothing_grad(&x), [8.0, 1.0, 0.5]);
        assert_eq!(or_nothing_value_and_grad(&long), (0.0, vec![0.0; 4]));
    }
}
