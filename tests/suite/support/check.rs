//! Checks of derivatives against definitions.

use super::HyperDual;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

type OfPoint<'a, R> = Box<dyn Fn(&[f64]) -> R + 'a>;
type OfDirection<'a, R> = Box<dyn Fn(&[f64], &[f64]) -> R + 'a>;

/// An objective of one flat point with all that is generated for it; made by `derived!`.
pub struct Derived<'a> {
    pub name: &'static str,
    pub value: OfPoint<'a, f64>,
    pub grad: OfPoint<'a, Vec<f64>>,
    pub value_and_grad: OfPoint<'a, (f64, Vec<f64>)>,
    pub jvp: OfDirection<'a, (f64, f64)>,
    pub hvp: OfDirection<'a, Vec<f64>>,
    pub grad_and_hvp: OfDirection<'a, (Vec<f64>, Vec<f64>)>,
    /// The product of the linearised objective, where there is an objective.
    pub linearized: Option<OfDirection<'a, Vec<f64>>>,
    /// The same program over hyper-dual numbers, where `twin!` made one.
    pub twin: Option<Box<dyn Fn(&[HyperDual]) -> HyperDual + 'a>>,
}

/// The generator of all random numbers of one test.
pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A point with coordinates uniform between `low` and `high`.
pub fn point(rng: &mut StdRng, n: usize, low: f64, high: f64) -> Vec<f64> {
    (0..n).map(|_| rng.random_range(low..high)).collect()
}

/// Points of one test, by seed.
pub fn points(seed: u64, count: usize, n: usize, low: f64, high: f64) -> Vec<Vec<f64>> {
    let mut rng = rng(seed);
    (0..count).map(|_| point(&mut rng, n, low, high)).collect()
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |m, x| f64::max(m, x.abs()))
}

/// Every entry within `tolerance` of the largest entry of `want`.
#[track_caller]
pub fn assert_close(have: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_within(have, want, tolerance * largest(want).max(f64::MIN_POSITIVE), what);
}

#[track_caller]
fn assert_within(have: &[f64], want: &[f64], bound: f64, what: &str) {
    assert_eq!(have.len(), want.len(), "{what}: length");
    for (i, (have_i, want_i)) in have.iter().zip(want).enumerate() {
        let equal = have_i == want_i || (have_i.is_nan() && want_i.is_nan());
        assert!(
            equal || (have_i - want_i).abs() <= bound,
            "{what}: entry {i} is {have_i:e}, not {want_i:e}\nhave {have:?}\nwant {want:?}"
        );
    }
}

/// A number within `tolerance`, relative to the number itself.
#[track_caller]
pub fn assert_near(have: f64, want: f64, tolerance: f64, what: &str) {
    assert_close(&[have], &[want], tolerance, what);
}

/// Equal bit for bit, any NaN counting as equal.
#[track_caller]
pub fn assert_same_bits(have: f64, want: f64, what: &str) {
    assert!(
        have.to_bits() == want.to_bits() || (have.is_nan() && want.is_nan()),
        "{what}: {have:?} has other bits than {want:?}"
    );
}

impl Derived<'_> {
    /// The gradient and the Hessian-vector product by definition, where there is a second copy.
    pub fn by_definition(&self, x: &[f64], v: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
        let twin = self.twin.as_ref()?;
        let along = |i: usize| {
            let unit = |k: usize| if k == i { 1.0 } else { 0.0 };
            let lifted: Vec<HyperDual> =
                (0..x.len()).map(|k| HyperDual::variable(x[k], unit(k), v[k])).collect();
            twin(&lifted)
        };
        Some((0..x.len()).map(along).map(|y| (y.first, y.cross)).unzip())
    }
}

/// Checks everything at `x` but finite differences, which a kink nearby would spoil.
///
/// `tolerance` is relative to the largest entry; it allows for rounding in another order of operations.
#[track_caller]
pub fn check_exact(f: &Derived<'_>, x: &[f64], tolerance: f64) {
    let name = f.name;
    let mut rng = rng(0x5eed);
    let (u, v) = (point(&mut rng, x.len(), -1.0, 1.0), point(&mut rng, x.len(), -1.0, 1.0));
    let value = (f.value)(x);
    let grad = (f.grad)(x);
    let hv = (f.hvp)(x, &v);

    let (same_value, same_grad) = (f.value_and_grad)(x);
    assert_same_bits(same_value, value, &format!("{name}: value of value_and_grad"));
    assert_close(&same_grad, &grad, tolerance, &format!("{name}: gradient of value_and_grad at {x:?}"));

    let (same_value, slope) = (f.jvp)(x, &v);
    assert_same_bits(same_value, value, &format!("{name}: value of jvp"));
    let size: f64 = grad.iter().zip(&v).map(|(g, v)| (g * v).abs()).sum();
    assert_within(&[slope], &[dot(&grad, &v)], tolerance * size, &format!("{name}: jvp at {x:?}"));

    let (same_grad, same_hv) = (f.grad_and_hvp)(x, &v);
    assert_close(&same_grad, &grad, tolerance, &format!("{name}: gradient of grad_and_hvp at {x:?}"));
    assert_close(&same_hv, &hv, tolerance, &format!("{name}: product of grad_and_hvp at {x:?}"));

    if let Some(linearized) = &f.linearized {
        for (have, want) in linearized(x, &v).iter().zip(&hv) {
            assert_same_bits(*have, *want, &format!("{name}: linearised product at {x:?}"));
        }
    }

    let hu = (f.hvp)(x, &u);
    let size = (largest(&hu) + largest(&hv)) * x.len() as f64;
    // Where terms as large as the gradient cancel, rounding is all that is left.
    let bound = tolerance * size + f64::EPSILON * largest(&grad);
    assert_within(&[dot(&hu, &v)], &[dot(&hv, &u)], bound, &format!("{name}: symmetry at {x:?}"));

    if let Some(twin) = &f.twin {
        let lifted: Vec<HyperDual> = x.iter().map(|&x| HyperDual::constant(x)).collect();
        assert_same_bits(twin(&lifted).value, value, &format!("{name}: value of the second copy"));
    }
    if let Some((want_grad, want_hv)) = f.by_definition(x, &v) {
        assert_close(&grad, &want_grad, tolerance, &format!("{name}: gradient at {x:?}"));
        assert_close(
            &hv,
            &want_hv,
            tolerance,
            &format!("{name}: Hessian-vector product at {x:?}, v = {v:?}"),
        );
    }
}

/// Checks everything at a point where the function is smooth.
#[track_caller]
pub fn check(f: &Derived<'_>, x: &[f64], tolerance: f64) {
    check_exact(f, x, tolerance);
    let v = point(&mut rng(0xd1f), x.len(), -1.0, 1.0);
    let at = |t: f64| -> Vec<f64> { x.iter().zip(&v).map(|(x, v)| x + t * v).collect() };
    let grad = (f.grad)(x);
    // NaN would agree with NaN.
    let finite = (f.value)(x).is_finite() && grad.iter().all(|g| g.is_finite());
    assert!(finite, "{}: value and gradient {grad:?} at {x:?} are not finite", f.name);
    let slope = richardson(|t| vec![(f.value)(&at(t))]);
    let size = (f.value)(x).abs() + grad.iter().zip(&v).map(|(g, v)| (g * v).abs()).sum::<f64>();
    // Steps of 1e-3 and Richardson's extrapolation: truncation and rounding each stay below 1e-9 of functions of unit scale.
    assert_within(
        &slope,
        &[dot(&grad, &v)],
        1e-6 * size,
        &format!("{}: finite difference of the value", f.name),
    );
    let hv = (f.hvp)(x, &v);
    let bound = 1e-6 * (largest(&hv) + largest(&grad));
    assert_within(
        &hv,
        &richardson(|t| (f.grad)(&at(t))),
        bound,
        &format!("{}: finite difference of the gradient", f.name),
    );
}

/// Checks everything at each of several points where the function is smooth.
#[track_caller]
pub fn check_everywhere(f: &Derived<'_>, points: &[Vec<f64>], tolerance: f64) {
    points.iter().for_each(|x| check(f, x, tolerance));
}

/// Checks the derivatives of a vector function: `jvp` by finite differences, `vjp` against `jvp`.
#[track_caller]
pub fn check_map(
    name: &str,
    x: &[f64],
    f: impl Fn(&[f64]) -> Vec<f64>,
    jvp: impl Fn(&[f64], &[f64]) -> (Vec<f64>, Vec<f64>),
    vjp: impl Fn(&[f64], &[f64]) -> Vec<f64>,
) {
    let mut rng = rng(0xf00d);
    let v = point(&mut rng, x.len(), -1.0, 1.0);
    let (value, value_dot) = jvp(x, &v);
    for (have, want) in value.iter().zip(f(x)) {
        assert_same_bits(*have, want, &format!("{name}: value of jvp"));
    }
    let at = |t: f64| -> Vec<f64> { x.iter().zip(&v).map(|(x, v)| x + t * v).collect() };
    assert_close(&value_dot, &richardson(|t| f(&at(t))), 1e-6, &format!("{name}: finite difference"));
    let w = point(&mut rng, value.len(), -1.0, 1.0);
    let (pulled, pushed) = (dot(&vjp(x, &w), &v), dot(&w, &value_dot));
    let size: f64 = w.iter().zip(&value_dot).map(|(w, d)| (w * d).abs()).sum();
    assert_within(&[pulled], &[pushed], 1e-9 * size, &format!("{name}: vjp against jvp"));
}

/// The derivative of `f` at 0: central differences of two steps, the leading error removed.
fn richardson(f: impl Fn(f64) -> Vec<f64>) -> Vec<f64> {
    let central = |h: f64| -> Vec<f64> { f(h).iter().zip(f(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect() };
    let (wide, narrow) = (central(1e-3), central(5e-4));
    wide.iter().zip(&narrow).map(|(wide, narrow)| (4.0 * narrow - wide) / 3.0).collect()
}
