//! A reference into a collection is asked for again where it is used; one's own collection may do something then.

use hvp::differentiable;

struct Cache {
    asked: usize,
    item: usize,
}

impl Cache {
    fn get_mut(&mut self, _: usize) -> Option<&mut usize> {
        self.asked += 1;
        Some(&mut self.item)
    }
}

#[differentiable(wrt(x))]
fn cached(x: &[f64], cache: &mut Cache) -> f64 {
    let item = cache.get_mut(2).unwrap();
    *item += 1;
    x[*item] * x[0]
}

fn main() {}
