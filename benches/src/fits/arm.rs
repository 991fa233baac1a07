//! Robotics: where the hand of an arm with six joints is, for many readings of the joints.

use hvp::differentiable;

use super::{Fit, weight};
use crate::sample::Sample;

/// Lengths of the links.
const LINKS: [f64; 4] = [0.4, 0.35, 0.3, 0.1];

/// Where the hand is. The first joint turns the arm about the vertical, the next three bend it in one plane, the last two
/// turn the hand.
#[differentiable]
fn hand(q: &[f64; 6]) -> [f64; 3] {
    let (lift, bend, wrist) = (q[1], q[1] + q[2], q[1] + q[2] + q[3]);
    let reach = LINKS[1] * lift.cos() + LINKS[2] * bend.cos() + LINKS[3] * wrist.cos() * q[4].cos();
    let height =
        LINKS[0] + LINKS[1] * lift.sin() + LINKS[2] * bend.sin() + LINKS[3] * wrist.sin() * q[4].cos();
    let side = LINKS[3] * q[4].sin() * q[5].cos();
    let (sin, cos) = q[0].sin_cos();
    [reach * cos - side * sin, reach * sin + side * cos, height + LINKS[3] * q[4].sin() * q[5].sin()]
}

/// The Jacobian of `hand`: columns by joint.
fn hand_rows(q: &[f64; 6]) -> [[f64; 6]; 3] {
    let (wrist, (turn_sin, turn_cos)) = (q[1] + q[2] + q[3], q[4].sin_cos());
    let [(s0, c0), (s1, c1), (s2, c2), (s3, c3), (s5, c5)] =
        [q[0], q[1], q[1] + q[2], wrist, q[5]].map(f64::sin_cos);
    let out = [LINKS[1] * c1, LINKS[2] * c2, LINKS[3] * c3 * turn_cos];
    let up = [LINKS[1] * s1, LINKS[2] * s2, LINKS[3] * s3 * turn_cos];
    let tip = LINKS[3] * turn_sin;
    let (side, reach) = (tip * c5, out[0] + out[1] + out[2]);
    // By the three joints in the plane: the reach falls as the height grows, and the other way round.
    let reach_by = [-(up[0] + up[1] + up[2]), -(up[1] + up[2]), -up[2], -tip * c3, 0.0];
    let height_by = [reach, out[1] + out[2], out[2], LINKS[3] * (turn_cos * s5) - tip * s3, tip * c5];
    let side_by = [0.0, 0.0, 0.0, LINKS[3] * turn_cos * c5, -tip * s5];
    let mut rows = [[0.0; 6]; 3];
    rows[0][0] = -reach * s0 - side * c0;
    rows[1][0] = reach * c0 - side * s0;
    for j in 0..5 {
        rows[0][j + 1] = reach_by[j] * c0 - side_by[j] * s0;
        rows[1][j + 1] = reach_by[j] * s0 + side_by[j] * c0;
        rows[2][j + 1] = height_by[j];
    }
    rows
}

/// Readings of the joints, about those of the point.
#[derive(Debug)]
pub struct Arm {
    readings: Vec<[f64; 6]>,
}

impl Arm {
    /// `count` readings.
    #[must_use]
    pub fn new(count: usize) -> Arm {
        let mut sample = Sample::new(23);
        Arm { readings: (0..count).map(|_| std::array::from_fn(|_| sample.draw())).collect() }
    }

    fn joints<'a>(&'a self, x: &'a [f64]) -> impl Iterator<Item = [f64; 6]> + 'a {
        self.readings.iter().map(|reading| std::array::from_fn(|i| x[i] + reading[i]))
    }
}

fn six(x: &[f64]) -> [f64; 6] {
    std::array::from_fn(|i| x[i])
}

impl Fit for Arm {
    type Values = Vec<[f64; 3]>;
    type Rows = Vec<[[f64; 6]; 3]>;

    fn name(&self) -> String {
        format!("arm {}x(3x6)", self.readings.len())
    }

    fn point(&self) -> Vec<f64> {
        vec![0.3, 0.7, -0.4, 0.2, 0.5, -0.6]
    }

    fn value(&self, x: &[f64]) -> Vec<[f64; 3]> {
        self.joints(x).map(|q| hand(&q)).collect()
    }

    fn jacobian(&self, x: &[f64]) -> Vec<[[f64; 6]; 3]> {
        self.joints(x).map(|q| hand_jacobian(&q)).collect()
    }

    fn hand_jacobian(&self, x: &[f64]) -> Vec<[[f64; 6]; 3]> {
        self.joints(x).map(|q| hand_rows(&q)).collect()
    }

    fn jvp(&self, x: &[f64], v: &[f64]) -> (Vec<[f64; 3]>, Vec<[f64; 3]>) {
        let v = six(v);
        self.joints(x).map(|q| hand_jvp(&q, &v)).unzip()
    }

    fn hand_jvp(&self, x: &[f64], v: &[f64]) -> (Vec<[f64; 3]>, Vec<[f64; 3]>) {
        let along = |q: [f64; 6]| {
            let [(s0, c0), (s1, c1), (s2, c2), (s3, c3), (s4, c4), (s5, c5)] =
                [q[0], q[1], q[1] + q[2], q[1] + q[2] + q[3], q[4], q[5]].map(f64::sin_cos);
            let [bend, wrist] = [v[1] + v[2], v[1] + v[2] + v[3]];
            let reach = LINKS[1] * c1 + LINKS[2] * c2 + LINKS[3] * c3 * c4;
            let height = LINKS[0] + LINKS[1] * s1 + LINKS[2] * s2 + LINKS[3] * s3 * c4;
            let tip = LINKS[3] * s4;
            let side = tip * c5;
            let (plane, sideways) = (LINKS[1] * v[1], LINKS[2] * bend);
            let reach_dot = -plane * s1 - sideways * s2 - LINKS[3] * (s3 * c4 * wrist + c3 * s4 * v[4]);
            let height_dot = plane * c1 + sideways * c2 + LINKS[3] * (c3 * c4 * wrist - s3 * s4 * v[4]);
            let tip_dot = LINKS[3] * c4 * v[4];
            let side_dot = tip_dot * c5 - tip * s5 * v[5];
            let (x, y) = (reach * c0 - side * s0, reach * s0 + side * c0);
            let value = [x, y, height + tip * s5];
            let dot = [
                reach_dot * c0 - side_dot * s0 - y * v[0],
                reach_dot * s0 + side_dot * c0 + x * v[0],
                height_dot + tip_dot * s5 + side * v[5],
            ];
            (value, dot)
        };
        self.joints(x).map(along).unzip()
    }

    fn vjp(&self, x: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; 6];
        for (i, q) in self.joints(x).enumerate() {
            let bar = hand_vjp(&q, &[weight(i); 3]);
            sum.iter_mut().zip(bar).for_each(|(sum, bar)| *sum += bar);
        }
        sum
    }

    fn hand_vjp(&self, x: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; 6];
        for (i, q) in self.joints(x).enumerate() {
            let rows = hand_rows(&q);
            for (j, sum) in sum.iter_mut().enumerate() {
                *sum += weight(i) * (rows[0][j] + rows[1][j] + rows[2][j]);
            }
        }
        sum
    }

    fn numbers(values: &Vec<[f64; 3]>) -> Vec<f64> {
        values.concat()
    }

    fn entries(rows: &Vec<[[f64; 6]; 3]>) -> Vec<f64> {
        rows.iter().flatten().flatten().copied().collect()
    }
}
