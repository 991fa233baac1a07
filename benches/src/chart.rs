//! Charts as SVG text.

use std::fmt::Write as _;

/// How numbers become lengths along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly, from zero.
    Linear,
    /// By powers of ten.
    Logarithmic,
}

/// A named set of points, joined in order.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the legend says.
    pub name: String,
    /// Abscissa and ordinate.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// No points yet.
    pub fn new(name: impl Into<String>) -> Series {
        Series { name: name.into(), points: Vec::new() }
    }
}

/// A chart of lines.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The line above.
    pub title: &'static str,
    /// What the axes mean.
    pub labels: [&'static str; 2],
    /// How they are divided.
    pub scales: [Scale; 2],
    /// The lines.
    pub series: Vec<Series>,
}

const WIDTH: f64 = 760.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 540.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 330.0;
/// Colours that the colour-blind can tell apart (Okabe and Ito).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// One axis: which numbers it covers and where they lie.
struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(scale: Scale, values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Axis {
        let (mut low, mut high) = values.fold((f64::INFINITY, 0.0_f64), |(a, b), x| (a.min(x), b.max(x)));
        match scale {
            Scale::Linear => (low, high) = (0.0, 1.05 * high),
            Scale::Logarithmic => (low, high) = (low / 1.1, high * 1.1),
        }
        Axis { scale, low, high, from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let part = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Logarithmic => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        self.from + part * (self.to - self.from)
    }

    /// Round numbers on the axis.
    fn ticks(&self) -> Vec<f64> {
        let inside = |tick: &f64| (self.low..=self.high).contains(tick);
        match self.scale {
            Scale::Linear => {
                let step = round_step((self.high - self.low) / 6.0);
                (0..20).map(|k| f64::from(k) * step).filter(inside).collect()
            }
            Scale::Logarithmic if self.high / self.low < 100.0 => {
                (-20..20).map(|k| 2_f64.powi(k)).filter(inside).collect()
            }
            Scale::Logarithmic => (-12..12).map(|k| 10_f64.powi(k)).filter(inside).collect(),
        }
    }
}

fn round_step(at_least: f64) -> f64 {
    let unit = 10_f64.powf(at_least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|k| k * unit).into_iter().find(|step| *step >= at_least).unwrap_or(unit)
}

fn number(value: f64) -> String {
    if value >= 10_000.0 {
        let power = value.log10().round();
        return format!("10<tspan dy='-5' font-size='9'>{power}</tspan>");
    }
    let digits = format!("{value:.4}");
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn head(title: &str, height: f64) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' font-family='sans-serif' font-size='12'>\n\
         <rect width='100%' height='100%' fill='white'/>\n\
         <text x='{LEFT}' y='24' font-size='15' font-weight='bold'>{title}</text>\n"
    )
}

fn text(svg: &mut String, (x, y): (f64, f64), style: &str, words: &str) {
    let _ = writeln!(svg, "<text x='{x:.1}' y='{y:.1}' {style}>{words}</text>");
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str) {
    let _ = writeln!(svg, "<path d='M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}' stroke='{colour}'/>");
}

fn dot(svg: &mut String, (x, y): (f64, f64), radius: f64, colour: &str) {
    let _ = writeln!(svg, "<circle cx='{x:.1}' cy='{y:.1}' r='{radius}' fill='{colour}'/>");
}

fn legend(svg: &mut String, series: &[Series]) {
    for (k, (series, colour)) in series.iter().zip(COLOURS).enumerate() {
        let y = TOP + 12.0 + 22.0 * k as f64;
        dot(svg, (RIGHT + 24.0, y - 4.0), 5.0, colour);
        text(svg, (RIGHT + 36.0, y), "", &series.name);
    }
}

impl Chart {
    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|series| series.points.iter());
        let x = Axis::new(self.scales[0], points().map(|point| point.0), (LEFT, RIGHT));
        let y = Axis::new(self.scales[1], points().map(|point| point.1), (BOTTOM, TOP));
        let mut svg = head(self.title, BOTTOM + 60.0);
        for tick in x.ticks() {
            line(&mut svg, (x.at(tick), TOP), (x.at(tick), BOTTOM), "#e8e8e8");
            text(&mut svg, (x.at(tick), BOTTOM + 18.0), "text-anchor='middle'", &number(tick));
        }
        for tick in y.ticks() {
            line(&mut svg, (LEFT, y.at(tick)), (RIGHT, y.at(tick)), "#e8e8e8");
            text(&mut svg, (LEFT - 8.0, y.at(tick) + 4.0), "text-anchor='end'", &number(tick));
        }
        let middle = (f64::midpoint(LEFT, RIGHT), BOTTOM + 42.0);
        text(&mut svg, middle, "text-anchor='middle'", self.labels[0]);
        let turned =
            format!("text-anchor='middle' transform='rotate(-90 20 {0})'", f64::midpoint(TOP, BOTTOM));
        text(&mut svg, (20.0, f64::midpoint(TOP, BOTTOM)), &turned, self.labels[1]);
        for (series, colour) in self.series.iter().zip(COLOURS) {
            let corners: Vec<String> =
                series.points.iter().map(|(a, b)| format!("{:.1},{:.1}", x.at(*a), y.at(*b))).collect();
            let joined = corners.join(" ");
            let _ =
                writeln!(svg, "<polyline points='{joined}' fill='none' stroke='{colour}' stroke-width='2'/>");
            series.points.iter().for_each(|(a, b)| dot(&mut svg, (x.at(*a), y.at(*b)), 3.0, colour));
        }
        legend(&mut svg, &self.series);
        svg + "</svg>\n"
    }
}

/// Dots on a logarithmic axis, one line for each name; a point's second number is that of its line.
#[must_use]
pub fn dots(title: &str, label: &str, names: &[String], series: &[Series]) -> String {
    let bottom = TOP + 26.0 * names.len() as f64;
    let values = || series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
    let x = Axis::new(Scale::Logarithmic, values().chain([0.5]), (LEFT + 130.0, RIGHT));
    let y = |at: f64| TOP + 13.0 + 26.0 * at;
    let mut svg = head(title, bottom + 60.0);
    for tick in x.ticks() {
        let colour = if tick == 1.0 { "#888888" } else { "#e8e8e8" };
        line(&mut svg, (x.at(tick), TOP), (x.at(tick), bottom), colour);
        text(&mut svg, (x.at(tick), bottom + 18.0), "text-anchor='middle'", &number(tick));
    }
    for (k, name) in names.iter().enumerate() {
        text(&mut svg, (LEFT + 120.0, y(k as f64) + 4.0), "text-anchor='end'", name);
    }
    for (series, colour) in series.iter().zip(COLOURS) {
        series.points.iter().for_each(|(a, b)| dot(&mut svg, (x.at(*a), y(*b)), 5.0, colour));
    }
    text(&mut svg, (f64::midpoint(LEFT + 130.0, RIGHT), bottom + 42.0), "text-anchor='middle'", label);
    legend(&mut svg, series);
    svg + "</svg>\n"
}
