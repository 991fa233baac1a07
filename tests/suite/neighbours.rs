//! Types that stand beside a function: results of helpers, constants, fields of data, names of types.

use crate::support::*;
use hvp::differentiable;

type Triple = [f64; 3];
type Frame = [Triple; 2];

const START: Triple = [1.0, 0.5, -0.5];
const UNIT: Frame = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

struct Setup {
    start: Triple,
    gains: Vec<f64>,
    frame: Frame,
}

fn setup() -> Setup {
    Setup { start: [0.2, -0.4, 1.0], gains: vec![0.5, 1.5, -0.7], frame: [[1.0, 2.0, 0.5], [0.3, -1.0, 0.8]] }
}

#[differentiable]
fn crossed(a: Triple, b: Triple) -> Triple {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

#[differentiable]
fn times(a: Triple, by: f64) -> Triple {
    [a[0] * by, a[1] * by, a[2] * by]
}

#[differentiable]
fn plus(a: Triple, b: Triple) -> Triple {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

#[differentiable]
fn inner(a: Triple, b: Triple) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[differentiable]
fn pushed(a: &Triple, by: f64) -> Triple {
    [a[0] + by * a[1], a[1] * by.cos(), a[2] - by * by]
}

#[differentiable]
fn turned(frame: &Frame, by: f64) -> Frame {
    [pushed(&frame[1], by), times(frame[0], by)]
}

#[differentiable]
fn values_of_helpers(x: &[f64]) -> f64 {
    let a = [x[0], x[1], x[2]];
    let b = times([x[2], x[0], x[1]], x[0] + 2.0);
    let c = crossed(a, b);
    let d = crossed(c, times(b, inner(a, b)));
    inner(crossed(a, times(b, x[1])), crossed(c, b)) + inner(d, a)
}

#[differentiable(wrt(x))]
fn runge_kutta(x: Triple, steps: usize) -> f64 {
    let rate = |at: Triple| crossed(at, [0.3, -0.2, 0.9]);
    let mut at = x;
    for _ in 0..steps {
        let k1 = rate(at);
        let k2 = rate(plus(at, times(k1, 0.1)));
        at = plus(at, plus(times(k1, 0.1), times(k2, 0.2)));
    }
    inner(at, at)
}

#[differentiable]
fn from_constants(x: &[f64]) -> f64 {
    let (mut at, mut by_hand, mut frame) = (START, START, UNIT);
    for v in x {
        at = pushed(&at, *v);
        by_hand = [by_hand[1] * v, by_hand[2] + v * v, by_hand[0]];
        frame = turned(&frame, *v);
        frame[0][2] += v * at[0];
    }
    inner(at, by_hand) + inner(frame[0], frame[1])
}

#[differentiable]
fn from_data(x: &[f64], data: &Setup) -> f64 {
    let mut at = data.start;
    let mut gains = data.gains.clone();
    let mut frame = data.frame;
    for (i, v) in x.iter().enumerate() {
        at = pushed(&at, *v);
        gains[i] *= v.exp();
        gains.push(at[1]);
        frame = turned(&frame, v + gains[0]);
    }
    let weighted: f64 = x.iter().zip(&data.gains).map(|(a, b)| a * a * b).sum();
    at[0] * gains[3] + gains.iter().sum::<f64>() * frame[1][2] + weighted * data.frame[1][0]
}

impl Setup {
    #[differentiable(associated)]
    fn normalized(a: Triple) -> Triple {
        let n = a.iter().map(|c| c * c).sum::<f64>().sqrt();
        a.map(|c| c / n)
    }

    #[differentiable]
    fn shifted(&self, a: Triple) -> Triple {
        [a[1] + self.start[0], a[2] * a[0], a[0] + self.gains[1]]
    }

    #[differentiable(wrt(x))]
    fn through_methods(&self, x: Triple) -> f64 {
        let unit = Setup::normalized(x);
        inner(self.shifted(self.shifted(unit)), Setup::normalized(crossed(unit, self.start)))
    }

    #[differentiable(wrt(x))]
    fn from_self(&self, x: &[f64]) -> f64 {
        let mut at = self.start;
        x.iter().for_each(|v| at = pushed(&at, *v));
        inner(at, self.start)
    }
}

#[differentiable(wrt(x))]
fn array_as_vec(x: &[f64], from: Triple) -> f64 {
    let mut all = from.to_vec();
    all = all.iter().zip(x).map(|(a, b)| a * b * b).collect();
    all.push(all[0] * x[1]);
    all.iter().map(|v| v.sin()).sum()
}

#[differentiable]
fn own_as_vec(x: Triple) -> f64 {
    let mut all = x.to_vec();
    all.push(x[0] * x[1]);
    all[3] * all[2].exp() + all.len() as f64 * all[1]
}

#[test]
fn the_types_beside_a_function_are_known_in_it() {
    let points = points(21, 4, 3, -0.9, 0.9);
    let data = setup();
    check_everywhere(&derived!(alone | x | values_of_helpers(&x)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | from_constants(&x)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | from_data(&x, &data)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | array_as_vec(&x, START)), &points, 1e-9);
}

#[test]
fn arrays_by_value_are_known_too() {
    let h = 1e-5;
    let x = [0.4, -0.7, 0.3];
    // The central difference errs by h² and by rounding ÷ h.
    let check_slopes = |f: &dyn Fn(Triple) -> f64, gradient: Triple, what: &str| {
        for i in 0..3 {
            let (mut above, mut below) = (x, x);
            above[i] += h;
            below[i] -= h;
            assert_near(gradient[i], (f(above) - f(below)) / (2.0 * h), 1e-8, what);
        }
    };
    check_slopes(&own_as_vec, own_as_vec_grad(x), "own_as_vec");
    check_slopes(&|x| runge_kutta(x, 3), runge_kutta_grad(x, 3), "runge_kutta");
    let data = setup();
    check_slopes(&|x| data.through_methods(x), data.through_methods_grad(x), "through_methods");
    let gradient = data.from_self_grad(&x);
    check_slopes(&|x| data.from_self(&x), [gradient[0], gradient[1], gradient[2]], "from_self");
}

/// Another item of a name that is used here, as the text has it.
mod unrelated {
    #[allow(dead_code)]
    pub fn level(x: f64) -> usize {
        x as usize
    }
}

mod elsewhere {
    use super::unrelated;
    use crate::support::*;
    use hvp::differentiable;

    macro_rules! declared {
        ($name:ident) => {
            #[differentiable]
            fn $name(x: f64) -> f64 {
                x * x * x
            }
        };
    }

    declared!(level);

    #[differentiable]
    fn at_a_level(x: &[f64]) -> f64 {
        let level = level(x[0]);
        level as f64 * x[1]
    }

    #[test]
    fn an_item_of_the_same_name_does_not_hold_a_number_constant() {
        assert_eq!(unrelated::level(2.5), 2);
        check_everywhere(&derived!(alone | x | at_a_level(&x)), &points(25, 3, 2, 0.5, 3.0), 1e-9);
    }
}

mod passive_methods {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn powers(x: &[f64]) -> f64 {
        let k = i32::try_from(x.len()).unwrap_or(3);
        let half = i32::try_from(x.len()).map(|n| n / 2).unwrap_or_default();
        let less = x.len().checked_sub(1).map(|n| n * 2).unwrap_or(0);
        let at = x.len() - 1;
        x[0].powi(k) * x[at.clone()] + x[1].powi(half) * less as f64
    }

    #[test]
    fn of_lengths_stay_as_they_are() {
        check_everywhere(&derived!(alone | x | powers(&x)), &points(26, 3, 3, 0.5, 1.5), 1e-9);
    }
}

mod helpers_in_a_module {
    use crate::support::*;
    use hvp::differentiable;

    mod quaternions {
        use hvp::differentiable;

        #[differentiable]
        pub(super) fn product(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
            [
                a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
                a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
                a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
                a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
            ]
        }

        #[differentiable]
        pub(super) fn of_length_one(a: [f64; 4]) -> [f64; 4] {
            let norm = a.iter().map(|v| v * v).sum::<f64>().sqrt();
            a.map(|v| v / norm)
        }
    }

    mod lines {
        use hvp::differentiable;

        #[differentiable]
        pub(super) fn of_length_one(a: [f64; 2]) -> [f64; 2] {
            let norm = a[0].hypot(a[1]);
            [a[0] / norm, a[1] / norm]
        }
    }

    #[differentiable]
    fn turned(x: &[f64]) -> f64 {
        let q = quaternions::of_length_one([x[0], x[1], x[2], 1.5]);
        let line = lines::of_length_one([x[1], 2.0]);
        let p = quaternions::product(q, quaternions::product([0.0, line[0], line[1], 1.0], q));
        p[1] * p[2] + q[0].powi(2) * p[3]
    }

    #[test]
    fn give_arrays_by_value() {
        check_everywhere(&derived!(alone | x | turned(&x)), &points(22, 4, 3, -0.9, 0.9), 1e-9);
    }
}

mod fields_of_other_structs {
    use std::ops::Range;

    use crate::support::*;
    use hvp::differentiable;

    /// This struct holds a ruler's ends, and isn't a `struct Ends { start: usize }`.
    struct Ends<'a> {
        start: [f64; 2],
        end: Vec<f64>,
        marks: &'a [f64],
        pairs: &'a [[f64; 2]],
    }

    struct Held<'a> {
        ends: Ends<'a>,
    }

    /// Fields of the standard library's that are named like some of this file's.
    #[differentiable(wrt(x))]
    fn over_ranges(x: &[f64], parts: &[Range<usize>], part: &Range<usize>) -> f64 {
        let mut sum = 0.0;
        for part in parts {
            for i in part.start..part.end {
                sum += x[i] * x[i] * i as f64;
            }
        }
        for i in part.start..part.end {
            sum += x[i].sin();
        }
        sum
    }

    #[differentiable(wrt(x))]
    fn over_slices(x: &[f64], ends: &Ends, held: &Held<'_>) -> f64 {
        let mut start = ends.start;
        let mut end = held.ends.end.clone();
        for (mark, pair) in ends.marks.iter().zip(ends.pairs) {
            start[0] += mark * x[0] * pair[1];
            end[0] *= x[1] + mark;
        }
        start[0] * end[0] + start[1] * end[1] * x[0]
    }

    impl Ends<'_> {
        #[differentiable(wrt(x))]
        fn scaled(&self, x: &[f64]) -> f64 {
            let mut start = self.start;
            start[1] *= x[0] * x[0];
            self.marks.iter().map(|mark| mark * x[1]).sum::<f64>() * start[0] * start[1]
        }
    }

    #[test]
    fn do_not_mislead() {
        let x = points(27, 3, 3, 0.4, 1.4);
        let ends = || Ends {
            start: [0.3, 0.8],
            end: vec![1.5, 0.4],
            marks: &[0.5, 0.2],
            pairs: &[[1.0, 2.0], [0.4, 0.1]],
        };
        let (held, parts) = (Held { ends: ends() }, [0..1, 0..3]);
        check_everywhere(&derived!(alone | x | over_ranges(&x, &parts, &(1..3))), &x, 1e-9);
        check_everywhere(&derived!(alone | x | over_slices(&x, &ends(), &held)), &x, 1e-9);
        let ends = ends();
        check_everywhere(&derived!(alone | x | ends.scaled(&x)), &x, 1e-9);
    }
}

mod arrays_in_tuples {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn middle(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
        [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])]
    }

    #[differentiable]
    fn span(ends: [[f64; 2]; 2]) -> f64 {
        (ends[0][0] - ends[1][0]).powi(2) + (ends[0][1] - ends[1][1]).powi(3)
    }

    #[differentiable]
    fn between(x: &[f64]) -> f64 {
        let points = [[x[0], x[1]], [x[1], x[2]], [x[2] * x[0], x[0]]];
        let (a, b) = (middle(points[0], points[1]), middle(points[1], points[2]));
        let (mut all, mut sum) = (Vec::new(), 0.0);
        all.push(a[0]);
        sum += all[0] * b[1];
        span([a, b]) * sum
    }

    #[test]
    fn keep_the_types_that_helpers_give() {
        check_everywhere(&derived!(alone | x | between(&x)), &points(28, 3, 3, -0.9, 0.9), 1e-9);
    }
}
