//! Finance: a surface of implied volatilities fitted to the prices of options by the Black–Scholes formula.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

const SCALE: f64 = 0.231_641_9;
const SERIES: [f64; 5] = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
const DENSITY: f64 = 0.398_942_280_401_432_7;

/// The probability that a normal variable is below `x`, by formula 26.2.17 of Abramowitz and Stegun.
#[differentiable]
fn normal(x: f64) -> f64 {
    let size = x.abs();
    let t = 1.0 / (1.0 + SCALE * size);
    let series = t * (SERIES[0] + t * (SERIES[1] + t * (SERIES[2] + t * (SERIES[3] + t * SERIES[4]))));
    let tail = DENSITY * (-0.5 * x * x).exp() * series;
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// The sum of squared differences between model and quotes. A quote is ln(strike ÷ forward price), the time to maturity
/// and the price of a call, both prices divided by the forward price.
#[differentiable(wrt(surface))]
fn mispricing(surface: &[f64], quotes: &[[f64; 3]]) -> f64 {
    let mut sum = 0.0;
    for quote in quotes {
        let (m, root) = (quote[0], quote[1].sqrt());
        let log_volatility =
            surface[0] + surface[1] * m + surface[2] * m * m + surface[3] * root + surface[4] * m * root;
        let spread = log_volatility.exp() * root;
        let d = 0.5 * spread - m / spread;
        let price = normal(d) - m.exp() * normal(d - spread);
        let error = price - quote[2];
        sum += error * error;
    }
    sum
}

/// Quotes to fit.
#[derive(Debug)]
pub struct BlackScholes {
    quotes: Vec<[f64; 3]>,
}

/// The normal probability, as above, with its first two derivatives.
#[inline]
fn normal_by_hand(x: f64) -> [f64; 3] {
    let t = 1.0 / (1.0 + SCALE * x.abs());
    let [a, b, c, d, e] = SERIES;
    let series = t * (a + t * (b + t * (c + t * (d + t * e))));
    let first = a + t * (2.0 * b + t * (3.0 * c + t * (4.0 * d + t * 5.0 * e)));
    let second = 2.0 * b + t * (6.0 * c + t * (12.0 * d + t * 20.0 * e));
    // With respect to |x|: t' = -SCALE t².
    let t_slope = -SCALE * t * t;
    let series_slope = first * t_slope;
    let series_bend = second * t_slope * t_slope - 2.0 * SCALE * t * t_slope * first;
    let (size, density) = (x.abs(), DENSITY * (-0.5 * x * x).exp());
    let tail = density * series;
    let slope = density * (size * series - series_slope);
    let bend = density * (series_bend - 2.0 * size * series_slope + (size * size - 1.0) * series);
    if x < 0.0 { [tail, slope, bend] } else { [1.0 - tail, slope, -bend] }
}

/// The powers that the surface's coefficients multiply, the error, and the first two derivatives of the price by the
/// logarithm of the volatility.
#[inline]
fn priced(surface: &[f64], [m, time, price]: [f64; 3]) -> ([f64; 5], [f64; 3]) {
    let root = time.sqrt();
    let powers = [1.0, m, m * m, root, m * root];
    let spread = powers.iter().zip(surface).map(|(p, s)| p * s).sum::<f64>().exp() * root;
    let (half, ratio) = (0.5 * spread, m / spread);
    let strike = m.exp();
    let (upper, lower) = (normal_by_hand(half - ratio), normal_by_hand(-half - ratio));
    // Along the logarithm, spread' = spread: d' = half + ratio, d'' = half - ratio, and with -half for the other.
    let (u, l) = (half + ratio, ratio - half);
    let first = upper[1] * u - strike * lower[1] * l;
    let second = upper[2] * u * u + upper[1] * (half - ratio)
        - strike * (lower[2] * l * l - lower[1] * (half + ratio));
    (powers, [upper[0] - strike * lower[0] - price, first, second])
}

impl BlackScholes {
    /// `count` quotes.
    #[must_use]
    pub fn new(count: usize) -> BlackScholes {
        let mut sample = Sample::new(12);
        let mut quote = || [0.3 * sample.draw(), 1.1 + sample.draw(), 0.15 + 0.1 * sample.draw()];
        BlackScholes { quotes: (0..count).map(|_| quote()).collect() }
    }
}

fn normal_of<N: Number>(x: N) -> N {
    let one = N::constant(1.0);
    let t = one / (one + if x.value() < 0.0 { -x } else { x }.times(SCALE));
    let series = SERIES.iter().rev().fold(N::constant(0.0), |sum, term| t * (N::constant(*term) + sum));
    let tail = (x * x).times(-0.5).exp().times(DENSITY) * series;
    if x.value() < 0.0 { tail } else { one - tail }
}

impl Workload for BlackScholes {
    fn name(&self) -> String {
        format!("black-scholes {}", self.quotes.len())
    }

    fn point(&self) -> Vec<f64> {
        vec![-1.4, -0.2, 0.5, -0.1, 0.05]
    }

    fn objective(&self) -> impl Objective {
        mispricing::objective(&self.quotes)
    }

    fn generic<N: Number>(&self, surface: &[N]) -> N {
        let mut sum = N::constant(0.0);
        for [m, time, price] in &self.quotes {
            let root = time.sqrt();
            let powers = [1.0, *m, m * m, root, m * root];
            let terms = powers.iter().zip(surface).map(|(p, s)| s.times(*p));
            let spread = terms.fold(N::constant(0.0), |sum, term| sum + term).exp().times(root);
            let d = spread.times(0.5) - N::constant(*m) / spread;
            let error = normal_of(d) - normal_of(d - spread).times(m.exp()) - N::constant(*price);
            sum = sum + error * error;
        }
        sum
    }

    fn hand_grad(&self, surface: &[f64], grad: &mut [f64]) {
        grad.fill(0.0);
        for quote in &self.quotes {
            let (powers, [error, slope, _]) = priced(surface, *quote);
            let factor = 2.0 * error * slope;
            grad.iter_mut().zip(powers).for_each(|(g, p)| *g += factor * p);
        }
    }

    fn hand_hvp(&self, surface: &[f64], v: &[f64], hv: &mut [f64]) {
        hv.fill(0.0);
        for quote in &self.quotes {
            let (powers, [error, slope, bend]) = priced(surface, *quote);
            let along: f64 = powers.iter().zip(v).map(|(p, v)| p * v).sum();
            let factor = 2.0 * (slope * slope + error * bend) * along;
            hv.iter_mut().zip(powers).for_each(|(h, p)| *h += factor * p);
        }
    }
}
