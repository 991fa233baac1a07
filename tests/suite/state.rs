//! Passive state that changes while the function runs: each change happens once, in the user's order.

use crate::support::*;
use hvp::differentiable;
use std::cell::Cell;

fn bump(count: &mut usize) -> usize {
    *count += 1;
    *count % 3
}

#[differentiable]
fn integers_by_reference(x: &[f64]) -> f64 {
    let mut a = x.to_vec();
    let mut i = 0;
    a[bump(&mut i)] += x[bump(&mut i)] * x[0];
    a[bump(&mut i)] *= x[bump(&mut i)] * i as f64;
    a[0] * a[1] + a[2].sin() * i as f64
}

#[differentiable]
fn indices_that_change(x: &[f64]) -> f64 {
    let mut a = [[x[0], x[1]], [x[2], 1.0]];
    let mut k = 0;
    a[{
        k += 1;
        k
    }][{
        k -= 1;
        k
    }] += {
        a[1][0] = x[1] * 3.0;
        a[0][1]
    };
    let mut s = x[0];
    a[{
        s += 1.0;
        0
    }][0] += s;
    s = s.max({
        s += 5.0;
        s - 9.0
    });
    a[1][0] * a[0][0] + a[0][1] * a[1][1] * s
}

#[differentiable(wrt(x))]
fn a_cell(x: &[f64], count: &Cell<usize>) -> f64 {
    let mut s = 0.0;
    for v in x {
        let k = {
            count.set(count.get() + 1);
            count.get()
        };
        s += v * v * k as f64 + s * v;
    }
    s
}

#[differentiable(wrt(x))]
fn a_changing_closure(x: &[f64], mut next: impl FnMut() -> f64) -> f64 {
    let mut s = 1.0;
    for v in x {
        s *= next() * v + v.sin();
        if next() > 1.5 {
            s += v;
        }
    }
    s
}

/// Its methods are called like some of the standard library that change nothing.
struct Draws(u32);

impl Draws {
    fn get(&mut self, by: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(by);
        self.0 >> 8
    }
}

impl Iterator for Draws {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        Some(f64::from(self.get(1)) / 16_777_216.0)
    }
}

fn draw(draws: &mut Draws) -> f64 {
    draws.next().unwrap_or(0.0)
}

#[differentiable(wrt(x))]
fn draws_by_reference(x: &[f64], seed: u32) -> f64 {
    let mut draws = Draws(seed);
    let mut s = x[0];
    for v in x {
        s = s * draw(&mut draws) + v * v * draw(&mut draws);
    }
    let mut indices = Draws(seed);
    for v in x {
        s = s * v + x[(indices.get(3) % 3) as usize] * s;
    }
    s
}

#[differentiable(wrt(x))]
fn items_one_by_one(x: &[f64], weights: impl Iterator<Item = f64>) -> f64 {
    let mut s = 1.0;
    for w in weights {
        s = s * x[0] + w * x[1];
        if w > 3.0 {
            break;
        }
    }
    s * x[2]
}

#[differentiable(wrt(x))]
fn the_rest_of_an_iterator(x: &[f64], seed: u32) -> f64 {
    let mut draws: Draws = Draws(seed);
    let mut s = 0.5;
    for u in draws.by_ref() {
        s += x[0] * u * (s + 1.0);
        if u > 0.7 {
            break;
        }
    }
    for u in &mut draws {
        s += x[1] * u * s;
        if u > 0.5 {
            break;
        }
    }
    s * draws.next().unwrap_or(1.0) * x[2]
}

#[differentiable(wrt(x))]
fn beside_endless_items(x: &[f64], seed: u32) -> f64 {
    let draws = Draws(seed);
    let mut s = 1.0;
    for (v, u) in x.iter().zip(draws) {
        s = s * v * u + v;
    }
    s
}

#[differentiable(wrt(x))]
fn a_constant_by_reference(x: &[f64], k: &mut f64) -> f64 {
    let mut s = 1.0;
    for v in x {
        s = s * v + v * *k;
        *k *= 1.5;
    }
    s * *k
}

#[test]
fn changes_once_and_in_order() {
    for x in points(91, 3, 3, -1.0, 1.0) {
        check(&derived!(alone | x | integers_by_reference(&x)), &x, 1e-9);
        check(&derived!(alone | x | indices_that_change(&x)), &x, 1e-9);
        check(&derived!(alone | x | a_cell(&x, &Cell::new(0))), &x, 1e-9);
        let steps = || {
            let mut k = 0.0;
            move || {
                k += 0.37;
                k
            }
        };
        check(&derived!(functions alone | x | a_changing_closure(&x, steps())), &x, 1e-9);
        check(&derived!(alone | x | draws_by_reference(&x, 7)), &x, 1e-9);
        check(&derived!(functions alone | x | a_constant_by_reference(&x, &mut 0.7)), &x, 1e-9);
    }
}

#[test]
fn items_are_taken_as_often_as_the_function_takes_them() {
    for x in points(92, 3, 3, -1.0, 1.0) {
        check(&derived!(functions alone | x | items_one_by_one(&x, (0..).map(f64::from))), &x, 1e-9);
        check(&derived!(alone | x | the_rest_of_an_iterator(&x, 7)), &x, 1e-9);
        check(&derived!(alone | x | beside_endless_items(&x, 7)), &x, 1e-9);
    }
}

struct Meter {
    scale: f64,
}

impl Meter {
    #[differentiable(wrt(x))]
    fn loss(&mut self, x: &[f64]) -> f64 {
        x[0] * x[1] * self.scale
    }
}

#[test]
fn a_method_may_borrow_its_receiver_exclusively() {
    let mut meter = Meter { scale: 2.0 };
    assert_eq!(meter.loss_grad(&[3.0, 5.0]), [10.0, 6.0]);
    assert_eq!(meter.loss_hvp(&[3.0, 5.0], &[1.0, 0.0]), [0.0, 2.0]);
}

#[derive(Clone)]
struct Shown<'a>(&'a Cell<u32>);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.set(self.0.get() + 1);
        Ok(())
    }
}

#[differentiable]
fn printing(out: &mut [f64], shown: Shown<'_>, x: &[f64]) {
    for i in 0..x.len() {
        print!("{}", shown);
        out[i] = x[i] * x[i];
    }
}

#[test]
fn prints_happen_once() {
    let (mut out, count) = ([0.0; 2], Cell::new(0));
    assert_eq!(printing_vjp(&mut out, Shown(&count), &[3.0, 5.0], &[1.0, 2.0]), [6.0, 20.0]);
    assert_eq!((out, count.get()), ([9.0, 25.0], 2));
}

/// Draws other numbers each time, by methods whose names say nothing of it.
struct Dice(Cell<u32>);

impl Dice {
    fn roll(&self) -> f64 {
        self.0.set((self.0.get() * 7 + 3) % 11);
        f64::from(self.0.get()) / 10.0
    }

    fn get(&self, _: usize) -> f64 {
        self.roll()
    }

    fn first(&self) -> f64 {
        self.roll()
    }

    fn sum(&self) -> f64 {
        self.roll()
    }

    /// Named like a method of numbers.
    fn log(&self, _: f64) -> f64 {
        self.roll()
    }

    fn side(&self, _: usize) -> u32 {
        self.roll();
        self.0.get() % 5
    }
}

mod drawn {
    use std::cell::Cell;

    thread_local!(pub static DRAWN: Cell<u32> = const { Cell::new(2) });

    pub fn default() -> f64 {
        DRAWN.set((DRAWN.get() * 7 + 3) % 11);
        f64::from(DRAWN.get()) / 10.0
    }
}

#[differentiable]
fn by_get(x: &[f64], dice: &Dice) -> f64 {
    x.iter().enumerate().fold(1.0, |s, (i, v)| {
        let w = dice.get(i);
        (s * (w * v)).sin() + w * v * v
    })
}

#[differentiable]
fn by_first(x: &[f64], dice: &Dice) -> f64 {
    let mut s = 1.0;
    for v in x {
        let w = dice.first();
        s = (s * (w * v)).sin() + w * v * v + dice.sum() * s * v;
    }
    s
}

#[differentiable]
fn by_one_of(x: &[f64], dice: &[Dice]) -> f64 {
    let mut s = 1.0;
    for v in x {
        let w = dice[1].get(0) + dice[0].first();
        s = (s * (w * v)).sin() + w * v * v;
    }
    for die in dice {
        let w = die.get(1);
        s = (s * (w * x[0])).sin() + w;
    }
    s
}

#[differentiable]
fn by_log(x: &[f64], dice: &Dice) -> f64 {
    let mut s = 1.0;
    for v in x {
        let w = dice.log(2.0);
        s = (s * (w * v)).sin() + w * v * v;
    }
    s
}

#[differentiable]
fn by_key(x: &[f64], dice: &Dice) -> f64 {
    let mut s = 1.0;
    for v in x {
        let i = (0..x.len()).max_by_key(|i| dice.side(*i)).unwrap();
        let (_, w) = x.iter().enumerate().min_by_key(|(i, _)| dice.side(*i)).unwrap();
        s = (s * (w * v)).sin() + x[i] * v * dice.roll();
    }
    s
}

#[differentiable]
fn by_messages(x: &[f64], from: &std::sync::mpsc::Receiver<f64>) -> f64 {
    let mut s = 1.0;
    for v in x {
        let w: f64 = from.iter().take(1).sum();
        s = (s * (w * v)).sin() + w * v * v;
    }
    s
}

#[differentiable]
fn by_default(x: &[f64]) -> f64 {
    let mut s = 1.0;
    for v in x {
        let w = drawn::default();
        s = (s * (w * v)).sin() + w * v * v;
    }
    s
}

fn messages() -> std::sync::mpsc::Receiver<f64> {
    let (to, from) = std::sync::mpsc::channel();
    (1..9).for_each(|k| to.send(f64::from(k) / 8.0).unwrap());
    from
}

#[test]
fn numbers_that_are_drawn_are_drawn_once() {
    for x in points(93, 3, 4, -1.0, 1.0) {
        check(&derived!(functions alone | x | by_get(&x, &Dice(Cell::new(5)))), &x, 1e-9);
        check(&derived!(functions alone | x | by_first(&x, &Dice(Cell::new(5)))), &x, 1e-9);
        check(&derived!(functions alone | x | by_log(&x, &Dice(Cell::new(5)))), &x, 1e-9);
        check(&derived!(functions alone | x | by_key(&x, &Dice(Cell::new(5)))), &x, 1e-9);
        let two = || [Dice(Cell::new(5)), Dice(Cell::new(3))];
        check(&derived!(functions alone | x | by_one_of(&x, &two())), &x, 1e-9);
        check(&derived!(functions alone | x | by_messages(&x, &messages())), &x, 1e-9);
        let again = || drawn::DRAWN.set(2);
        let gradient = {
            again();
            by_default_grad(&x)
        };
        for (i, have) in gradient.iter().enumerate() {
            let at = |h: f64| {
                let mut moved = x.clone();
                moved[i] += h;
                again();
                by_default(&moved)
            };
            // The central difference errs by h² and by rounding ÷ h.
            assert_near(*have, (at(1e-5) - at(-1e-5)) / 2e-5, 1e-8, "by_default");
        }
    }
}

#[differentiable]
fn asserted_sum(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for v in x {
        sum += v * v;
    }
    assert!(sum < 10.0);
    x[0] * x[1]
}

#[differentiable]
fn asserted_at_times(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for v in x {
        sum += v * v;
    }
    if x.len() > 1 {
        for _ in 0..2 {
            assert!(sum < 10.0);
        }
    }
    x[0] * x[1]
}

#[differentiable]
fn refused_sum(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for v in x {
        sum += v * v;
    }
    let mut largest = 0.0;
    for v in x {
        largest += v.abs();
    }
    if sum > 10.0 {
        panic!("too far: {largest}");
    }
    x[0] * x[1]
}

#[differentiable(wrt(x))]
fn told_as_often_as_counted(x: &[f64], told: &Cell<usize>) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for (i, v) in x.iter().enumerate() {
        sum += v * v;
        count = (count * 2 + i) % 7;
    }
    for _ in 0..count {
        told.set(told.get() + 1);
    }
    sum
}

#[test]
fn a_gradient_asserts_what_the_function_asserts() {
    let (near, far) = ([0.5, 0.25], [3.0, 2.0]);
    for gradient in [asserted_sum_grad, asserted_at_times_grad, refused_sum_grad] {
        assert_eq!(gradient(&near), [0.25, 0.5]);
        assert!(std::panic::catch_unwind(|| gradient(&far)).is_err());
    }
    let message = std::panic::catch_unwind(|| refused_sum_grad(&far)).expect_err("it is too far");
    assert_eq!(message.downcast_ref::<String>().map(String::as_str), Some("too far: 5"));
    let told = Cell::new(0);
    assert_eq!(told_as_often_as_counted_grad(&[0.5, 0.25, 1.0], &told), [1.0, 0.5, 2.0]);
    assert_eq!(told.get(), 4);
}

mod functions_that_are_passed_in {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(x))]
    fn driven(x: &[f64], dt: f64, force: &dyn Fn(f64) -> f64, mean: impl Fn(&[f64]) -> f64) -> f64 {
        let mut t = 0.0;
        let (mut q, mut p) = (x[0], x[1]);
        let mut times = vec![0.0; 3];
        for i in 0..5 {
            p += dt * (force(t) * q.sin() - q);
            q += dt * p;
            t += dt;
            times[i % 3] = t;
        }
        q * q + p * mean(&times) + mean(&times[1..]) * x[0] * x[1]
    }

    #[differentiable(wrt(x))]
    fn weighted(x: &[f64], data: &[Vec<f64>], kernels: &[Box<dyn Fn(&[f64], f64) -> f64>]) -> f64 {
        let mut s = 0.0;
        for ((row, v), kernel) in data.iter().zip(x).zip(kernels) {
            s += kernel(row, 2.0) * v.sin() * v;
        }
        s * kernels[0](&data[1], 0.5)
    }

    #[test]
    fn take_constants_that_the_body_computes() {
        let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
        let xs = points(3, 3, 2, -1.0, 1.0);
        check_everywhere(&derived!(alone | x | driven(&x, 0.1, &|t: f64| 1.0 + t, mean)), &xs, 1e-9);
        let data = [vec![1.0, 2.0], vec![0.5]];
        let kernels: [Box<dyn Fn(&[f64], f64) -> f64>; 2] =
            [Box::new(|row, k| row[0] * k), Box::new(|row, k| row[0] + k)];
        check_everywhere(&derived!(alone | x | weighted(&x, &data, &kernels)), &xs, 1e-9);
    }
}

/// What an array of indices holds hangs on conditions that are asked elsewhere.
mod steered {
    use super::*;

    twin! {
        #[differentiable]
        fn by_a_flag_in_a_guard(x: &[f64]) -> f64 {
            let mut n = 1;
            let mut s = 0.0;
            for i in 0..4 {
                let mut at = [0; 4];
                let flag = n > 2;
                match i {
                    1..=2 if flag => at[1] = 2,
                    3 => at[1] = 1,
                    _ if flag => at[1] = 3,
                    _ => at[1] = 0,
                }
                let y = x[at[1]] * x[i];
                s += y * y * x[i];
                n = (n * 2 + 1) % 4;
            }
            s
        }

        #[differentiable]
        fn by_a_guard(x: &[f64]) -> f64 {
            let mut n = 1;
            let mut s = 0.0;
            for i in 0..4 {
                let mut at = [0; 4];
                match i {
                    j if j * 7 % 5 > n => at[1] = 2,
                    3 => at[1] = 1,
                    _ => at[1] = 3,
                }
                let y = x[at[1]] * x[i];
                s += y * y * x[i];
                n = (n * 2 + 1) % 4;
            }
            s
        }

        #[differentiable]
        fn terms_by_a_flag_in_a_guard(x: &[f64]) -> f64 {
            let mut n = 1;
            let mut s = 0.0;
            for i in 0..4 {
                let flag = n > 2;
                let y = match i {
                    1..=2 if flag => x[i] * x[0],
                    3 => x[1] * x[2],
                    _ if flag => x[i].exp(),
                    _ => x[i].sin(),
                };
                s += y * y;
                n = (n * 2 + 1) % 4;
            }
            s
        }

        #[differentiable]
        fn by_a_count(x: &[f64]) -> f64 {
            let mut n = 1;
            let mut s = 0.0;
            for i in 0..4 {
                let mut at = [1; 4];
                for _ in 0..n {
                    at[1] = (at[1] + 1) % 4;
                }
                let y = x[at[1]] * x[i];
                s += y * y * x[i];
                n = (n * 2 + 1) % 4;
            }
            s
        }

        #[differentiable]
        fn until_a_break(x: &[f64]) -> f64 {
            let mut n = 1;
            let mut s = 0.0;
            for i in 0..4 {
                let mut at = [1; 4];
                let mut j = 0;
                loop {
                    at[1] = (at[1] + 1) % 4;
                    j += 1;
                    if j >= n {
                        break;
                    }
                }
                let y = x[at[1]] * x[i];
                s += y * y * x[i];
                n = (n * 2 + 1) % 4;
            }
            s
        }

        #[differentiable]
        fn until_a_break_by_a_guard(x: &[f64]) -> f64 {
            let mut n = 1;
            let mut s = 0.0;
            for i in 0..4 {
                let mut at = [1; 4];
                let last = n > 2;
                for j in 0..4 {
                    at[1] = (at[1] + 1) % 4;
                    match j {
                        1 if last => break,
                        _ => at[2] = at[1],
                    }
                }
                let y = x[at[1]] * x[at[2]];
                s += y * y * x[i];
                n = (n * 2 + 1) % 4;
            }
            s
        }
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(17, 3, 4, -0.9, 0.9);
        check_everywhere(&derived!(|x| by_a_flag_in_a_guard(x)), &at, 1e-9);
        check_everywhere(&derived!(|x| by_a_guard(x)), &at, 1e-9);
        check_everywhere(&derived!(|x| terms_by_a_flag_in_a_guard(x)), &at, 1e-9);
        check_everywhere(&derived!(|x| by_a_count(x)), &at, 1e-9);
        check_everywhere(&derived!(|x| until_a_break(x)), &at, 1e-9);
        check_everywhere(&derived!(|x| until_a_break_by_a_guard(x)), &at, 1e-9);
    }
}
