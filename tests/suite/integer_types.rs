//! Integers whose type an annotation tells keep it: what `!`, a shift or an overflow gives depends on it.

use crate::support::*;
use hvp::differentiable;

struct Counts {
    k: [u8; 2],
    weight: f64,
}

#[differentiable]
fn arrays(x: &[f64]) -> f64 {
    let u: [u8; 3] = [200, 100, 50];
    let v: Vec<u8> = vec![200; 2];
    let big: [i64; 2] = [50000, 50000];
    let square: [i32; 2] = [2, 3];
    let counts = Counts { k: [200, 3], weight: x[0] * x[1] };
    x[0] * !u[0] as f64
        + x[1] * x[1] * (u[1] << 1) as f64
        + x[2].sin() * (!v[0] >> 2) as f64
        + x[1] * x[2] * (big[0] * big[1]) as f64 * 1e-9
        + counts.weight * !counts.k[0] as f64 * square[1].pow(2) as f64
}

#[differentiable]
fn generator(x: &[f64]) -> f64 {
    let mut state: [u32; 2] = [1, 7];
    let mut sum = 0.0;
    for _ in 0..5 {
        state[0] ^= state[0] << 13;
        state[0] ^= state[0] >> 17;
        state[0] ^= state[0] << 5;
        state[1] = state[0];
        sum += x[(state[1] % 3) as usize] * x[0];
    }
    sum
}

#[differentiable]
fn table(x: &[f64]) -> f64 {
    let mut fibonacci: Vec<u64> = vec![1; 70];
    for i in 2..70 {
        fibonacci[i] = fibonacci[i - 1] + fibonacci[i - 2];
    }
    let products: Vec<u64> = (0..3).map(|i| i * 3_000_000_000).collect();
    let v = vec![100_000, 100_000];
    let product: u64 = v[0] * v[1];
    x[0] * x[1] * fibonacci[69] as f64 * 1e-14 + x[2].exp() * (products[2] + product) as f64 * 1e-10
}

#[differentiable]
fn grown(x: &[f64]) -> f64 {
    let mut bytes: Vec<u8> = Vec::new();
    bytes.push(200);
    let mut pairs: Vec<(u8, f64)> = Vec::new();
    pairs.push((100, x[0]));
    let (a, b): (u8, f64) = (200, x[1]);
    x[2] * !bytes[0] as f64 * x[1] + pairs[0].1 * !pairs[0].0 as f64 + b * b * !a as f64
}

#[differentiable]
fn chosen(x: &[f64], w: usize) -> f64 {
    let k: u8 = if w > 3 { 200 } else { 100 };
    let m: u8 = match w {
        1 => 50,
        _ => 60,
    };
    let n: i64;
    if w > 2 {
        n = 100_000
    } else {
        n = 2
    }
    let mut last: Option<u8> = Some(200);
    if w > 9 {
        last = None;
    }
    x[0] * x[1] * !k as f64
        + x[1].exp() * !m as f64
        + x[2] * x[2] * (n * n) as f64 * 1e-10
        + x[0].sin() * !last.unwrap_or(100) as f64
}

#[differentiable]
fn computed(x: &[f64], w: u8) -> f64 {
    let k: u8 = 100 + 50;
    let shifted: u8 = 1 << 7;
    let inverted: u8 = !100;
    let low = 100 + 27;
    let high: u8 = low | 1;
    let mask = 3 ^ 1;
    let odd = |n: u8| -> u8 { !n };
    let ones = || -> u8 { 255 };
    let flags = !(mask & w);
    let back: i8 = -100;
    let (late, other): (u8, u64);
    late = 100;
    other = 1 << 40;
    let wide: u16;
    {
        let wide: u8;
        wide = 200;
        assert_eq!(!wide, 55);
    }
    wide = 200;
    x[0] * x[1] * !k as f64
        + x[1].exp() * !shifted as f64
        + x[2] * x[2] * !inverted as f64
        + x[0].sin() * !high as f64
        + x[1] * x[2] * odd(100) as f64
        + x[0] * x[0] * !ones() as f64
        + x[2].cos() * flags as f64
        + x[0] * x[2] * !(low + 100) as f64
        + x[1] * x[1] * (!back << 1) as f64
        + x[0].exp() * (!late as f64 + !wide as f64 + other as f64 * 1e-12)
}

#[test]
fn are_kept() {
    let points = points(901, 3, 3, 0.2, 1.2);
    check_everywhere(&derived!(alone | x | arrays(&x)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | generator(&x)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | table(&x)), &points, 1e-9);
    check_everywhere(&derived!(alone | x | grown(&x)), &points, 1e-9);
    for w in [1, 5, 10] {
        check_everywhere(&derived!(alone | x | chosen(&x, w)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | computed(&x, w as u8)), &points, 1e-9);
    }
}
