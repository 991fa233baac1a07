//! Data of the user's own types, without a default, that a variable holds only later.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

struct Observation {
    value: f64,
    weight: f64,
    site: &'static str,
}

#[differentiable(wrt(x))]
fn best_with_its_side(x: &[f64], sides: &[Side]) -> f64 {
    let mut best = None;
    for (v, side) in x.iter().zip(sides) {
        match best {
            None => best = Some((*v, *side)),
            Some((b, _)) if *v > b => best = Some((v * b, *side)),
            _ => {}
        }
    }
    match best {
        Some((v, Side::Left)) => v * v,
        Some((v, Side::Right)) => v * v * v,
        None => 0.0,
    }
}

#[differentiable(wrt(x))]
fn annotated(x: &[f64], sides: &[Side]) -> f64 {
    let mut best: Option<(f64, Side)> = None;
    let mut lent: Option<(f64, &Side)> = None;
    let mut alone = None;
    for (v, side) in x.iter().zip(sides) {
        if best.map_or(true, |b| b.0 < *v) {
            best = Some((*v, *side));
            lent = Some((v.sin(), side));
            alone = Some(*side);
        }
    }
    let (v, side) = best.unwrap();
    let (w, other) = lent.unwrap();
    let product = if side == *other { v * w } else { 0.0 };
    if let Some(Side::Left) = alone { product } else { product * product }
}

#[differentiable(wrt(x))]
fn now_data_now_computed(x: &[f64], data: &[Observation]) -> f64 {
    let mut best = None;
    for (v, o) in x.iter().zip(data) {
        match best {
            None => best = Some((*v, o.weight)),
            Some((b, w)) if *v > b => best = Some((*v, v * w)),
            _ => {}
        }
    }
    let (v, w) = best.unwrap();
    v * w + w.sin()
}

#[differentiable(wrt(x))]
fn neighbours_of_one_site(x: &[f64], data: &[Observation]) -> f64 {
    let mut last: Option<(f64, &str)> = None;
    let mut sum = 0.0;
    for (v, o) in x.iter().zip(data) {
        if let Some((before, site)) = last {
            sum += if site == o.site { (v - before).powi(2) } else { v * before };
        }
        last = Some((*v, o.site));
    }
    sum * x[0]
}

#[differentiable(wrt(x))]
fn steps(x: &[f64], data: &[Observation], sides: &[Side]) -> f64 {
    let (mut forth, mut back, mut round) = (data.iter(), data.iter().rev(), sides.iter().cycle());
    let mut sum = 1.0;
    for v in x {
        if let Some(o) = forth.next() {
            sum += (v - o.value).powi(2) * o.weight;
        }
        let last = back.next();
        match round.next().unwrap() {
            Side::Left => sum += v * last.map_or(1.0, |o| o.value),
            Side::Right => sum *= v,
        }
    }
    let mut rest = data.iter().rev().skip(1);
    while let Some(o) = rest.next() {
        sum *= (x[0] - o.value) * o.weight;
    }
    sum
}

#[test]
fn is_kept_until_it_is_asked_for() {
    let sides = [Side::Left, Side::Right, Side::Left, Side::Right];
    let data: Vec<Observation> = [(0.2, 1.5, "a"), (0.6, 0.5, "a"), (-0.3, 2.0, "b"), (0.1, 0.75, "b")]
        .map(|(value, weight, site)| Observation { value, weight, site })
        .into();
    let points = points(1, 5, 4, -1.0, 1.5);
    check_everywhere(&derived!(alone | x | best_with_its_side(&x, &sides)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | annotated(&x, &sides)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | now_data_now_computed(&x, &data)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | neighbours_of_one_site(&x, &data)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | steps(&x, &data, &sides)), &points, 1e-9);
}

#[derive(Clone)]
struct Named {
    name: String,
    weight: f64,
}

/// A pattern moves out of a variable that is there again in the reverse sweep.
#[differentiable(wrt(x))]
fn moved_by_a_pattern(x: &[f64], data: &[Named]) -> f64 {
    let mut before: Option<Named> = None;
    let mut s = 0.0;
    for (v, now) in x.iter().zip(data) {
        let now = now.clone();
        if let Some(b) = before {
            s += v * (now.weight - b.weight) * v;
        }
        before = Some(now);
    }
    if let Some(last) = before { s * last.weight * last.name.len() as f64 + x[0] } else { x[0] * x[0] }
}

#[test]
fn patterns_may_move_it() {
    let data =
        [("a", 0.7), ("bc", 0.2), ("def", 1.5)].map(|(name, weight)| Named { name: name.to_owned(), weight });
    let points = points(2, 3, 3, -1.0, 1.0);
    check_everywhere(&derived!(alone | x | moved_by_a_pattern(&x, &data)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | moved_by_a_pattern(&x, &data[..0])), &points, 1e-9);
}
