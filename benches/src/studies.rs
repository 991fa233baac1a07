//! How times grow: with the number of variables and with the width of a block.

use std::hint::black_box;

use hvp::Objective;

use crate::chart::{Chart, Scale, Series};
use crate::clock::{Budget, median, medians};
use crate::rivals::{ALL, Rival};
use crate::table::{Row, directions};
use crate::workload::Workload;
use crate::workloads::{Brusselator, Logistic, LotkaVolterra, Mixture, Perceptron, Rosenbrock};

/// Nanoseconds for each variable of the Rosenbrock function, by its number of variables.
#[must_use]
pub fn scaling(budget: Budget) -> Chart {
    let names = ["gradient by hand", "gradient, hvp", "H·v by hand", "H·v, hvp", "H·v, echidna"];
    let mut series = names.map(Series::new);
    for n in [10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000] {
        let workload = Rosenbrock { n };
        let (x, v) = (&workload.point()[..], &directions(n, 1)[..]);
        let f = workload.objective();
        let [mut g_hand, mut g, mut h_hand, mut h] = [(); 4].map(|()| vec![0.0; n]);
        let [a, b, c, d] = medians(
            budget,
            [
                &mut || workload.hand_grad(black_box(x), black_box(&mut g_hand)),
                &mut || f.grad(black_box(x), black_box(&mut g)),
                &mut || workload.hand_hvp(black_box(x), black_box(v), black_box(&mut h_hand)),
                &mut || f.hvp(black_box(x), black_box(v), black_box(&mut h)),
            ],
        );
        let tape = median(budget, &mut || {
            _ = black_box(Rival::Echidna.hvp(&workload, (x, v), 0));
        });
        for (series, time) in series.iter_mut().zip([a, b, c, d, tape]) {
            series.points.push((n as f64, 1e9 * time / n as f64));
        }
    }
    Chart {
        title: "Rosenbrock function: time for each variable",
        labels: ["number of variables", "nanoseconds"],
        scales: [Scale::Logarithmic, Scale::Logarithmic],
        series: series.into(),
    }
}

/// Each direction's share of a block, as a part of a single product by hand.
#[must_use]
pub fn block_width(budget: Budget) -> Chart {
    Chart {
        title: "Blocks: time for each direction ÷ one product by hand",
        labels: ["directions in the block", "ratio"],
        scales: [Scale::Logarithmic, Scale::Linear],
        series: vec![
            widths(budget, &Mixture::new(300, 10, 25)),
            widths(budget, &Logistic::new(2_000, 100)),
            widths(budget, &LotkaVolterra::new(100)),
            widths(budget, &Rosenbrock { n: 10_000 }),
            widths(budget, &Brusselator::new(128, 50)),
            widths(budget, &Perceptron::new(500, 32, 32)),
        ],
    }
}

fn widths<W: Workload>(budget: Budget, workload: &W) -> Series {
    let x = workload.point();
    let (n, f) = (x.len(), workload.objective());
    let mut series = Series::new(workload.name());
    for width in [1, 2, 4, 8, 16, 32] {
        let v = directions(n, width);
        let (mut by_hand, mut hv) = (vec![0.0; n], vec![0.0; n * width]);
        let [hand, block] = medians(
            budget,
            [
                &mut || workload.hand_hvp(black_box(&x), black_box(&v[..n]), black_box(&mut by_hand)),
                &mut || f.hvp_block(black_box(&x), black_box(&v), black_box(&mut hv)),
            ],
        );
        series.points.push((width as f64, block / width as f64 / hand));
    }
    series
}

/// The ratios of the table: Hessian-vector products ÷ those by hand, a row for each function.
#[must_use]
pub fn ratios(rows: &[Row]) -> (Vec<String>, Vec<Series>) {
    let names = rows.iter().map(|row| row.name.clone()).collect();
    let mut all = vec![Series::new("hvp")];
    all.extend(ALL.map(|rival| Series::new(rival.name())));
    for (at, row) in rows.iter().enumerate() {
        all[0].points.push((row.hvp[1] / row.hvp[0], at as f64));
        for (series, rival) in all[1..].iter_mut().zip(ALL) {
            let times = row.rivals.iter().find(|(other, ..)| *other == rival);
            series.points.extend(times.map(|(_, _, hvp)| (hvp / row.hvp[0], at as f64)));
        }
    }
    (names, all)
}
