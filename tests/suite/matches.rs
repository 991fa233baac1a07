//! `match`, `if let`, `let … else`, and patterns.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    Gaussian { width: f64 },
    Power(i32),
    Flat,
}

impl Lift for Kernel {
    type Out = Kernel;
    fn lift(&self) -> Kernel {
        *self
    }
}

const SPECIAL: usize = 3;

twin! {
    #[differentiable]
    fn under_else(x: &[f64], n: usize) -> f64 {
        let mut s = x[0];
        if s > 0.0 {
            s *= x[1];
        } else {
            match n {
                0 => s = x[1].sin(),
                k if k % 2 == 1 => s *= x[0],
                _ => {}
            }
        }
        s * x[1]
    }

    /// Only a guard asks what the iterations count.
    #[differentiable]
    fn guarded_by_a_count(x: &[f64], kinds: &[usize]) -> f64 {
        let (mut s, mut count) = (0.4, 0);
        for i in 0..x.len() {
            match kinds[i % kinds.len()] {
                kind if kind > count => {
                    s += x[i].powi(3);
                    count += kind;
                }
                _ => s += x[i].sin(),
            }
        }
        s * s
    }

    #[differentiable]
    fn integers(x: &[f64]) -> f64 {
        let mut s = 1.0;
        for i in 0..x.len() {
            s += match i {
                0 => x[0] * x[1],
                1 | 2 => s * x[i],
                SPECIAL => x[i].exp(),
                n if n % 2 == 0 => {
                    let t = s * x[n];
                    t * t
                }
                4..=6 => -x[i],
                _ => x[i].sin() * s,
            };
        }
        s
    }

    #[differentiable]
    fn active_scrutinee(x: &[f64]) -> f64 {
        match (x[0] > 0.0, x[1]) {
            (true, y) if y > 0.5 => y * x[0],
            (true, y) => y.powi(2) - x[0],
            (false, y) => y.sin() * x[0],
        }
    }

    #[differentiable(wrt(x))]
    fn by_kind(x: &[f64], kernel: Kernel) -> f64 {
        use Kernel::*;
        let mut s = 0.0;
        for i in 1..x.len() {
            let r = x[i] - x[i - 1];
            s += match kernel {
                Gaussian { width } => (-r * r / width).exp(),
                Power(n) => r.powi(n) * x[0],
                Flat => 1.0,
            };
        }
        s * x[0]
    }

    #[differentiable(wrt(x))]
    fn optional(x: &[f64], limit: Option<usize>) -> f64 {
        let mut s = x[0];
        if let Some(n) = limit {
            for i in 0..n {
                s = s * x[i] + x[i];
            }
        } else {
            s *= 2.0;
        }
        let Some(n) = limit else {
            return s * s;
        };
        s * x[n]
    }

    #[differentiable]
    fn slices(x: &[f64]) -> f64 {
        let [a, b, ..] = x else {
            return 0.0;
        };
        let &[c, .., d] = x else { return a * b };
        let (e, (f, _)) = (a * c, (b + d, 1.0));
        e * f + if let [g, h, i] = x { g * h * i } else { d }
    }
}

impl Lift for Option<usize> {
    type Out = Option<usize>;
    fn lift(&self) -> Option<usize> {
        *self
    }
}

#[test]
fn patterns() {
    for x in points(111, 4, 8, -1.5, 1.5) {
        check(&derived!(|x| integers(x)), &x, 1e-12);
        check(&derived!(alone | x | guarded_by_a_count(x, &[1, 2, 1, 5, 0])), &x, 1e-9);
        check(&derived!(|x| active_scrutinee(x)), &x[..2], 1e-12);
        for limit in [None, Some(0), Some(4)] {
            check(&derived!(|x| optional(x, limit)), &x, 1e-12);
        }
        check(&derived!(|x| slices(x)), &x[..3], 1e-12);
        for n in 0..3 {
            check(&derived!(|x| under_else(x, n)), &x[..2], 1e-12);
        }
        check(&derived!(|x| slices(x)), &x, 1e-12);
    }
}

#[test]
fn enums_with_payload() {
    for x in points(112, 3, 4, -1.5, 1.5) {
        check(&derived!(alone | x | by_kind(x, Kernel::Gaussian { width: 0.7 })), &x, 1e-12);
        check(&derived!(alone | x | by_kind(x, Kernel::Power(3))), &x, 1e-12);
        check(&derived!(alone | x | by_kind(x, Kernel::Flat)), &x, 1e-12);
    }
}

mod or_of_an_option {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(c))]
    pub fn spline(c: &[f64], ts: &[f64]) -> f64 {
        let knots = [0.0, 0.25, 0.5, 1.0];
        let mut s = 0.0;
        for &t in ts {
            let k = match knots.iter().position(|&u| u > t) {
                Some(0) | None => knots.len() - 2,
                Some(i) => i - 1,
            };
            let u = (t - knots[k]) / (knots[k + 1] - knots[k]);
            let top = match c.iter().copied().find(|v| *v > 0.5) {
                None | Some(1.0..) => 0.5,
                Some(v) => v * v,
            };
            s += (c[k] * (1.0 - u) + c[(k + 1) % c.len()] * u * top).powi(2);
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | spline(&x, &[-0.1, 0.1, 0.3, 0.77, 1.0])),
            &points(7, 3, 3, -0.5, 1.2),
            1e-9,
        );
    }
}

mod constants_in_patterns {
    use crate::support::*;
    use hvp::differentiable;

    const LIMIT: f64 = 0.5;
    const TWO: usize = 2;

    #[derive(Clone, Copy)]
    enum Mode {
        Square,
        Triple,
    }
    use Mode::*;

    struct Counted {
        value: f64,
        count: usize,
    }

    #[differentiable]
    fn at_a_limit(x: f64) -> f64 {
        match x {
            LIMIT => LIMIT * x * x,
            _ => 3.0 * x * x,
        }
    }

    #[differentiable(wrt(x))]
    fn beside_a_variant(x: f64, mode: Mode) -> f64 {
        let pair = (x, mode);
        match pair {
            (y, Square) => y * y,
            (y, Triple) => 3.0 * y * y * y,
        }
    }

    #[differentiable(wrt(x))]
    fn in_a_struct(x: f64, count: usize) -> f64 {
        let counted = Counted { value: x, count };
        match counted {
            Counted { value, count: TWO } => value * value,
            Counted { value, .. } => 3.0 * value * value * value,
        }
    }

    #[differentiable]
    fn in_an_option(x: &[f64]) -> f64 {
        if let Some(LIMIT) = x.first().copied() { x[1] * x[1] } else { 3.0 * x[0] * x[1] }
    }

    #[differentiable]
    fn in_a_macro(x: f64) -> f64 {
        if matches!((x, 2usize), (LIMIT, TWO)) { x * x } else { x * x * x }
    }

    #[test]
    fn have_the_right_derivatives() {
        for x in points(51, 3, 2, 0.7, 1.5) {
            check(&derived!(alone | x | at_a_limit(x[0])), &x, 1e-9);
            check(&derived!(alone | x | beside_a_variant(x[0], Square)), &x, 1e-9);
            check(&derived!(alone | x | beside_a_variant(x[0], Triple)), &x, 1e-9);
            check(&derived!(alone | x | in_a_struct(x[0], 2)), &x, 1e-9);
            check(&derived!(alone | x | in_a_struct(x[0], 3)), &x, 1e-9);
            check(&derived!(alone | x | in_an_option(&x)), &x, 1e-9);
            check(&derived!(alone | x | in_a_macro(x[0])), &x, 1e-9);
        }
        assert_eq!(at_a_limit_grad(LIMIT), 2.0 * LIMIT * LIMIT);
        assert_eq!(in_an_option_grad(&[LIMIT, 0.7]), [0.0, 1.4]);
        assert_eq!(in_a_macro_grad(LIMIT), 2.0 * LIMIT);
    }
}

mod options_of_tuples {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn runs(x: &[f64]) -> f64 {
        let mut current: Option<(bool, f64)> = None;
        let mut total = 0.0;
        for &v in x {
            let sign = v > 0.0;
            current = match current {
                Some((s, sum)) if s == sign => Some((s, sum + v)),
                Some((_, sum)) => {
                    total += sum * sum;
                    Some((sign, v))
                }
                None => Some((sign, v)),
            };
        }
        if let Some((_, sum)) = current {
            total += sum * sum;
        }
        total
    }

    #[differentiable]
    fn best(x: &[f64]) -> f64 {
        let mut best: Option<(usize, f64)> = None;
        for (i, &v) in x.iter().enumerate() {
            let score = v.sin() * v;
            if best.map_or(true, |(_, b)| score > b) {
                best = Some((i, score));
            }
        }
        let (i, b) = best.unwrap();
        b * x[i] * (i + 1) as f64
    }

    #[differentiable]
    fn series(x: &[f64]) -> f64 {
        let terms = std::iter::successors(Some((1.0, 0_u32)), |&(t, n)| {
            let next = t * x[0] / f64::from(n + 1);
            (f64::abs(next) > 1e-18).then_some((next, n + 1))
        });
        terms.map(|(t, _)| t).sum::<f64>() * x[1]
    }

    #[test]
    fn are_assigned() {
        check_everywhere(&derived!(alone | x | runs(&x)), &points(41, 3, 6, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | best(&x)), &points(42, 3, 6, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | series(&x)), &points(43, 3, 2, 0.1, 1.0), 1e-9);
    }
}

mod arrays_of_data {
    use crate::support::*;
    use hvp::differentiable;

    type Pins = std::collections::HashMap<usize, [f64; 2]>;

    #[differentiable(wrt(x))]
    fn pinned(x: &[f64], pins: &Pins) -> f64 {
        let place = |i: usize| match pins.get(&i) {
            Some(pin) => *pin,
            None => [x[i], x[i + 1]],
        };
        let mut total = 0.0;
        for i in 0..x.len() - 1 {
            let ([a, b], [c, d]) = (place(i), place(0));
            total += (a - c).powi(2) * b.cos() + d * a;
        }
        total
    }

    #[differentiable(wrt(x))]
    fn chosen(x: &[f64], pins: &[Option<[f64; 2]>]) -> f64 {
        let mut total = 0.0;
        for (i, pin) in pins.iter().enumerate() {
            let at = if let Some(pin) = pin { *pin } else { [x[i] * x[0], x[1].sin()] };
            total += at[0] * at[1] * x[i];
        }
        total
    }

    #[differentiable(wrt(x))]
    fn nearest(x: &[f64], spheres: &[([f64; 2], f64)], which: Option<usize>) -> f64 {
        match which {
            None => x[0],
            Some(i) => {
                let (center, radius) = spheres[i];
                let mut sum = 0.0;
                for k in 0..2 {
                    sum += ((x[k] - center[k]) / radius).powi(2);
                }
                sum * sum
            }
        }
    }

    #[test]
    fn stand_beside_differentiated_ones() {
        let pins = Pins::from([(1, [0.3, -0.7])]);
        let options = [None, Some([0.4, 1.2]), None];
        let spheres = [([0.1, 0.2], 0.5), ([-0.3, 0.6], 1.5)];
        let points = points(51, 3, 4, -1.0, 1.0);
        check_everywhere(&derived!(alone | x | pinned(&x, &pins)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | chosen(&x, &options)), &points, 1e-9);
        for which in [None, Some(0), Some(1)] {
            check_everywhere(&derived!(alone | x | nearest(&x, &spheres, which)), &points, 1e-9);
        }
    }
}

mod tuples {
    use super::*;

    #[differentiable(wrt(x))]
    fn by_ends(x: f64, first: usize, middle: usize, last: usize) -> f64 {
        let parts = (x * x, first, middle, last);
        let tail = match parts {
            (.., 0) => x,
            (y, 0, ..) => y * x,
            (y, .., 1, 1) => y.sin(),
            (y, ..) => 3.0 * y,
        };
        let head = if let (.., 2, 0) = (first, middle, last) { x.exp() } else { 1.0 };
        tail * head
    }

    #[test]
    fn rests_stand_for_any_number_of_parts() {
        for [first, middle, last] in
            [[0, 0, 0], [0, 2, 0], [0, 1, 1], [2, 2, 0], [1, 1, 1], [1, 0, 1], [1, 1, 0], [3, 2, 1]]
        {
            let f = derived!(alone | x | by_ends(x[0], first, middle, last));
            check_everywhere(&f, &points(61, 2, 1, -1.0, 1.0), 1e-9);
        }
    }

    #[differentiable]
    fn nested(m: &[[f64; 2]; 2]) -> f64 {
        match m {
            [[a, b], [.., d]] if *a > 0.0 => a * b * d,
            [first, ..] => first[1],
        }
    }

    #[test]
    fn arrays_of_fixed_length_are_taken_apart() {
        assert_eq!(nested_grad(&[[2.0, 3.0], [4.0, 5.0]]), [[15.0, 10.0], [0.0, 6.0]]);
        assert_eq!(nested_grad(&[[-2.0, 3.0], [4.0, 5.0]]), [[0.0, 1.0], [0.0, 0.0]]);
    }
}
