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

fn main() {}
