//! Ranges whose integers have the type that their uses tell, and ranges in a variable that are advanced.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable]
    fn series(t: f64, c: &[f64]) -> f64 {
        let up: f64 = c.iter().zip(1..).map(|(c, k)| c * t.powi(k)).sum();
        let down: f64 = (1..=4).zip(c.iter()).map(|(k, c)| c * t.powi(2 * k - 5) / f64::from(k)).sum();
        let degree = 2;
        let short: f64 = c.iter().zip(0..=degree).map(|(c, k)| c * c * t.powi(k)).sum();
        let last: f64 = c.iter().zip(-1..c.len() as i32).map(|(c, k)| c * t.powi(k)).sum();
        up * down + short * last
    }

    #[differentiable]
    fn until_small(t: f64) -> f64 {
        let mut sum = 0.0;
        for k in 1.. {
            let term = t.powi(k) / k as f64;
            if term.abs() < 1e-17 {
                break;
            }
            sum += term;
        }
        sum
    }

    #[differentiable]
    fn indices(x: &[f64]) -> f64 {
        let of_others: f64 = x.iter().zip(0..).map(|(a, k)| a * x[x.len() - 1 - k]).sum();
        let n = 2;
        x.iter().zip(1..=n).map(|(a, k)| a * x[k] * k as f64).sum::<f64>() * of_others
    }

    #[differentiable]
    fn advanced(x: &[f64]) -> f64 {
        let mut at = 0..x.len();
        let mut sum = 0.0;
        while let Some(i) = at.next() {
            sum += x[i] * x[i];
            if let Some(j) = at.next() {
                sum *= x[j];
            }
        }
        let mut exponent = 1..;
        for v in x {
            sum += v.powi(exponent.next().unwrap());
        }
        let mut back = (0..x.len()).rev().step_by(2);
        for v in x {
            if let Some(i) = back.next() {
                sum += v * x[i];
            }
        }
        sum
    }

    #[differentiable]
    fn shared(x: &[f64]) -> f64 {
        let mut at = 0..x.len();
        let mut sum: f64 = at.by_ref().take(2).map(|i| x[i]).sum();
        for i in &mut at {
            sum *= x[i];
            if i == 2 {
                break;
            }
        }
        at.map(|i| x[i] * sum).sum()
    }
}

#[differentiable]
fn of_bytes(x: &[f64], levels: &[u8], n: u8) -> f64 {
    let mut sum = 0.0;
    for ((v, level), own) in x.iter().zip(levels).zip(1..) {
        if *level > own {
            sum += v * v;
        }
    }
    x.iter().zip(1..=n).map(|(v, k)| v * sum * f64::from(k)).sum()
}

#[differentiable]
fn to_the_last_byte(x: f64) -> f64 {
    let mut sum = x;
    for k in 0..=255u8 {
        sum += x * f64::from(k);
    }
    sum
}

#[test]
fn have_the_type_that_uses_tell() {
    check_everywhere(&derived!(|x| series(x[0], &x[1..])), &points(1, 3, 6, 0.3, 1.1), 1e-9);
    check_everywhere(&derived!(|x| until_small(x[0])), &points(2, 3, 1, 0.2, 0.6), 1e-9);
    check_everywhere(&derived!(|x| indices(&x)), &points(3, 3, 5, 0.3, 1.1), 1e-9);
    let levels = [2, 2, 200, 5];
    check_everywhere(&derived!(alone | x | of_bytes(&x, &levels, 3)), &points(4, 3, 4, -1.0, 1.0), 1e-9);
    assert_eq!(to_the_last_byte_value_and_grad(2.0), (65282.0, 32641.0));
}

#[test]
fn go_on_where_they_were_left() {
    check_everywhere(&derived!(|x| advanced(&x)), &points(5, 3, 5, 0.3, 1.1), 1e-9);
    check_everywhere(&derived!(|x| shared(&x)), &points(6, 3, 5, 0.3, 1.1), 1e-9);
}
