//! Vision: where a camera sees each of many points, by the camera's eight parameters and the point's three.

use hvp::differentiable;

use super::{Fit, weight};
use crate::sample::Sample;

/// The picture of a point. Of `x`, the first three are the turn (as three angles), then the place, the focal length and
/// the lens; the last three are the point.
#[differentiable(wrt(x))]
fn error(x: &[f64], pixel: [f64; 2]) -> [f64; 2] {
    let ((sa, ca), (sb, cb)) = (x[0].sin_cos(), x[1].sin_cos());
    let (sc, cc) = x[2].sin_cos();
    let (px, py, pz) = (x[8] - x[3], x[9] - x[4], x[10] - x[5]);
    let (ax, ay) = (ca * px - sa * py, sa * px + ca * py);
    let (bx, bz) = (cb * ax - sb * pz, sb * ax + cb * pz);
    let (cy, cz) = (cc * ay - sc * bz, sc * ay + cc * bz);
    let (u, v) = (bx / cz, cy / cz);
    let scale = x[6] * (1.0 + x[7] * (u * u + v * v));
    [scale * u - pixel[0], scale * v - pixel[1]]
}

/// Points and where they were seen.
#[derive(Debug)]
pub struct Lens {
    points: Vec<[f64; 3]>,
    pixels: Vec<[f64; 2]>,
}

/// What one observation needs of the angles: the matrix, its derivatives by the three angles applied to the point.
struct Turned {
    matrix: [[f64; 3]; 3],
    at: [f64; 3],
    by_angle: [[f64; 3]; 3],
}

fn turned(x: &[f64]) -> Turned {
    let [(sa, ca), (sb, cb), (sc, cc)] = [x[0], x[1], x[2]].map(f64::sin_cos);
    let p: [f64; 3] = std::array::from_fn(|i| x[8 + i] - x[3 + i]);
    let (ax, ay) = (ca * p[0] - sa * p[1], sa * p[0] + ca * p[1]);
    let (bx, bz) = (cb * ax - sb * p[2], sb * ax + cb * p[2]);
    let at = [bx, cc * ay - sc * bz, sc * ay + cc * bz];
    // The first angle turns (ax, ay) into (-ay, ax), the second (bx, bz) into (-bz, bx), the third (y, z) into (-z, y).
    let by_angle = [
        [-cb * ay, cc * ax + sc * sb * ay, sc * ax - cc * sb * ay],
        [-bz, -sc * bx, cc * bx],
        [0.0, -at[2], at[1]],
    ];
    let matrix = [
        [cb * ca, -cb * sa, -sb],
        [cc * sa - sc * sb * ca, cc * ca + sc * sb * sa, -sc * cb],
        [sc * sa + cc * sb * ca, sc * ca - cc * sb * sa, cc * cb],
    ];
    Turned { matrix, at, by_angle }
}

fn rows(x: &[f64]) -> [Vec<f64>; 2] {
    let Turned { matrix, at, by_angle } = turned(x);
    let by = 1.0 / at[2];
    let [u, v] = [at[0] * by, at[1] * by];
    let square = u * u + v * v;
    let lens = 1.0 + x[7] * square;
    let scale = x[6] * lens;
    let bend = 2.0 * x[6] * x[7];
    // By u and v, then by the turned point.
    let (uu, uv, vv) = (scale + bend * u * u, bend * u * v, scale + bend * v * v);
    let by_point = [[uu * by, uv * by, -(uu * u + uv * v) * by], [uv * by, vv * by, -(uv * u + vv * v) * by]];
    std::array::from_fn(|i| {
        let (w, d) = ([u, v][i], by_point[i]);
        let mut row = vec![0.0; 11];
        for k in 0..3 {
            let turn = by_angle[k];
            row[k] = d[0] * turn[0] + d[1] * turn[1] + d[2] * turn[2];
            row[8 + k] = d[0] * matrix[0][k] + d[1] * matrix[1][k] + d[2] * matrix[2][k];
            row[3 + k] = -row[8 + k];
        }
        row[6] = lens * w;
        row[7] = x[6] * square * w;
        row
    })
}

/// The picture and its derivative along `v`.
fn along(x: &[f64], pixel: [f64; 2], v: &[f64]) -> ([f64; 2], [f64; 2]) {
    let Turned { matrix, at, by_angle } = turned(x);
    let place: [f64; 3] = std::array::from_fn(|i| v[8 + i] - v[3 + i]);
    let dot: [f64; 3] =
        std::array::from_fn(|i| (0..3).map(|k| matrix[i][k] * place[k] + by_angle[k][i] * v[k]).sum::<f64>());
    let by = 1.0 / at[2];
    let [a, b] = [at[0] * by, at[1] * by];
    let [a_dot, b_dot] = [(dot[0] - a * dot[2]) * by, (dot[1] - b * dot[2]) * by];
    let square = a * a + b * b;
    let lens = 1.0 + x[7] * square;
    let scale = x[6] * lens;
    let scale_dot = v[6] * lens + x[6] * (v[7] * square + 2.0 * x[7] * (a * a_dot + b * b_dot));
    let value = [scale * a - pixel[0], scale * b - pixel[1]];
    (value, [scale_dot * a + scale * a_dot, scale_dot * b + scale * b_dot])
}

impl Lens {
    /// `count` points.
    #[must_use]
    pub fn new(count: usize) -> Lens {
        let mut sample = Sample::new(24);
        let mut point = || [sample.draw(), sample.draw(), 4.0 + sample.draw()];
        Lens { points: (0..count).map(|_| point()).collect(), pixels: vec![[0.1, -0.2]; count] }
    }

    fn each<'a>(&'a self, x: &'a [f64]) -> impl Iterator<Item = ([f64; 11], [f64; 2])> + 'a {
        self.points.iter().zip(&self.pixels).map(|(point, pixel)| {
            (std::array::from_fn(|i| if i < 8 { x[i] } else { point[i - 8] + x[i] }), *pixel)
        })
    }
}

impl Fit for Lens {
    type Values = Vec<[f64; 2]>;
    type Rows = Vec<[Vec<f64>; 2]>;

    fn name(&self) -> String {
        format!("lens {}x(2x11)", self.points.len())
    }

    fn point(&self) -> Vec<f64> {
        vec![0.3, 0.1, -0.2, 0.05, 0.1, -0.3, 1.2, 0.02, 0.1, 0.2, 0.3]
    }

    fn value(&self, x: &[f64]) -> Vec<[f64; 2]> {
        self.each(x).map(|(x, pixel)| error(&x, pixel)).collect()
    }

    fn jacobian(&self, x: &[f64]) -> Vec<[Vec<f64>; 2]> {
        self.each(x).map(|(x, pixel)| error_jacobian(&x, pixel)).collect()
    }

    fn hand_jacobian(&self, x: &[f64]) -> Vec<[Vec<f64>; 2]> {
        self.each(x).map(|(x, _)| rows(&x)).collect()
    }

    fn jvp(&self, x: &[f64], v: &[f64]) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
        self.each(x).map(|(x, pixel)| error_jvp(&x, pixel, v)).unzip()
    }

    fn hand_jvp(&self, x: &[f64], v: &[f64]) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
        self.each(x).map(|(x, pixel)| along(&x, pixel, v)).unzip()
    }

    fn vjp(&self, x: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; 11];
        for (i, (x, pixel)) in self.each(x).enumerate() {
            let bar = error_vjp(&x, pixel, &[weight(i), 0.5]);
            sum.iter_mut().zip(bar).for_each(|(sum, bar)| *sum += bar);
        }
        sum
    }

    fn hand_vjp(&self, x: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; 11];
        for (i, (x, _)) in self.each(x).enumerate() {
            add_weighted(&x, [weight(i), 0.5], &mut sum);
        }
        sum
    }

    fn numbers(values: &Vec<[f64; 2]>) -> Vec<f64> {
        values.concat()
    }

    fn entries(rows: &Vec<[Vec<f64>; 2]>) -> Vec<f64> {
        rows.iter().flatten().flatten().copied().collect()
    }
}

/// Adds the gradient of the weighted picture.
fn add_weighted(x: &[f64], [p, q]: [f64; 2], sum: &mut [f64]) {
    let Turned { matrix, at, by_angle } = turned(x);
    let by = 1.0 / at[2];
    let [u, v] = [at[0] * by, at[1] * by];
    let (square, along) = (u * u + v * v, p * u + q * v);
    let lens = 1.0 + x[7] * square;
    let bend = 2.0 * x[6] * x[7] * along;
    let [du, dv] = [x[6] * lens * p + bend * u, x[6] * lens * q + bend * v];
    let d = [du * by, dv * by, -(du * u + dv * v) * by];
    for k in 0..3 {
        let turn = by_angle[k];
        let place = d[0] * matrix[0][k] + d[1] * matrix[1][k] + d[2] * matrix[2][k];
        sum[k] += d[0] * turn[0] + d[1] * turn[1] + d[2] * turn[2];
        sum[3 + k] -= place;
        sum[8 + k] += place;
    }
    sum[6] += lens * along;
    sum[7] += x[6] * square * along;
}
