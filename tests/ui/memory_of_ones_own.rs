mod own {
    use std::ops::Index;

    /// Forgets all but the last two numbers.
    pub struct Ring(Vec<f64>);

    impl Ring {
        pub fn new(capacity: usize) -> Ring {
            Ring(Vec::with_capacity(capacity))
        }

        pub fn push_back(&mut self, x: f64) {
            if self.0.len() == 2 {
                self.0.remove(0);
            }
            self.0.push(x);
        }

        pub fn len(&self) -> usize {
            self.0.len()
        }

        pub fn iter(&self) -> std::slice::Iter<'_, f64> {
            self.0.iter()
        }
    }

    impl Index<usize> for Ring {
        type Output = f64;

        fn index(&self, i: usize) -> &f64 {
            &self.0[i]
        }
    }
}
use own::Ring;

#[hvp::differentiable]
fn last_two(x: &[f64]) -> f64 {
    let mut ring = Ring::new(2);
    for v in x {
        ring.push_back(*v);
    }
    ring.iter().sum::<f64>() * ring.len() as f64
}

fn main() {}
