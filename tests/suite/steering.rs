//! Passive memory that steers what the reverse sweep does, and is overwritten or shortened later.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable(wrt(x))]
    fn guards(x: &[f64], kinds: &[usize]) -> f64 {
        let mut limits = [0.9, 0.1, 0.7];
        let mut sum = 0.0;
        for i in 0..3 {
            sum += match kinds[i] {
                0 if limits[i] > 0.5 => x[i] * x[i],
                _ => 2.0 * x[i],
            };
        }
        for i in 0..3 {
            limits[i] = 0.2;
        }
        sum + limits[0]
    }

    #[differentiable(wrt(x))]
    fn guarded_weights(x: &[f64], kinds: &[usize]) -> f64 {
        let mut limits = [0.9, 0.1, 0.7];
        let mut sum = 0.0;
        for i in 0..3 {
            let weight = match kinds[i] {
                0 if limits[i] > 0.5 => 1.0,
                _ => 2.0,
            };
            sum += weight * x[i] * x[i];
        }
        for i in 0..3 {
            limits[i] = 0.2;
        }
        sum + limits[0]
    }

    #[differentiable(wrt(x))]
    fn inner_bounds(x: &[f64], given: &[usize]) -> f64 {
        let mut counts = [given[0], given[1], given[2]];
        let mut sum = 0.0;
        for i in 0..3 {
            let mut weight = [0.5; 2];
            for _ in 0..counts[i] {
                weight[1] += 0.5;
            }
            sum += weight[1] * x[i];
        }
        for i in 0..3 {
            counts[i] = 7;
        }
        sum * sum + counts[0] as f64
    }

    #[differentiable(wrt(x))]
    fn carried_weights(x: &[f64], given: &[f64]) -> f64 {
        let mut factors = [given[0], given[1], given[2]];
        let mut sum = 0.0;
        for i in 0..3 {
            let mut weight = 0.5;
            for j in 0..3 {
                weight += factors[j] * (i + j) as f64;
            }
            sum += weight * x[i];
        }
        for i in 0..3 {
            factors[i] = 7.0;
        }
        sum * sum + factors[0]
    }

    #[differentiable(wrt(x))]
    fn first_weights(x: &[f64], given: &[f64], counts: &[usize]) -> f64 {
        let mut factors = [given[0], given[1], given[2]];
        let mut sum = 0.0;
        for i in 0..3 {
            let mut weight = factors[i];
            for j in 0..counts[i] {
                weight = j as f64;
            }
            sum += weight * x[i];
        }
        for i in 0..3 {
            factors[i] = 7.0;
        }
        sum * sum + factors[0]
    }

    #[differentiable(wrt(x))]
    fn bounds(x: &[f64], given: &[usize]) -> f64 {
        let mut counts = [given[0], given[1], given[2]];
        let mut sum = 0.0;
        for i in 0..3 {
            for j in 0..counts[i] {
                sum += x[j];
            }
        }
        for i in 0..3 {
            counts[i] = 1;
        }
        sum * sum + counts[0] as f64
    }

    #[differentiable(wrt(x))]
    fn places(x: &[f64], given: &[usize]) -> f64 {
        let mut slots = [given[0], given[1], given[2]];
        let mut bins = [0.0; 3];
        for i in 0..3 {
            bins[slots[i]] += x[i];
        }
        for i in 0..3 {
            slots[i] = 0;
        }
        bins[0] * bins[1] + bins[2] * bins[2] * (slots[0] + 1) as f64
    }

    #[differentiable(wrt(x))]
    fn parts(x: &[f64], given: &[usize]) -> f64 {
        let mut ends = [given[0], given[1], given[2]];
        let mut sum = 0.0;
        for i in 0..3 {
            let mut bins = [0.5; 3];
            bins[..ends[i]].fill(x[i]);
            sum += bins[0] + 2.0 * bins[1] + 3.0 * bins[2];
        }
        for i in 0..3 {
            ends[i] = 1;
        }
        sum * sum + ends[0] as f64
    }

    #[differentiable(wrt(x))]
    fn refilled(x: &[f64], given: &[usize]) -> f64 {
        let mut slots = [given[0], given[1], given[2]];
        let mut doubled = vec![false; 3];
        let mut sum = 0.0;
        for k in 0..3 {
            for i in 0..3 {
                let product = x[slots[i]] * x[i];
                sum += if doubled[i] { 2.0 * product } else { product };
            }
            slots[..k].fill(k);
            doubled.fill(k == 1);
        }
        sum * sum
    }

    #[differentiable]
    fn left_by_the_last_round(x: &[f64]) -> f64 {
        let mut w = [0.5, -0.3, 0.8];
        let mut sum = 0.0;
        for k in 0..3 {
            for i in 0..3 {
                w[i] = x[k] * x[i];
                if (i + k) % 2 == 0 {
                    continue;
                }
                w[i] += 0.3 * w[(i + 1) % 3];
            }
            sum += w[0] * w[1] * w[2];
        }
        sum
    }

    #[differentiable(wrt(x))]
    fn shrinking(x: &[f64]) -> f64 {
        let mut stack = vec![2, 5, 3];
        let mut sum = 0.0;
        for i in 0..3 {
            sum += stack.len() as f64 * x[i] * x[i];
            stack.pop();
        }
        sum * sum
    }
}

const X: [f64; 3] = [0.7, -0.4, 1.3];

#[test]
fn guards_ask_what_was_there() {
    check(&derived!(|x| guards(x, &[0_usize, 0, 1])), &X, 1e-13);
    check(&derived!(|x| guarded_weights(x, &[0_usize, 0, 1])), &X, 1e-13);
}

#[test]
fn inner_loops_run_as_often_as_they_did() {
    check(&derived!(|x| inner_bounds(x, &[3_usize, 0, 2])), &X, 1e-13);
}

#[test]
fn integers_and_flags_are_filled() {
    check(&derived!(|x| refilled(x, &[1_usize, 2, 0])), &X, 1e-13);
}

#[test]
fn what_was_added_where_comes_from_there() {
    check(&derived!(|x| bounds(x, &[3_usize, 0, 2])), &X, 1e-13);
    check(&derived!(|x| places(x, &[1_usize, 2, 0])), &X, 1e-13);
    check(&derived!(|x| parts(x, &[3_usize, 0, 2])), &X, 1e-13);
}

#[test]
fn factors_that_an_inner_loop_hands_on() {
    check(&derived!(|x| carried_weights(x, &[0.5, 2.0, -1.0])), &X, 1e-13);
    check(&derived!(|x| first_weights(x, &[0.5, 2.0, -1.0], &[0_usize, 3, 2])), &X, 1e-13);
}

#[test]
fn scratch_memory_with_something_left_in_it() {
    check(&derived!(|x| left_by_the_last_round(x)), &X, 1e-13);
}

#[test]
fn the_length_of_what_only_shrinks() {
    check(&derived!(|x| shrinking(x)), &X, 1e-13);
}
