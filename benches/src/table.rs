//! The table of ratios to hand-written code.

use std::fmt::{self, Write as _};
use std::hint::black_box;

use hvp::Objective;

use crate::clock::{Budget, median, medians};
use crate::rivals::{ALL, Rival};
use crate::workload::Workload;
use crate::workloads::{
    Adjustment, BlackScholes, Brusselator, Burgers, Clusters, LennardJones, Logistic, LotkaVolterra, Mixture,
    Perceptron, Recurrent, Rosenbrock,
};

/// Directions of a block.
pub const BLOCK: usize = 8;
/// Products at one point, to which what linearising costs is spread.
pub const PRODUCTS: usize = 20;
/// Functions that take longer than this many seconds are not given to other crates, which would need minutes.
const LONGEST: f64 = 0.02;

/// Seconds of one call each.
#[derive(Clone, Debug)]
pub struct Row {
    /// The workload.
    pub name: String,
    /// The number of variables.
    pub n: usize,
    /// The function itself.
    pub value: f64,
    /// The gradient by hand and as generated.
    pub grad: [f64; 2],
    /// The Hessian-vector product by hand and as generated.
    pub hvp: [f64; 2],
    /// Value and gradient together, generated.
    pub value_and_grad: f64,
    /// A block of directions, for each.
    pub block: f64,
    /// A product of the linearised objective, linearising included.
    pub linearized: f64,
    /// Gradient and product by other crates.
    pub rivals: Vec<(Rival, f64, f64)>,
    /// The largest relative difference to the derivatives by hand.
    pub error: f64,
}

/// The directions that are taken: `columns` of length `n`.
#[must_use]
pub fn directions(n: usize, columns: usize) -> Vec<f64> {
    (0..n * columns).map(|i| ((i * 7 + i / n) % 11) as f64 * 0.2 - 1.0).collect()
}

/// The largest difference, relative to the largest entry of `right`.
#[must_use]
pub fn error(wrong: &[f64], right: &[f64]) -> f64 {
    let scale = right.iter().fold(f64::MIN_POSITIVE, |a, b| a.max(b.abs()));
    wrong.iter().zip(right).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs() / scale))
}

/// Times one workload.
pub fn measure<W: Workload>(workload: &W, budget: Budget) -> Row {
    let x = &workload.point()[..];
    let n = x.len();
    let f = workload.objective();
    let blocks = directions(n, BLOCK);
    let v = &blocks[..n];
    let [mut g, mut g_hand, mut h, mut h_hand, mut vg, mut hl] = [(); 6].map(|()| vec![0.0; n]);
    let mut hs = vec![0.0; n * BLOCK];
    let [value, grad_hand, grad, hvp_hand, hvp, value_and_grad, block, linearized] = medians(
        budget,
        [
            &mut || _ = black_box(f.value(black_box(x))),
            &mut || workload.hand_grad(black_box(x), black_box(&mut g_hand)),
            &mut || f.grad(black_box(x), black_box(&mut g)),
            &mut || workload.hand_hvp(black_box(x), black_box(v), black_box(&mut h_hand)),
            &mut || f.hvp(black_box(x), black_box(v), black_box(&mut h)),
            &mut || _ = black_box(f.value_and_grad(black_box(x), black_box(&mut vg))),
            &mut || f.hvp_block(black_box(x), black_box(&blocks), black_box(&mut hs)),
            &mut || {
                let operator = f.linearize(black_box(x));
                (0..PRODUCTS).for_each(|_| operator.apply(black_box(v), black_box(&mut hl)));
            },
        ],
    );
    let errors = [
        error(&g, &g_hand),
        error(&vg, &g_hand),
        error(&h, &h_hand),
        error(&hs[..n], &h_hand),
        error(&hl, &h_hand),
    ];
    let same = f.value(x).to_bits() == f.value_and_grad(x, &mut vg).to_bits();
    let mut row = Row {
        name: workload.name(),
        n,
        value,
        grad: [grad_hand, grad],
        hvp: [hvp_hand, hvp],
        value_and_grad,
        block: block / BLOCK as f64,
        linearized: linearized / PRODUCTS as f64,
        rivals: Vec::new(),
        error: if same { errors.into_iter().fold(0.0, f64::max) } else { f64::INFINITY },
    };
    if value < LONGEST {
        row.rivals = ALL
            .iter()
            .map(|rival| time_rival(*rival, workload, (x, v), budget, (&g_hand, &h_hand)))
            .collect();
    }
    row
}

fn time_rival<W: Workload>(
    rival: Rival,
    workload: &W,
    (x, v): (&[f64], &[f64]),
    budget: Budget,
    (grad, hv): (&[f64], &[f64]),
) -> (Rival, f64, f64) {
    let passes = rival.passes(x.len()) as f64;
    let (mut g, mut h) = (0.0, 0.0);
    let grad_time = median(budget, &mut || {
        g = black_box(rival.grad(workload, black_box(x), 0));
    });
    let hvp_time = median(budget, &mut || {
        h = black_box(rival.hvp(workload, black_box((x, v)), 0));
    });
    for (ours, theirs, all) in [(grad[0], g, grad), (hv[0], h, hv)] {
        let scale = all.iter().fold(f64::MIN_POSITIVE, |a, b| a.max(b.abs()));
        assert!(
            (ours - theirs).abs() < 1e-6 * scale,
            "{} of {}: {theirs}, not {ours}",
            workload.name(),
            rival.name()
        );
    }
    (rival, passes * grad_time, passes * hvp_time)
}

/// What is measured of each workload.
pub trait Measure {
    /// One row of a table.
    type Row;
    /// Measures one workload.
    fn measure<W: Workload>(&self, workload: &W) -> Self::Row;
}

struct Ratios(Budget);

impl Measure for Ratios {
    type Row = Row;
    fn measure<W: Workload>(&self, workload: &W) -> Row {
        measure(workload, self.0)
    }
}

/// Times every workload whose name contains `only`.
#[must_use]
pub fn rows(only: &str, budget: Budget) -> Vec<Row> {
    each(only, &Ratios(budget))
}

/// Measures every workload whose name contains `only`.
pub fn each<M: Measure>(only: &str, what: &M) -> Vec<M::Row> {
    let rows = [
        row(only, what, &Mixture::new(1000, 10, 25)),
        row(only, what, &Mixture::new(500, 64, 25)),
        row(only, what, &Logistic::new(10_000, 100)),
        row(only, what, &LotkaVolterra::new(100)),
        row(only, what, &Rosenbrock { n: 100 }),
        row(only, what, &Rosenbrock { n: 10_000 }),
        row(only, what, &Rosenbrock { n: 1_000_000 }),
        row(only, what, &Brusselator::new(256, 200)),
        row(only, what, &Burgers::new(256, 200)),
        row(only, what, &LennardJones::new(8)),
        row(only, what, &Clusters::new(5_000, 16, 8)),
        row(only, what, &Perceptron::new(2_000, 32, 32)),
        row(only, what, &Recurrent::new(500, 16, 32)),
        row(only, what, &Adjustment::new(20, 500, 6)),
        row(only, what, &BlackScholes::new(1_000)),
    ];
    rows.into_iter().flatten().collect()
}

fn row<W: Workload, M: Measure>(only: &str, what: &M, workload: &W) -> Option<M::Row> {
    workload.name().contains(only).then(|| what.measure(workload))
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([hand_g, g], [hand_h, h]) = (self.grad, self.hvp);
        write!(f, "| {} | {:.3} | {:.2} | {:.2} ", self.name, self.value * 1e6, g / hand_g, h / hand_h)?;
        let together = self.value_and_grad / (self.value + hand_g);
        write!(f, "| {:.2} | {:.2} | {:.2} ", together, self.block / hand_h, self.linearized / hand_h)?;
        for rival in ALL {
            match self.rivals.iter().find(|(other, ..)| *other == rival) {
                Some((_, grad, hvp)) => write!(f, "| {} | {} ", short(grad / hand_g), short(hvp / hand_h))?,
                None => write!(f, "| – | – ")?,
            }
        }
        write!(f, "|")
    }
}

/// Two significant digits.
fn short(ratio: f64) -> String {
    if ratio < 10.0 {
        return format!("{ratio:.1}");
    }
    let unit = 10_f64.powf(ratio.log10().floor() - 1.0);
    format!("{:.0}", (ratio / unit).round() * unit)
}

/// The table as Markdown, with geometric means that weigh each function once, its sizes together.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| function | value, µs | grad | H·v | value and grad | block | linearised ");
    for rival in ALL {
        let _ = write!(text, "| {0} grad | {0} H·v ", rival.name());
    }
    text += "|\n|---";
    text += &"|---:".repeat(6 + 2 * ALL.len());
    text += "|\n";
    for row in rows {
        let _ = writeln!(text, "{row}");
    }
    let ratios: [fn(&Row) -> f64; 4] = [
        |row| row.grad[1] / row.grad[0],
        |row| row.hvp[1] / row.hvp[0],
        |row| row.block / row.hvp[0],
        |row| row.value_and_grad / (row.value + row.grad[0]),
    ];
    let [grad, hvp, block, both] = ratios.map(|ratio| mean(rows, ratio));
    let worst = rows.iter().map(|row| row.error).fold(0.0, f64::max);
    let means = format!("\nMeans: grad {grad:.2}, H·v {hvp:.2}, block {block:.2}, value and grad {both:.2}.");
    let _ = writeln!(text, "{means} Largest relative difference to the derivatives by hand: {worst:.1e}.");
    text
}

fn mean(rows: &[Row], ratio: fn(&Row) -> f64) -> f64 {
    let function = |row: &Row| row.name.split(' ').next().unwrap_or_default().to_owned();
    let mut functions: Vec<String> = rows.iter().map(function).collect();
    functions.dedup();
    let mean_of = |name: &String| {
        let own = rows.iter().filter(|row| function(row) == *name);
        let logs: Vec<f64> = own.map(|row| ratio(row).ln()).collect();
        logs.iter().sum::<f64>() / logs.len() as f64
    };
    (functions.iter().map(mean_of).sum::<f64>() / functions.len() as f64).exp()
}
