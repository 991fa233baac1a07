//! Spectroscopy: peaks of Lorentz and Gauss on a background, fitted to a spectrum.

use hvp::differentiable;

use super::{Fit, weight};
use crate::sample::Sample;

/// What the model says less what was measured. A peak is a height, a place and a width; the last parameter is the
/// background.
#[differentiable(wrt(p))]
fn misfits(p: &[f64], spectrum: &[[f64; 2]]) -> Vec<f64> {
    let peaks = p.len() / 3;
    let mut misfits = vec![0.0; spectrum.len()];
    for (i, &[at, counts]) in spectrum.iter().enumerate() {
        let mut sum = p[3 * peaks] - counts;
        for k in 0..peaks {
            let z = (at - p[3 * k + 1]) / p[3 * k + 2];
            sum += p[3 * k] * (-0.5 * z * z).exp();
        }
        misfits[i] = sum;
    }
    misfits
}

/// A spectrum to fit.
#[derive(Debug)]
pub struct Peaks {
    peaks: usize,
    spectrum: Vec<[f64; 2]>,
}

impl Peaks {
    /// A spectrum of `count` channels.
    #[must_use]
    pub fn new(count: usize, peaks: usize) -> Peaks {
        let mut sample = Sample::new(22);
        let spectrum = (0..count).map(|i| [i as f64 / count as f64, 1.0 + 0.3 * sample.draw()]).collect();
        Peaks { peaks, spectrum }
    }

    /// Each peak's distance, share and height, and what the model says less what was measured.
    fn misfit(p: &[f64], [at, counts]: [f64; 2], mut each: impl FnMut(usize, f64, f64, f64)) -> f64 {
        let (background, peaks) = p.split_last().expect("there is a background");
        let mut sum = background - counts;
        for (k, peak) in peaks.chunks_exact(3).enumerate() {
            let (height, by) = (peak[0], 1.0 / peak[2]);
            let z = (at - peak[1]) * by;
            let share = (-0.5 * z * z).exp();
            sum += height * share;
            let slope = height * share * z * by;
            each(3 * k, share, slope, slope * z);
        }
        sum
    }
}

impl Fit for Peaks {
    type Values = Vec<f64>;
    type Rows = Vec<Vec<f64>>;

    fn name(&self) -> String {
        format!("peaks {}x{}", self.spectrum.len(), 3 * self.peaks + 1)
    }

    fn point(&self) -> Vec<f64> {
        let mut point = Vec::new();
        for k in 0..self.peaks {
            point.extend([1.0 + 0.2 * k as f64, (k as f64 + 0.5) / self.peaks as f64, 0.1]);
        }
        point.push(0.3);
        point
    }

    fn value(&self, p: &[f64]) -> Vec<f64> {
        misfits(p, &self.spectrum)
    }

    fn jacobian(&self, p: &[f64]) -> Vec<Vec<f64>> {
        misfits_jacobian(p, &self.spectrum)
    }

    fn hand_jacobian(&self, p: &[f64]) -> Vec<Vec<f64>> {
        let row = |channel: &[f64; 2]| {
            let mut row = vec![1.0; p.len()];
            Peaks::misfit(p, *channel, |k, share, slope, bend| {
                row[k..k + 3].copy_from_slice(&[share, slope, bend]);
            });
            row
        };
        self.spectrum.iter().map(row).collect()
    }

    fn jvp(&self, p: &[f64], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
        misfits_jvp(p, &self.spectrum, v)
    }

    fn hand_jvp(&self, p: &[f64], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let one = |channel: &[f64; 2]| {
            let mut dot = v[v.len() - 1];
            let value = Peaks::misfit(p, *channel, |k, share, slope, bend| {
                dot += share * v[k] + slope * v[k + 1] + bend * v[k + 2];
            });
            (value, dot)
        };
        self.spectrum.iter().map(one).unzip()
    }

    fn vjp(&self, p: &[f64]) -> Vec<f64> {
        let weights: Vec<f64> = (0..self.spectrum.len()).map(weight).collect();
        misfits_vjp(p, &self.spectrum, &weights)
    }

    fn hand_vjp(&self, p: &[f64]) -> Vec<f64> {
        let weights: Vec<f64> = (0..self.spectrum.len()).map(weight).collect();
        let mut bar = vec![0.0; p.len()];
        for (channel, w) in self.spectrum.iter().zip(weights) {
            Peaks::misfit(p, *channel, |k, share, slope, bend| {
                bar[k] += w * share;
                bar[k + 1] += w * slope;
                bar[k + 2] += w * bend;
            });
            bar[p.len() - 1] += w;
        }
        bar
    }

    fn numbers(values: &Vec<f64>) -> Vec<f64> {
        values.clone()
    }

    fn entries(rows: &Vec<Vec<f64>>) -> Vec<f64> {
        rows.concat()
    }
}
