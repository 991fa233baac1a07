//! How far `AdaHessian` comes on Rosenbrock's function, as a prototype measured it: medians of f over eleven seeds, five in a
//! hundred variables.

#![allow(dead_code, reason = "each program takes what it needs")]

use hvp::reference::Rosenbrock;
use hvp::{AdaHessian, Curvature, Objective};

/// After so many steps f is looked at.
pub(crate) const STEPS: [usize; 3] = [100, 1_000, 10_000];

/// f above this is called divergence: at the starts it is below 30,000.
const FAR: f64 = 1e5;

/// Options from a start, and the known medians; `None` where f is known to diverge.
pub(crate) struct Row {
    pub(crate) start: (&'static str, Vec<f64>),
    pub(crate) options: (&'static str, AdaHessian),
    pub(crate) known: Option<[f64; 3]>,
}

/// The starting points.
pub(crate) fn starts() -> [(&'static str, Vec<f64>); 5] {
    let classic = |n: usize| (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
    [
        ("(-2, 2)", vec![-2.0, 2.0]),
        ("(2.2, 0.21)", vec![2.2, 0.21]),
        ("classic, n = 2", classic(2)),
        ("classic, n = 10", classic(10)),
        ("classic, n = 100", classic(100)),
    ]
}

/// What is changed of the published options. The mean over ten probes was one of z∘(H z), with its signs.
pub(crate) fn options() -> [(&'static str, AdaHessian); 6] {
    let published = AdaHessian::default();
    [
        ("published", published.clone()),
        ("power 0.5", AdaHessian { hessian_power: 0.5, ..published.clone() }),
        ("rate 1", AdaHessian { learning_rate: 1.0, ..published.clone() }),
        ("rate 0.1, ε 1e-8", AdaHessian { learning_rate: 0.1, epsilon: 1e-8, ..published.clone() }),
        ("update every 10", AdaHessian { update_every: 10, ..published.clone() }),
        ("10 probes, signed", AdaHessian { probes: 10, curvature: Curvature::Diagonal, ..published }),
    ]
}

/// The table: for each start one line for each of the options, where it is known.
pub(crate) fn rows() -> Vec<Row> {
    let known: [[Option<Option<[f64; 3]>>; 6]; 5] = [
        [
            Some(Some([6.6, 6.1, 7.6e-2])),
            Some(None),
            Some(Some([5.3, 6.7e-1, 4.3e-8])),
            Some(Some([6.6, 6.3, 1.7])),
            Some(Some([6.6, 6.2, 8.8e-2])),
            Some(Some([7.2, 6.5, 2.6e-2])),
        ],
        [
            Some(Some([3.6e-2, 2.6e-2, 5.7e-3])),
            Some(None),
            Some(Some([6.5e-1, 1.6e-2, 8.4e-9])),
            Some(Some([6.1e-2, 4.8e-2, 2.0e-2])),
            Some(Some([8.5e-2, 5.5e-2, 1.4e-2])),
            Some(Some([5.0e-1, 4.5e-1, 1.3e-1])),
        ],
        [
            Some(Some([4.2, 3.4, 1.2e-2])),
            Some(Some([5.5, 2.9e-3, 1.7e-24])),
            Some(Some([3.5, 4.4e-2, 1.3e-8])),
            Some(Some([4.2, 3.7, 3.6e-2])),
            Some(Some([4.2, 3.4, 1.2e-2])),
            Some(Some([4.3, 3.1, 4.2e-3])),
        ],
        [
            Some(Some([9.6, 8.1, 2.4e-2])),
            Some(None),
            Some(Some([7.8, 4.5e-2, 5.6e-9])),
            None,
            Some(Some([9.6, 8.6, 2.6e-2])),
            None,
        ],
        [
            Some(Some([9.9e1, 9.6e1, 7.2e1])),
            Some(None),
            Some(Some([9.7e1, 7.9e1, 1.1e-6])),
            Some(Some([1.0e2, 9.8e1, 8.3e1])),
            Some(Some([1.0e2, 9.6e1, 7.2e1])),
            Some(Some([9.9e1, 9.6e1, 6.7e1])),
        ],
    ];
    let mut rows = Vec::new();
    for (start, known) in starts().into_iter().zip(known) {
        for (options, known) in options().into_iter().zip(known) {
            rows.extend(known.map(|known| Row { start: start.clone(), options, known }));
        }
    }
    rows
}

impl Row {
    /// The number of seeds behind the known medians.
    pub(crate) fn seeds(&self) -> u64 {
        if self.start.1.len() < 100 { 11 } else { 5 }
    }

    /// The products of a whole run.
    pub(crate) fn products(&self) -> usize {
        let method = &self.options.1;
        STEPS[2].div_ceil(method.update_every) * method.probes
    }

    /// f after [`STEPS`], sorted over the seeds; infinite where it diverges.
    pub(crate) fn values(&self, seeds: u64) -> [Vec<f64>; 3] {
        let mut values = [const { Vec::new() }; 3];
        for seed in 0..seeds {
            for (values, value) in values.iter_mut().zip(self.run(seed)) {
                values.push(value);
            }
        }
        values.iter_mut().for_each(|values| values.sort_by(f64::total_cmp));
        values
    }

    fn run(&self, seed: u64) -> [f64; 3] {
        let mut x = self.start.1.clone();
        let mut descent = AdaHessian { seed, ..self.options.1.clone() }.start(x.len());
        let mut taken = 0;
        STEPS.map(|steps| {
            let alive = (taken..steps).all(|_| descent.step(&Rosenbrock, &mut x).is_ok());
            taken = steps;
            let value = Rosenbrock.value(&x);
            if alive && value < FAR { value } else { f64::INFINITY }
        })
    }
}
