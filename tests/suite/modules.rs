//! The attribute on a module: structs with methods and operators that several functions share, and names of types.

use crate::support::*;

#[hvp::differentiable]
mod geometry {
    use hvp::differentiable;
    use std::ops::{Mul, Sub};

    pub type Square = [[f64; 2]; 2];

    #[derive(Clone, Copy, Debug)]
    pub struct Vec3 {
        pub x: f64,
        pub y: f64,
        pub z: f64,
    }

    impl Vec3 {
        pub fn new(x: f64, y: f64, z: f64) -> Self {
            Self { x, y, z }
        }

        pub fn cross(self, o: Self) -> Self {
            Vec3 {
                x: self.y * o.z - self.z * o.y,
                y: self.z * o.x - self.x * o.z,
                z: self.x * o.y - self.y * o.x,
            }
        }

        pub fn norm(&self) -> f64 {
            (self.x * self.x + self.y * self.y + self.z * self.z).sqrt()
        }
    }

    impl Sub for Vec3 {
        type Output = Vec3;
        fn sub(self, o: Vec3) -> Vec3 {
            Vec3::new(self.x - o.x, self.y - o.y, self.z - o.z)
        }
    }

    impl Mul<Vec3> for f64 {
        type Output = Vec3;
        fn mul(self, v: Vec3) -> Vec3 {
            Vec3::new(self * v.x, self * v.y, self * v.z)
        }
    }

    fn vertex(p: &[f64], k: usize) -> Vec3 {
        Vec3::new(p[3 * k], p[3 * k + 1], p[3 * k + 2])
    }

    #[differentiable]
    pub fn area(p: &[f64]) -> f64 {
        let (a, b, c) = (vertex(p, 0), vertex(p, 1), vertex(p, 2));
        (0.5 * (b - a).cross(c - a)).norm()
    }

    /// Data of the struct beside what is differentiated.
    #[differentiable(wrt(p))]
    pub fn far_from(p: &[f64], origin: Vec3) -> f64 {
        (vertex(p, 0) - origin).norm() + (vertex(p, 1) - origin).cross(origin).norm()
    }

    #[differentiable]
    pub fn product(a: &Square, b: &Square) -> Square {
        let mut c = [[0.0; 2]; 2];
        for i in 0..2 {
            for j in 0..2 {
                for k in 0..2 {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        c
    }

    #[differentiable(wrt(a))]
    pub fn cube(a: &Square) -> f64 {
        let cubed = product(&product(a, a), a);
        cubed[0][0] * cubed[1][1] - cubed[0][1]
    }

    pub struct Field {
        pub center: Vec3,
    }

    impl Field {
        #[differentiable(wrt(p))]
        pub fn energy(&self, p: &[f64]) -> f64 {
            let d = vertex(p, 0) - self.center;
            1.0 / (1.0 + d.norm())
        }
    }
}
use geometry::*;

#[test]
fn have_the_right_derivatives() {
    let nine = points(51, 3, 9, 0.2, 1.5);
    check_everywhere(&derived!(alone | x | area(&x)), &nine, 1e-9);
    let origin = Vec3::new(0.1, -0.3, 0.5);
    check_everywhere(&derived!(alone | x | far_from(&x, origin)), &nine, 1e-9);
    let squares = points(52, 3, 4, -1.0, 1.0);
    check_everywhere(&derived!(alone | x | cube(&[[x[0], x[1]], [x[2], x[3]]])), &squares, 1e-9);
    let field = Field { center: origin };
    let g = field.energy_grad(&[1.1, -0.3, 0.5]);
    assert!((g[0] + 0.25).abs() < 1e-14 && g[1] == 0.0 && g[2] == 0.0);
}
