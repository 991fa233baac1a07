//! Passive state and memory that called functions change: each change happens once, in the user's order.

use crate::support::*;
use hvp::differentiable;
use std::cell::Cell;

fn doubled(n: &Cell<u32>) -> f64 {
    n.set(n.get() * 2);
    f64::from(n.get())
}

#[differentiable]
fn add_square(total: &mut f64, n: &Cell<u32>, x: f64) {
    *total += *total * x * x * doubled(n);
}

#[differentiable]
fn totals(x: &[f64]) -> f64 {
    let n = Cell::new(1);
    let mut total = x[0];
    for v in x {
        add_square(&mut total, &n, *v);
    }
    total
}

#[test]
fn a_number_by_reference_meets_state_that_changes_once() {
    let x = [0.7, -0.4, 0.3];
    check(&derived!(alone | x | totals(&x)), &x, 1e-9);
    let mut total = 2.0;
    let n = Cell::new(3);
    let gradient = add_square_vjp(&mut total, &n, 0.5, 1.0);
    assert_eq!((total, n.get()), (2.0 + 2.0 * 0.25 * 6.0, 6));
    assert_eq!(gradient, (1.0 + 0.25 * 6.0, 2.0 * 2.0 * 0.5 * 6.0));
}

#[differentiable]
fn into_memory(out: &mut [f64], n: &Cell<u32>, x: f64) -> f64 {
    out[0] = x * doubled(n);
    out[1] *= x * x;
    out[0] * x
}

#[test]
fn memory_by_reference_meets_state_that_changes_once() {
    let (mut out, n) = ([7.0, 3.0], Cell::new(1));
    let gradient = into_memory_vjp(&mut out, &n, 0.5, 10.0, &[1.0, 100.0]);
    assert_eq!((out, n.get()), ([1.0, 0.75], 2));
    assert_eq!(gradient, (vec![0.0, 25.0], 10.0 * 2.0 * 2.0 * 0.5 + 2.0 + 100.0 * 3.0 * 2.0 * 0.5));
}

/// Nothing but what it does to `n` keeps it from running twice; so with the next two.
#[differentiable(wrt(x))]
fn counted(x: f64, n: &Cell<u32>) -> f64 {
    n.set(n.get() + 1);
    x * x
}

#[differentiable(wrt(x))]
fn counted_in_a_loop(x: f64, n: &Cell<u32>) -> f64 {
    for _ in 0..2 {
        n.set(n.get() + 1);
    }
    x
}

#[differentiable(wrt(x))]
fn counted_in_an_arm(x: f64, n: &Cell<u32>) -> f64 {
    if n.get() > 2 {
        n.set(n.get() + 1);
        return x.sin();
    }
    x
}

#[differentiable(wrt(x))]
fn counted_or_refused(x: f64, n: &Cell<u32>) -> f64 {
    if x < -9.0 {
        panic!("too far away");
    }
    n.set(n.get() + 1);
    x * x * x
}

#[differentiable(wrt(x))]
fn calls_that_count(x: &[f64], n: &Cell<u32>) -> f64 {
    let first = counted(x[0], n) * counted_in_a_loop(x[1], n);
    first + counted_in_an_arm(x[0], n) + counted_or_refused(x[1], n)
}

#[test]
fn a_called_function_that_changes_state_runs_once() {
    let (x, n) = ([0.7_f64, -0.4], Cell::new(0));
    let want = [2.0 * x[0] * x[1] + x[0].cos(), x[0] * x[0] + 3.0 * x[1] * x[1]];
    assert_close(&calls_that_count_grad(&x, &n), &want, 1e-14, "gradient");
    assert_eq!(n.get(), 5);
    let want = [2.0 * x[1] - x[0].sin() + 2.0 * x[0], 2.0 * x[0]];
    assert_close(
        &calls_that_count_hvp(&x, &n, &[1.0, 1.0]),
        &[want[0], want[1] + 6.0 * x[1]],
        1e-14,
        "product",
    );
    assert_eq!(n.get(), 10);
}

/// The reverse sweep comes when the caller's memory may have changed.
#[differentiable]
fn norm_of_memory(memory: &mut [f64], n: &Cell<u32>, x: f64) -> f64 {
    let k = doubled(n);
    let mut s = 0.0;
    for i in 0..memory.len() {
        let p = [memory[i] * x, memory[i] + x];
        s += p[0] * p[1] * k;
    }
    s
}

#[differentiable]
fn length_of_memory(memory: &mut [f64], n: &Cell<u32>, x: &[f64]) -> f64 {
    let k = doubled(n);
    let mut s = 0.0;
    for v in x {
        let p = [*v, v * memory.len() as f64];
        s += p[0] * p[1] * k;
    }
    memory[0] = s;
    s
}

#[differentiable]
fn norms(x: &[f64]) -> f64 {
    let n = Cell::new(1);
    let mut a = x.to_vec();
    let first = norm_of_memory(&mut a, &n, x[0]);
    a[1] = first * x[2];
    a[0] *= 3.0;
    let second = length_of_memory(&mut a, &n, x);
    norm_of_memory(&mut a, &n, x[1]) * first + second
}

#[test]
fn a_loop_over_memory_by_reference_meets_state_that_changes_once() {
    let x = [0.7, -0.4, 0.3];
    check(&derived!(alone | x | norms(&x)), &x, 1e-9);
}

#[differentiable(wrt(x))]
fn draw_or_fail(x: &[f64], count: &Cell<f64>) -> Result<f64, String> {
    count.set(count.get() + 1.0);
    let k = count.get();
    if k > 2.0 {
        return Err("spent".to_owned());
    }
    if x[0] > 0.0 {
        return Ok(k * x[0] * x[1]);
    }
    Ok(k * x[1].sin())
}

#[differentiable(wrt(x))]
fn squared_draw(x: &[f64], count: &Cell<f64>) -> Result<f64, String> {
    let y = draw_or_fail(x, count)?;
    Ok(y * y)
}

#[test]
fn a_function_with_state_returns_early_or_fails() {
    let grad = |x: [f64; 2], start: f64| {
        let count = Cell::new(start);
        let grad = squared_draw_grad(&x, &count);
        assert_eq!(count.get(), start + 1.0, "one draw");
        grad
    };
    assert_eq!(grad([0.5, 2.0], 0.0), Ok(vec![4.0, 1.0]));
    assert_eq!(grad([0.5, 2.0], 1.0), Ok(vec![16.0, 4.0]));
    assert_close(&grad([-0.5, 2.0], 1.0).unwrap(), &[0.0, 4.0 * 4.0_f64.sin()], 1e-14, "the last return");
    assert!(grad([0.5, 2.0], 2.0).is_err());
}

#[differentiable(wrt(x))]
fn draw_or_nothing(x: f64, count: &Cell<f64>) -> Option<f64> {
    count.set(count.get() + 1.0);
    if count.get() > 2.0 { None } else { Some(count.get() * x * x) }
}

#[differentiable(wrt(x))]
fn twice_drawn(x: f64, count: &Cell<f64>) -> Option<f64> {
    Some(draw_or_nothing(x, count)? * draw_or_nothing(x, count)?)
}

#[test]
fn a_function_with_state_ends_in_a_failure() {
    let count = Cell::new(0.0);
    assert_eq!(twice_drawn_grad(0.5, &count), Some(2.0 * 4.0 * 0.125));
    assert_eq!(count.get(), 2.0);
    assert_eq!(twice_drawn_grad(0.5, &count), None);
    assert_eq!(count.get(), 3.0);
}

#[differentiable(wrt(x))]
fn last_step(x: &[f64], count: &Cell<f64>) -> Vec<f64> {
    let mut step = vec![0.0; 2];
    let mut y = x[0];
    for _ in 0..3 {
        count.set(count.get() + 1.0);
        step[0] = y * x[1];
        step[1] = y + count.get();
        y = step[0] * step[1];
    }
    step
}

#[differentiable(wrt(x))]
fn of_the_last_step(x: &[f64], count: &Cell<f64>) -> f64 {
    let step = last_step(x, count);
    step[0] * step[0] + step[1].sin()
}

#[test]
fn an_array_that_each_iteration_fills_is_returned() {
    let f = |x: &[f64]| of_the_last_step(x, &Cell::new(0.0));
    let x = [0.7, 0.6];
    let grad = of_the_last_step_grad(&x, &Cell::new(0.0));
    let slope = |j: usize| {
        let at = |h: f64| {
            let mut x = x;
            x[j] += h;
            f(&x)
        };
        (at(1e-5) - at(-1e-5)) / 2e-5
    };
    // Central differences.
    assert_close(&grad, &[slope(0), slope(1)], 1e-8, "gradient");
}

#[differentiable(wrt(a))]
fn tick(a: f64, count: &Cell<f64>) -> f64 {
    count.set(count.get() + 1.0);
    a * count.get()
}

#[differentiable(wrt(x))]
fn ticks(x: &[f64], count: &Cell<f64>) -> f64 {
    let mut sum = 0.0;
    for i in 0..3 {
        let weight = tick(2.0, count);
        sum += weight * x[i] * x[i];
    }
    sum
}

#[differentiable(wrt(x))]
fn counted_if_positive(x: f64, count: &Cell<f64>) -> f64 {
    if x > 0.0 {
        count.set(count.get() + 1.0);
    }
    x * x
}

#[differentiable(wrt(x))]
fn two_counted(x: &[f64], count: &Cell<f64>) -> f64 {
    counted_if_positive(x[0], count) * counted_if_positive(x[1], count)
}

#[test]
fn state_in_calls_changes_once() {
    let count = Cell::new(0.0);
    assert_eq!(ticks_grad(&[1.0, 2.0, 3.0], &count), [4.0, 16.0, 36.0]);
    assert_eq!(count.get(), 3.0);
    assert_eq!(two_counted_grad(&[2.0, 3.0], &count), [36.0, 24.0]);
    assert_eq!(count.get(), 5.0);
}

#[differentiable]
fn scale(x: f64, out: &mut [f64]) {
    out[0] = out[0] * x + 1.0;
}

#[differentiable]
fn scaled(x: &[f64]) -> f64 {
    let mut out = [2.0];
    for i in 0..3 {
        scale(x[i], &mut out);
    }
    out[0]
}

#[test]
fn memory_that_calls_hand_on_changes_once() {
    // ((2a + 1) b + 1) c + 1
    let (a, b, c) = (0.5, -3.0, 0.25);
    let want = [2.0 * b * c, (2.0 * a + 1.0) * c, (2.0 * a + 1.0) * b + 1.0];
    assert_eq!(scaled_grad(&[a, b, c]), want);
}

mod drawn_once {
    use super::*;

    /// A number that nothing but the counter tells.
    fn draw(n: &Cell<usize>) -> usize {
        n.set(n.get() + 1);
        n.get()
    }

    enum Side {
        Left(usize),
        Right,
    }

    fn side(n: &Cell<usize>) -> Side {
        if draw(n) % 3 == 0 { Side::Right } else { Side::Left(n.get()) }
    }

    mod helpers {
        use super::*;

        #[differentiable(wrt(x))]
        pub fn by_match(x: &[f64], n: &Cell<usize>) -> f64 {
            match side(n) {
                Side::Left(k) => x[k % 3] * x[0],
                Side::Right => x[2] * x[2],
            }
        }

        #[differentiable(wrt(x))]
        pub fn by_guard(x: &[f64], n: &Cell<usize>) -> f64 {
            match Some(draw(n)) {
                Some(k) if k % 2 == 0 => x[k % 3] * x[0],
                Some(_) => x[1].exp(),
                None => 0.0,
            }
        }

        #[differentiable(wrt(x))]
        pub fn asserted(x: &[f64], n: &Cell<usize>) -> f64 {
            assert!(draw(n) < 1000);
            x[2].exp() * x[1]
        }
    }

    mod nested {
        use super::*;

        /// It must keep what it called for its own caller.
        #[differentiable(wrt(x), recursive)]
        pub fn call(x: &[f64], n: &Cell<usize>) -> f64 {
            let y = helpers::by_match(x, n);
            y.sin() * y
        }
    }

    macro_rules! twice {
        ($($name:ident $module:ident $helper:ident,)*) => {$(
            #[differentiable(wrt(x))]
            fn $name(x: &[f64], n: &Cell<usize>) -> f64 {
                let y = $module::$helper(x, n);
                y * y + $module::$helper(x, n) * y * x[1]
            }
        )*};
    }
    twice!(matched helpers by_match, guarded helpers by_guard, checked helpers asserted, passed_on nested call,);

    #[differentiable(wrt(x))]
    fn in_a_loop(x: &[f64], n: &Cell<usize>) -> f64 {
        let mut sum = 0.0;
        for i in 0..3 {
            let parts: Vec<f64> = (0..3)
                .map(|j| match side(n) {
                    Side::Left(k) => x[k % 3].exp(),
                    Side::Right => x[(i + j) % 3].sin(),
                })
                .collect();
            sum += parts[0] * parts[1] * parts[2];
        }
        sum
    }

    /// Nobody asks for the first number, whose draw counts.
    #[differentiable(wrt(x))]
    fn passed_over(x: &[f64], n: &Cell<usize>) -> f64 {
        let _first = match side(n) {
            Side::Left(k) => x[k % 3].exp(),
            Side::Right => x[0],
        };
        match side(n) {
            Side::Left(k) if k > 4 => x[k % 3] * x[1],
            Side::Left(k) => x[k % 3] * x[0],
            Side::Right => x[2] * x[2],
        }
    }

    /// What is skipped from the front is drawn, what lies before the end that is asked for is not.
    #[differentiable(wrt(x))]
    fn skipped(x: &[f64], n: &Cell<usize>) -> f64 {
        let drawn = |j: usize| x[draw(n) % 3] * (x[j] + j as f64);
        let ahead: f64 = (0..3).map(drawn).skip(1).sum();
        let back: f64 = (0..3).map(drawn).skip(1).rev().map(|v| v.sin()).sum();
        let third = (0..3).map(drawn).nth(2).unwrap_or(0.0);
        let product: f64 = x.iter().zip((0..3).map(drawn).skip(1)).map(|(a, b)| a * b).sum();
        let stepped: f64 = (0..3).map(drawn).step_by(2).sum();
        let beside: f64 =
            (0..3).map(drawn).skip(1).zip("a bc".split(' ')).map(|(v, text)| v * text.len() as f64).sum();
        let mut rest = (0..3).map(drawn);
        let first = rest.next().unwrap_or(1.0);
        let mut others = (0..3).map(drawn);
        let second = others.nth(1).unwrap_or(1.0) * draw(n) as f64;
        ahead * back + third * product * stepped * beside + first * rest.sum::<f64>() * second
    }

    /// Nobody asks for what these draws give.
    #[differentiable(wrt(x))]
    fn unused(x: &[f64], n: &Cell<usize>) -> f64 {
        let _ = draw(n);
        _ = draw(n);
        let (_, y) = (draw(n), x[0]);
        let z = (draw(n), x[1]).1;
        let second = |_: usize, v: f64| v * v;
        let squares: f64 = x.iter().map(|v| (draw(n), v * v)).map(|(_, square)| square).sum();
        let count = x.iter().map(|_| draw(n)).count();
        let last = x.iter().map(|v| v * draw(n) as f64).last().unwrap_or(0.0);
        y * z * second(draw(n), x[2]) * squares * (last + count as f64)
    }

    type OfX<R> = fn(&[f64], &Cell<usize>) -> R;

    #[test]
    fn whatever_is_asked_for() {
        let all: [(OfX<f64>, OfX<Vec<f64>>); 8] = [
            (matched, matched_grad),
            (guarded, guarded_grad),
            (checked, checked_grad),
            (passed_on, passed_on_grad),
            (in_a_loop, in_a_loop_grad),
            (passed_over, passed_over_grad),
            (skipped, skipped_grad),
            (unused, unused_grad),
        ];
        for (number, (f, grad)) in all.into_iter().enumerate() {
            for x in points(91, 3, 3, 0.2, 1.2) {
                let n = Cell::new(0);
                let value = f(&x, &n);
                let drawn = n.take();
                let gradient = grad(&x, &n);
                assert_eq!(n.get(), drawn, "function {number}");
                for (i, slope) in gradient.iter().enumerate() {
                    let at = |h: f64| {
                        let mut x = x.clone();
                        x[i] += h;
                        n.set(0);
                        f(&x, &n)
                    };
                    let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
                    assert!((slope - difference).abs() < 1e-7 * value.abs().max(1.0), "function {number}");
                }
            }
        }
    }
}
