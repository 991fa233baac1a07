//! `Result`s and `Option`s of closures, in chains and behind the methods of both, and the errors that pass out of them.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    Negative(f64, usize),
    Text(String),
    Any,
}

impl From<String> for Failure {
    fn from(text: String) -> Failure {
        Failure::Text(text)
    }
}

#[differentiable]
fn root(x: f64, i: usize) -> Result<f64, Failure> {
    if x < 0.0 { Err(Failure::Negative(x, i)) } else { Ok((x + 0.1).sqrt()) }
}

#[differentiable]
fn square(x: f64) -> Result<f64, String> {
    if x > 10.0 { Err(format!("{x} is large")) } else { Ok(x * x) }
}

#[differentiable]
fn inverse(x: f64) -> Option<f64> {
    if x.abs() < 0.1 { None } else { Some(1.0 / x) }
}

#[differentiable]
fn passed(x: &[f64]) -> Result<f64, Failure> {
    let safe = |v: f64, i: usize| -> Result<f64, Failure> {
        let w = square(v * 2.0)?;
        if v < -5.0 {
            return Err(Failure::Negative(v * x[0], i));
        }
        root(w + v, i).map(|r| r + v)
    };
    let s = x.iter().enumerate().map(|(i, v)| safe(*v, i)).sum::<Result<f64, Failure>>()?;
    let t = match root(x[0], 7) {
        Ok(t) => t,
        Err(e) => return Err(e),
    };
    let u = x.iter().try_fold(1.0, |product, v| root(*v + 3.0, 9).map(|r| product * r))?;
    let k = x.len();
    let q = root(x[1] - 2.0, 3).or_else(|_| root(x[1], 4)).map_err(|e| match e {
        Failure::Negative(v, i) => Failure::Negative(v + 1.0, i + k),
        e => e,
    })?;
    let z: Vec<f64> =
        x.iter().map(|v| root(v + 1.0, 1)).collect::<Result<_, _>>().map_err(|_| Failure::Any)?;
    let w = x
        .iter()
        .map(|v| if *v > 2.5 { Err(format!("{v} of {k}")) } else { Ok(v.exp()) })
        .collect::<Result<Vec<f64>, String>>()?;
    Ok(s * t + u * q + z[0] * z[1] + w[2])
}

#[test]
fn each_derivative_fails_with_the_error_of_the_function() {
    let points = [
        [-6.0, 1.0, 2.0],
        [1.0, 8.0, 2.0],
        [1.0, -0.9, 2.0],
        [1.0, -0.2, -0.1],
        [-0.2, 1.0, 1.0],
        [0.3, 0.4, 6.0],
        [0.1, 0.1, -4.0],
        [0.1, 0.3, 2.7],
    ];
    for x in points {
        let error = passed(&x).unwrap_err();
        assert_eq!(passed_grad(&x).unwrap_err(), error);
        assert_eq!(passed_value_and_grad(&x).unwrap_err(), error);
        assert_eq!(passed_jvp(&x, &[1.0; 3]).unwrap_err(), error);
        assert_eq!(passed_hvp(&x, &[1.0; 3]).unwrap_err(), error);
        assert_eq!(passed_hessian(&x).unwrap_err(), error);
    }
}

#[differentiable]
fn tails(x: &[f64]) -> Result<f64, usize> {
    if x[0] > 0.0 {
        return square(x[0]).and_then(|y| square(y * x[1])).map_err(|text| text.len());
    }
    let chain = x.iter().map(|&v| if v < -0.9 { Err(3_usize) } else { Ok(v.cos()) });
    chain.sum()
}

#[differentiable]
fn retried(x: &[f64]) -> Result<f64, String> {
    let (mut step, mut y, mut failures) = (8.0, x[0], 0);
    for _ in 0..12 {
        match square(y + step) {
            Ok(next) => y = (next * 0.1).sin(),
            Err(e) => {
                failures += 1;
                if failures > 5 {
                    return Err(format!("gave up: {e}"));
                }
                step *= 0.5;
            }
        }
    }
    let mut last = square(y + 20.0);
    while last.is_err() {
        last = square(y * x[1]);
    }
    Ok(last?
        + square(y + 30.0).unwrap_or_else(|e| {
            assert!(e.ends_with("large"));
            x[2]
        }))
}

#[differentiable]
fn missing(x: &[f64]) -> Option<f64> {
    let safe = |v: f64| -> Option<f64> {
        if v > 50.0 {
            return None;
        }
        let a = inverse(v)?;
        if a > 40.0 {
            return None;
        }
        inverse(a + v).filter(|v| *v < 100.0)
    };
    let a = safe(x[0])?;
    let b = inverse(x[1]).or_else(|| inverse(x[2])).and_then(|y| if y > 1e3 { None } else { Some(y * a) })?;
    let c = inverse(x[2]).zip(inverse(x[1] + 2.0)).map(|(p, q)| p * q)?;
    let d: f64 = x.iter().filter_map(|v| inverse(v - 0.5)).sum();
    let e: f64 = x.iter().flat_map(|v| inverse(v + 0.5)).map(|v| v * v).sum();
    let s: Option<f64> = x.iter().map(|v| inverse(*v)).sum();
    Some(a * b + c * d.sin() + e.cos() + s?)
}

/// A program of the module, or something else of the same numbers where it fails.
#[differentiable]
fn whole(x: &[f64], which: usize) -> f64 {
    let other = x[0] * x[1] - x[2];
    match which {
        0 => passed(x).unwrap_or(other),
        1 => tails(x).unwrap_or(other),
        2 => retried(x).unwrap_or(other),
        _ => missing(x).unwrap_or(other),
    }
}

#[test]
fn the_derivatives_are_right_where_the_functions_succeed_and_where_they_fail() {
    for which in 0..4 {
        let f = derived!(alone | x | whole(&x, which));
        check_everywhere(&f, &points(11, 8, 3, -0.4, 1.3), 1e-9);
    }
    assert!(points(11, 8, 3, -0.4, 1.3).iter().any(|x| passed(x).is_ok() && missing(x).is_some()));
}

#[differentiable]
fn boxed(x: &[f64]) -> Result<f64, Box<dyn std::error::Error>> {
    let checked = |v: f64| -> Result<f64, Box<dyn std::error::Error>> {
        if v < 0.0 {
            Err("negative".into())
        } else if v > 10.0 {
            return Err(Box::new(std::fmt::Error));
        } else {
            Ok(v.sqrt())
        }
    };
    let mut s = 0.0;
    for v in x {
        s += checked(*v)?;
    }
    Ok(s * "2.5".parse::<f64>()?)
}

#[test]
fn errors_of_different_types_meet_in_a_box() {
    assert_eq!(boxed_grad(&[4.0, 0.25]).unwrap(), [0.625, 2.5]);
    assert_eq!(boxed_hvp(&[4.0, -1.0], &[1.0, 0.0]).unwrap_err().to_string(), "negative");
    assert!(boxed_jvp(&[4.0, 11.0], &[1.0, 0.0]).unwrap_err().is::<std::fmt::Error>());
}

#[differentiable]
fn looked_at(x: &[f64]) -> Result<f64, Failure> {
    let first = passed(x);
    match &first {
        Err(e) => return Err(e.clone()),
        Ok(v) => {
            if *v > 1e9 {
                return Err(Failure::Any);
            }
        }
    }
    Ok(first? * x[1])
}

#[test]
fn an_outcome_that_is_only_looked_at_passes_on() {
    let (mut fails, mut succeeds) = (0, 0);
    for x in points(12, 8, 3, -0.4, 1.3) {
        match (passed(&x), looked_at_grad(&x)) {
            (Ok(v), Ok(g)) => {
                succeeds += 1;
                let inner = passed_grad(&x).unwrap();
                let want: Vec<f64> = (0..3).map(|i| inner[i] * x[1] + if i == 1 { v } else { 0.0 }).collect();
                assert_close(&g, &want, 1e-12, "gradient");
            }
            (Err(e), Err(same)) => {
                fails += 1;
                assert_eq!(e, same);
            }
            (outcome, _) => panic!("{outcome:?} and its derivative differ"),
        }
    }
    assert!(fails > 0 && succeeds > 0);
}

#[differentiable]
fn unwrapped(x: &[f64]) -> f64 {
    passed(x).unwrap() * x[1]
}

#[differentiable]
fn expected(x: &[f64]) -> f64 {
    passed(x).map(|v| v * x[1]).expect("small numbers")
}

#[test]
fn an_unwrapped_error_is_said_as_the_function_says_it() {
    let said = |call: &dyn Fn()| {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_err();
        panic.downcast_ref::<String>().cloned().unwrap()
    };
    let x = points(12, 8, 3, -0.4, 1.3).into_iter().find(|x| passed(x).is_err()).unwrap();
    let of_function = said(&|| {
        let _ = unwrapped(&x);
    });
    assert!(of_function.starts_with("called `Result::unwrap()` on an `Err` value: "), "{of_function}");
    assert_eq!(
        said(&|| {
            let _ = unwrapped_grad(&x);
        }),
        of_function
    );
    assert_eq!(
        said(&|| {
            let _ = unwrapped_hvp(&x, &x);
        }),
        of_function
    );
    assert_eq!(
        said(&|| {
            let _ = expected_value_and_grad(&x);
        }),
        said(&|| {
            let _ = expected(&x);
        })
    );
}

mod named {
    use super::*;

    #[derive(Debug, PartialEq)]
    pub struct Empty;

    type Fit = Result<f64, String>;
    type Res<T> = Result<T, Empty>;
    type Maybe<T> = Option<T>;
    type Both<T, E = Empty> = Result<(T, f64), E>;

    #[differentiable]
    fn first_square(x: &[f64]) -> Fit {
        if x.is_empty() {
            return Err("nothing".into());
        }
        Ok(x[0] * x[0])
    }

    #[differentiable]
    fn area(x: &[f64]) -> Res<f64> {
        if x.len() < 2 {
            return Err(Empty);
        }
        Ok(x[0] * x[1])
    }

    #[differentiable]
    fn square_of_area(x: &[f64]) -> Res<f64> {
        let y = area(x)?;
        Ok(y * y)
    }

    #[differentiable]
    fn square(x: &[f64]) -> Maybe<f64> {
        let y = x.first()?;
        Some(y * y)
    }

    #[differentiable]
    fn both(x: &[f64]) -> Both<f64> {
        let y = area(x)?;
        Ok((y * y, x[1]))
    }

    #[test]
    fn types_of_results_may_have_names() {
        let x = [0.5, 3.0];
        assert_eq!(first_square_grad(&x), Ok(vec![1.0, 0.0]));
        assert_eq!(first_square_grad(&[]), Err("nothing".to_owned()));
        assert_eq!(square_of_area_grad(&x), Ok(vec![2.0 * 0.5 * 9.0, 2.0 * 0.25 * 3.0]));
        assert_eq!(square_of_area_hvp(&x, &[1.0, 0.0]), Ok(vec![2.0 * 9.0, 4.0 * 0.5 * 3.0]));
        assert_eq!(square_of_area_grad(&x[..1]), Err(Empty));
        assert_eq!(square_grad(&x), Some(vec![1.0, 0.0]));
        assert_eq!(both_jvp(&x, &[0.0, 1.0]), Ok(((2.25, 3.0), (1.5, 1.0))));
    }
}
