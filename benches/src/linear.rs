//! What linearising an objective costs, and what it saves.

use std::fmt::{self, Write as _};
use std::hint::black_box;

use hvp::Objective;

use crate::clock::{Budget, medians};
use crate::table::{BLOCK, Measure, directions, each};
use crate::workload::Workload;

/// Seconds of one call each.
#[derive(Clone, Debug)]
pub struct Row {
    name: String,
    product: f64,
    block: f64,
    linearize: f64,
    replay: f64,
    replay_block: f64,
}

struct Costs(Budget);

impl Measure for Costs {
    type Row = Row;
    fn measure<W: Workload>(&self, workload: &W) -> Row {
        let x = &workload.point()[..];
        let n = x.len();
        let f = workload.objective();
        let operator = f.linearize(x);
        let blocks = directions(n, BLOCK);
        let v = &blocks[..n];
        let [mut hv, mut hl] = [(); 2].map(|()| vec![0.0; n]);
        let [mut hs, mut hls] = [(); 2].map(|()| vec![0.0; n * BLOCK]);
        let [product, block, linearize, replay, replay_block] = medians(
            self.0,
            [
                &mut || f.hvp(black_box(x), black_box(v), black_box(&mut hv)),
                &mut || f.hvp_block(black_box(x), black_box(&blocks), black_box(&mut hs)),
                &mut || drop(black_box(f.linearize(black_box(x)))),
                &mut || operator.apply(black_box(v), black_box(&mut hl)),
                &mut || operator.apply_block(black_box(&blocks), black_box(&mut hls)),
            ],
        );
        assert_eq!(
            (&hv, &hs),
            (&hl, &hls),
            "{}: a linearised product has the bits of a product",
            workload.name()
        );
        Row { name: workload.name(), product, block, linearize, replay, replay_block }
    }
}

impl Row {
    /// From how many products on linearising is cheaper.
    fn pays_from(&self) -> Option<f64> {
        let saved = self.product - self.replay;
        (saved > 0.02 * self.product).then(|| (self.linearize / saved).ceil().max(1.0))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [linearize, replay] = [self.linearize, self.replay].map(|time| time / self.product);
        write!(f, "| {} | {:.3} ", self.name, self.product * 1e6)?;
        write!(f, "| {linearize:.2} | {replay:.2} | {:.2} ", self.replay_block / self.block)?;
        match self.pays_from() {
            Some(products) => write!(f, "| {products} |"),
            None => write!(f, "| – |"),
        }
    }
}

/// The table as Markdown, of the workloads whose name contains `only`.
#[must_use]
pub fn markdown(only: &str, budget: Budget) -> String {
    let mut text = String::from(
        "| function | H·v, µs | linearise ÷ H·v | product ÷ H·v | of a block ÷ block | pays from products |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for row in each(only, &Costs(budget)) {
        let _ = writeln!(text, "{row}");
    }
    text
}
