//! Vision: a bundle adjustment. Cameras and points in space are fitted to where the points are seen.

use hvp::{Objective, differentiable};

use crate::number::Number;
use crate::pair::Pair;
use crate::sample::Sample;
use crate::workload::Workload;

/// Parameters of a camera: its turn as an axis times an angle, its place, the focal length and two of the lens.
const CAMERA: usize = 9;

/// `x` turned, by the formula of Rodrigues.
#[differentiable]
fn turned(turn: &[f64], x: &[f64]) -> [f64; 3] {
    let square = turn[0] * turn[0] + turn[1] * turn[1] + turn[2] * turn[2];
    if square == 0.0 {
        return [
            x[0] + turn[1] * x[2] - turn[2] * x[1],
            x[1] + turn[2] * x[0] - turn[0] * x[2],
            x[2] + turn[0] * x[1] - turn[1] * x[0],
        ];
    }
    let angle = square.sqrt();
    let (sin, cos) = angle.sin_cos();
    let axis = [turn[0] / angle, turn[1] / angle, turn[2] / angle];
    let along = (axis[0] * x[0] + axis[1] * x[1] + axis[2] * x[2]) * (1.0 - cos);
    [
        x[0] * cos + (axis[1] * x[2] - axis[2] * x[1]) * sin + axis[0] * along,
        x[1] * cos + (axis[2] * x[0] - axis[0] * x[2]) * sin + axis[1] * along,
        x[2] * cos + (axis[0] * x[1] - axis[1] * x[0]) * sin + axis[2] * along,
    ]
}

/// Where a camera sees a point.
#[differentiable]
fn seen(camera: &[f64], point: &[f64]) -> [f64; 2] {
    let local = turned(&camera[..3], point);
    let depth = local[2] + camera[5];
    let (x, y) = (-(local[0] + camera[3]) / depth, -(local[1] + camera[4]) / depth);
    let square = x * x + y * y;
    let scale = camera[6] * (1.0 + square * (camera[7] + camera[8] * square));
    [scale * x, scale * y]
}

/// The sum of squared distances between where points are seen and where they should be.
#[differentiable(wrt(params))]
fn misfit(params: &[f64], cameras: usize, pairs: &[(usize, usize)], pixels: &[[f64; 2]]) -> f64 {
    let (views, points) = params.split_at(9 * cameras);
    let mut sum = 0.0;
    for (&(view, point), pixel) in pairs.iter().zip(pixels) {
        let at = seen(&views[9 * view..9 * view + 9], &points[3 * point..3 * point + 3]);
        let (dx, dy) = (at[0] - pixel[0], at[1] - pixel[1]);
        sum += dx * dx + dy * dy;
    }
    sum
}

/// Which camera sees which point, and where.
#[derive(Debug)]
pub struct Adjustment {
    cameras: usize,
    points: usize,
    pairs: Vec<(usize, usize)>,
    pixels: Vec<[f64; 2]>,
}

fn dot<N: Number>(a: [N; 3], b: [N; 3]) -> N {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross<N: Number>(a: [N; 3], b: [N; 3]) -> [N; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// `Σ factor vector`
fn combined<N: Number, const K: usize>(terms: [(N, [N; 3]); K]) -> [N; 3] {
    std::array::from_fn(|i| {
        let first = terms[0].0 * terms[0].1[i];
        terms[1..].iter().fold(first, |sum, (factor, vector)| sum + *factor * vector[i])
    })
}

fn three<N: Number>(x: &[N]) -> [N; 3] {
    [x[0], x[1], x[2]]
}

/// cos θ, sin θ ÷ θ and (1 - cos θ) ÷ θ², and the derivatives of all three by θ, each ÷ θ.
#[inline]
fn angular<N: Number>(square: N) -> ([N; 3], [N; 3]) {
    let one = N::constant(1.0);
    if square.value() == 0.0 {
        let (half, third) = (N::constant(0.5), N::constant(1.0 / 3.0));
        return ([one, one, half], [-one, -third, N::constant(-1.0 / 12.0)]);
    }
    let angle = square.sqrt();
    let (sin, cos, by) = (angle.sin(), angle.cos(), one / square);
    let (a, b) = (sin / angle, (one - cos) * by);
    ([cos, a, b], [-a, (cos - a) * by, (a - b.times(2.0)) * by])
}

/// Adds the derivatives of one observation to those of its camera and its point.
#[inline]
fn observe<N: Number>(camera: &[N], point: &[N], pixel: [f64; 2], camera_bar: &mut [N], point_bar: &mut [N]) {
    let (turn, x) = (three(camera), three(point));
    let ([cos, a, b], slopes) = angular(dot(turn, turn));
    let (across, along) = (cross(turn, x), dot(turn, x));
    let local = combined([(cos, x), (a, across), (b * along, turn)]);
    let depth = N::constant(1.0) / (local[2] + camera[5]);
    let at = [-(local[0] + camera[3]) * depth, -(local[1] + camera[4]) * depth];
    let square = at[0] * at[0] + at[1] * at[1];
    let lens = N::constant(1.0) + square * (camera[7] + camera[8] * square);
    let scale = camera[6] * lens;

    let error: [N; 2] = std::array::from_fn(|i| (scale * at[i] - N::constant(pixel[i])).times(2.0));
    let along_error = error[0] * at[0] + error[1] * at[1];
    let lens_bar = camera[6] * along_error;
    let square_bar = lens_bar * (camera[7] + camera[8].times(2.0) * square);
    let at_bar: [N; 2] = std::array::from_fn(|i| scale * error[i] + square_bar.times(2.0) * at[i]);
    let local_bar =
        [-at_bar[0] * depth, -at_bar[1] * depth, -(at[0] * at_bar[0] + at[1] * at_bar[1]) * depth];
    let along_bar = dot(turn, local_bar);
    let by_angle =
        slopes[0] * dot(x, local_bar) + slopes[1] * dot(across, local_bar) + slopes[2] * (along * along_bar);
    let turn_bar =
        combined([(a, cross(x, local_bar)), (b * along, local_bar), (b * along_bar, x), (by_angle, turn)]);
    let x_bar = combined([(cos, local_bar), (a, cross(local_bar, turn)), (b * along_bar, turn)]);
    let lens_bars = [lens * along_error, lens_bar * square, lens_bar * square * square];
    let bars = turn_bar.into_iter().chain(local_bar).chain(lens_bars);
    camera_bar.iter_mut().zip(bars).for_each(|(sum, bar)| *sum = *sum + bar);
    point_bar.iter_mut().zip(x_bar).for_each(|(sum, bar)| *sum = *sum + bar);
}

impl Adjustment {
    /// Each of `points` points is seen by `views` of the cameras.
    #[must_use]
    pub fn new(cameras: usize, points: usize, views: usize) -> Adjustment {
        let mut sample = Sample::new(13);
        let pairs: Vec<_> =
            (0..points * views).map(|k| ((k / views * 7 + k % views * 3) % cameras, k / views)).collect();
        let pixels = pairs.iter().map(|_| [0.2 * sample.draw(), 0.2 * sample.draw()]).collect();
        Adjustment { cameras, points, pairs, pixels }
    }

    /// The gradient, of numbers or of pairs.
    fn gradient<N: Number>(&self, params: &[N], bars: &mut [N]) {
        let (views, points) = params.split_at(CAMERA * self.cameras);
        let (views_bar, points_bar) = bars.split_at_mut(CAMERA * self.cameras);
        for (&(view, point), pixel) in self.pairs.iter().zip(&self.pixels) {
            let (view, point) = (CAMERA * view..CAMERA * view + CAMERA, 3 * point..3 * point + 3);
            let (view_bar, point_bar) = (&mut views_bar[view.clone()], &mut points_bar[point.clone()]);
            observe(&views[view], &points[point], *pixel, view_bar, point_bar);
        }
    }
}

/// Where a camera sees a point, of other numbers.
fn seen_of<N: Number>(camera: &[N], point: &[N]) -> [N; 2] {
    let (turn, x) = (three(camera), three(point));
    let angle = dot(turn, turn).sqrt();
    let axis = turn.map(|part| part / angle);
    let (sin, cos) = (angle.sin(), angle.cos());
    let along = dot(axis, x) * (N::constant(1.0) - cos);
    let local = combined([(cos, x), (sin, cross(axis, x)), (along, axis)]);
    let depth = local[2] + camera[5];
    let at = [-(local[0] + camera[3]) / depth, -(local[1] + camera[4]) / depth];
    let square = at[0] * at[0] + at[1] * at[1];
    let scale = camera[6] * (N::constant(1.0) + square * (camera[7] + camera[8] * square));
    at.map(|part| scale * part)
}

impl Workload for Adjustment {
    fn name(&self) -> String {
        format!("adjustment {}x{}x{}", self.cameras, self.points, self.pairs.len() / self.points)
    }

    fn point(&self) -> Vec<f64> {
        let mut sample = Sample::new(14);
        let mut params = Vec::new();
        for _ in 0..self.cameras {
            params.extend(sample.around(0.0, 0.4, 3));
            params.extend(sample.around(0.0, 0.3, 2));
            params.extend([-4.0 + 0.5 * sample.draw(), 1.0 + 0.1 * sample.draw()]);
            params.extend(sample.around(0.0, 0.05, 2));
        }
        params.extend(sample.around(0.0, 1.0, 3 * self.points));
        params
    }

    fn objective(&self) -> impl Objective {
        misfit::objective(self.cameras, &self.pairs, &self.pixels)
    }

    fn generic<N: Number>(&self, params: &[N]) -> N {
        let (views, points) = params.split_at(CAMERA * self.cameras);
        let mut sum = N::constant(0.0);
        for (&(view, point), pixel) in self.pairs.iter().zip(&self.pixels) {
            let at = seen_of(&views[CAMERA * view..], &points[3 * point..]);
            let [dx, dy] = [at[0] - N::constant(pixel[0]), at[1] - N::constant(pixel[1])];
            sum = sum + dx * dx + dy * dy;
        }
        sum
    }

    fn hand_grad(&self, params: &[f64], grad: &mut [f64]) {
        grad.fill(0.0);
        self.gradient(params, grad);
    }

    fn hand_hvp(&self, params: &[f64], v: &[f64], hv: &mut [f64]) {
        let pairs: Vec<Pair> = params.iter().zip(v).map(|(x, v)| Pair(*x, *v)).collect();
        let mut bars = vec![Pair::default(); params.len()];
        self.gradient(&pairs, &mut bars);
        hv.iter_mut().zip(bars).for_each(|(h, pair)| *h = pair.1);
    }
}
