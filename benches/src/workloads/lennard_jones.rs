//! Molecular physics: the Lennard-Jones energy of a cluster of atoms, a sum over all pairs.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::sample::Sample;
use crate::workload::Workload;

/// The energy of atoms at `x`, three coordinates each, in units of the depth of the potential and of its radius.
#[differentiable]
fn energy(x: &[f64]) -> f64 {
    let n = x.len() / 3;
    let mut energy = 0.0;
    for i in 0..n {
        for j in 0..i {
            let dx = x[3 * i] - x[3 * j];
            let dy = x[3 * i + 1] - x[3 * j + 1];
            let dz = x[3 * i + 2] - x[3 * j + 2];
            let r2 = dx * dx + dy * dy + dz * dz;
            let s = 1.0 / (r2 * r2 * r2);
            energy += 4.0 * (s * s - s);
        }
    }
    energy
}

/// A cube of atoms that are somewhat displaced.
#[derive(Debug)]
pub struct LennardJones {
    side: usize,
}

impl LennardJones {
    /// `side` atoms in each direction.
    #[must_use]
    pub fn new(side: usize) -> LennardJones {
        LennardJones { side }
    }
}

/// How far apart two atoms are.
fn difference(a: &[f64; 3], b: &[f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Of a pair's energy twice the first derivative by the square of the distance, and four times the second.
fn slopes(r2: f64) -> [f64; 2] {
    let inverse = 1.0 / r2;
    let s = inverse * inverse * inverse;
    [24.0 * inverse * s * (1.0 - 2.0 * s), 96.0 * inverse * inverse * s * (7.0 * s - 2.0)]
}

impl Workload for LennardJones {
    fn name(&self) -> String {
        format!("lennard-jones {}", self.side.pow(3))
    }

    fn point(&self) -> Vec<f64> {
        let mut sample = Sample::new(23);
        let atoms = 0..self.side.pow(3);
        let places =
            atoms.flat_map(|atom| [atom % self.side, atom / self.side % self.side, atom / self.side.pow(2)]);
        places.map(|place| 1.2 * place as f64 + 0.1 * sample.draw()).collect()
    }

    fn objective(&self) -> impl Objective {
        energy::objective()
    }

    fn generic<N: Number>(&self, x: &[N]) -> N {
        let n = x.len() / 3;
        let mut energy = N::constant(0.0);
        for i in 0..n {
            for j in 0..i {
                let [dx, dy, dz] = [0, 1, 2].map(|k| x[3 * i + k] - x[3 * j + k]);
                let r2 = dx * dx + dy * dy + dz * dz;
                let s = N::constant(1.0) / (r2 * r2 * r2);
                energy = energy + (s * s - s).times(4.0);
            }
        }
        energy
    }

    fn hand_grad(&self, x: &[f64], grad: &mut [f64]) {
        let (x, _) = x.as_chunks::<3>();
        let (grad, _) = grad.as_chunks_mut::<3>();
        grad.fill([0.0; 3]);
        for i in 0..x.len() {
            let (others, own) = grad.split_at_mut(i);
            let mut sum = [0.0; 3];
            for (other, to) in x[..i].iter().zip(others) {
                let d = difference(&x[i], other);
                let [slope, _] = slopes(dot(&d, &d));
                for k in 0..3 {
                    let part = slope * d[k];
                    sum[k] += part;
                    to[k] -= part;
                }
            }
            for k in 0..3 {
                own[0][k] += sum[k];
            }
        }
    }

    fn hand_hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        let ((x, _), (v, _)) = (x.as_chunks::<3>(), v.as_chunks::<3>());
        let (hv, _) = hv.as_chunks_mut::<3>();
        hv.fill([0.0; 3]);
        for i in 0..x.len() {
            let (others, own) = hv.split_at_mut(i);
            let mut sum = [0.0; 3];
            for ((other, other_v), to) in x[..i].iter().zip(v).zip(others) {
                let (d, d_dot) = (difference(&x[i], other), difference(&v[i], other_v));
                let [slope, bend] = slopes(dot(&d, &d));
                let along = bend * dot(&d, &d_dot);
                for k in 0..3 {
                    let change = slope * d_dot[k] + along * d[k];
                    sum[k] += change;
                    to[k] -= change;
                }
            }
            for k in 0..3 {
                own[0][k] += sum[k];
            }
        }
    }
}
