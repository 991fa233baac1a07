use hvp::differentiable;

use std::cell::Cell;

struct Guard<'a>(&'a Cell<u32>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[differentiable(wrt(x))]
fn guarded(x: &[f64], count: &Cell<u32>) -> f64 {
    let mut sum = 0.0;
    for v in x {
        let _guard = Guard(count);
        sum += v * v;
    }
    sum * count.get() as f64
}

#[derive(Clone, Copy)]
struct Weight(f64);

impl Weight {
    fn counted(self, count: &Cell<u32>) -> f64 {
        let _guard = Guard(count);
        self.0 * self.0
    }
}

#[differentiable(wrt(x))]
fn guarded_in_a_method(x: &[f64], count: &Cell<u32>) -> f64 {
    let weight = Weight(x[0]);
    weight.counted(count) * x[1]
}

fn main() {}
