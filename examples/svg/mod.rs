//! Line charts as SVG text: just what the examples draw.

#![allow(dead_code, reason = "each example draws what it needs")]

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 52.0;

/// Colours that are told apart by everybody, after Okabe and Ito.
pub(crate) const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// What the numbers along an axis are.
#[derive(Clone, Copy)]
pub(crate) enum Scale {
    /// What they stand for.
    Plain,
    /// Logarithms to base ten.
    Logarithm,
}

/// A chart with one pair of axes.
pub(crate) struct Chart {
    x: (f64, f64),
    y: (f64, f64),
    scales: [Scale; 2],
    body: String,
    legend: usize,
}

impl Chart {
    /// A chart of the given ranges, with a title and the names of the axes.
    pub(crate) fn new(title: &str, x: (f64, f64, &str), y: (f64, f64, &str)) -> Self {
        Self::scaled(title, x, y, [Scale::Plain; 2])
    }

    /// The same, with the scales of both axes.
    pub(crate) fn scaled(title: &str, x: (f64, f64, &str), y: (f64, f64, &str), scales: [Scale; 2]) -> Self {
        let mut chart = Self { x: (x.0, x.1), y: (y.0, y.1), scales, body: String::new(), legend: 0 };
        chart.text(WIDTH / 2.0, 22.0, "middle", 15.0, title);
        chart.text(LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 12.0, "middle", 12.0, x.2);
        let middle = TOP + (HEIGHT - TOP - BOTTOM) / 2.0;
        let _ = writeln!(
            chart.body,
            r#"<text x="16" y="{middle:.0}" text-anchor="middle" font-size="12" transform="rotate(-90 16 {middle:.0})">{}</text>"#,
            y.2
        );
        chart.ticks();
        chart
    }

    /// A line through points, with an entry in the legend unless the name is empty.
    pub(crate) fn line(&mut self, points: &[(f64, f64)], colour: &str, name: &str) {
        self.dashed(points, (colour, "none"), name);
    }

    /// The same, of dashes.
    pub(crate) fn dashed(&mut self, points: &[(f64, f64)], (colour, dashes): (&str, &str), name: &str) {
        let path: Vec<String> =
            points.iter().map(|&(x, y)| format!("{:.1},{:.1}", self.px(x), self.py(y))).collect();
        let _ = writeln!(
            self.body,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-dasharray="{dashes}" clip-path="url(#frame)"/>"#,
            path.join(" ")
        );
        if !name.is_empty() {
            let y = TOP + 16.0 + 16.0 * self.legend as f64;
            self.legend += 1;
            let x = WIDTH - RIGHT - 12.0;
            self.text(x - 26.0, y + 4.0, "end", 12.0, name);
            let _ = writeln!(
                self.body,
                r#"<line x1="{:.0}" y1="{y:.0}" x2="{x:.0}" y2="{y:.0}" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/>"#,
                x - 20.0
            );
        }
    }

    /// Short strokes without a name, such as the pieces of contour lines.
    pub(crate) fn strokes(&mut self, strokes: &[[(f64, f64); 2]], colour: &str) {
        let mut path = String::new();
        for [(ax, ay), (bx, by)] in strokes {
            let (ax, ay, bx, by) = (self.px(*ax), self.py(*ay), self.px(*bx), self.py(*by));
            let _ = write!(path, "M{ax:.1} {ay:.1}L{bx:.1} {by:.1}");
        }
        let _ = writeln!(self.body, r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="0.8"/>"#);
    }

    /// Words beside a point.
    pub(crate) fn words(&mut self, point: (f64, f64), words: &str) {
        self.text(self.px(point.0) + 8.0, self.py(point.1) + 4.0, "start", 12.0, words);
    }

    /// A dot at each point.
    pub(crate) fn dots(&mut self, points: &[(f64, f64)], colour: &str) {
        for &(x, y) in points {
            let (x, y) = (self.px(x), self.py(y));
            let _ = writeln!(
                self.body,
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="2.6" fill="{colour}" clip-path="url(#frame)"/>"#
            );
        }
    }

    /// Writes the chart into the folder of pictures and returns its path.
    pub(crate) fn save(&self, name: &str) -> std::io::Result<PathBuf> {
        let folder = PathBuf::from("target/pictures");
        fs::create_dir_all(&folder)?;
        let path = folder.join(name);
        let (w, h) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        let frame = format!(r#"x="{LEFT}" y="{TOP}" width="{w}" height="{h}""#);
        let text = format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="sans-serif" fill="{}">"#,
                "\n<clipPath id=\"frame\"><rect {}/></clipPath>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
                "{}<rect {} fill=\"none\" stroke=\"#444\"/>\n</svg>\n"
            ),
            WIDTH, HEIGHT, "#222", frame, self.body, frame
        );
        fs::write(&path, text)?;
        Ok(path)
    }

    fn px(&self, x: f64) -> f64 {
        LEFT + (x - self.x.0) / (self.x.1 - self.x.0) * (WIDTH - LEFT - RIGHT)
    }

    fn py(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - (y - self.y.0) / (self.y.1 - self.y.0) * (HEIGHT - TOP - BOTTOM)
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, size: f64, text: &str) {
        let _ = writeln!(
            self.body,
            r#"<text x="{x:.0}" y="{y:.0}" text-anchor="{anchor}" font-size="{size}">{text}</text>"#
        );
    }

    fn ticks(&mut self) {
        for (tick, label) in self.scales[0].ticks(self.x) {
            let x = self.px(tick);
            self.grid((x, TOP), (x, HEIGHT - BOTTOM));
            self.text(x, HEIGHT - BOTTOM + 16.0, "middle", 11.0, &label);
        }
        for (tick, label) in self.scales[1].ticks(self.y) {
            let y = self.py(tick);
            self.grid((LEFT, y), (WIDTH - RIGHT, y));
            self.text(LEFT - 6.0, y + 4.0, "end", 11.0, &label);
        }
    }

    fn grid(&mut self, a: (f64, f64), b: (f64, f64)) {
        let _ = writeln!(
            self.body,
            r##"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="#e4e4e4"/>"##,
            a.0, a.1, b.0, b.1
        );
    }
}

impl Scale {
    /// Places along an axis, with what is written there.
    fn ticks(self, range: (f64, f64)) -> Vec<(f64, String)> {
        let round = ticks(range).into_iter();
        match self {
            Self::Plain => round.map(|tick| (tick, label(tick))).collect(),
            Self::Logarithm if range.1 - range.0 > 4.0 => {
                round.filter(|tick| tick.fract() == 0.0).map(|tick| (tick, format!("1e{tick}"))).collect()
            }
            Self::Logarithm => (-30..30)
                .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
                .map(|number| (number.log10(), label(number)))
                .filter(|(tick, _)| (range.0..=range.1).contains(tick))
                .collect(),
        }
    }
}

/// Four to nine round numbers in a range.
fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let rough = (high - low) / 6.0;
    let magnitude = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|round| round * magnitude).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * magnitude);
    let first = (low / step).ceil();
    (0..20).map(|i| (first + f64::from(i)) * step).take_while(|tick| *tick <= high + 1e-9 * step).collect()
}

fn label(tick: f64) -> String {
    let rounded = (tick * 1e6).round() / 1e6 + 0.0;
    format!("{rounded}")
}
