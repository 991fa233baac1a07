//! Generated code is hurt by nothing that stands beside it, and hurts nothing.

use crate::support::*;

mod names {
    use crate::support::*;
    use hvp::differentiable;

    twin! {
        #[differentiable]
        fn like_ours(x: f64, x_bar: f64, x_dot: f64, t: f64) -> f64 {
            let t1 = x * x_bar;
            let x_bar_dot = t1 * t.sin();
            let t = x_bar_dot + x_dot * t1;
            let y_bar = t * t;
            let y_bar = y_bar * x;
            let result = y_bar * 2.0;
            let value = result + x_bar;
            let tape = value * x_bar_dot;
            tape + t1
        }

        #[differentiable]
        fn raw(r#type: f64, r#match: &[f64]) -> f64 {
            let r#loop = r#type * r#match[0];
            r#loop * r#loop
        }
    }

    #[test]
    fn variables_named_like_generated_ones() {
        for x in points(81, 3, 4, -1.0, 1.0) {
            check(&derived!(|x| like_ours(x[0], x[1], x[2], x[3])), &x, 1e-12);
            check(&derived!(|x| raw(x[0], &x[1..])), &x, 1e-12);
        }
    }
}

mod shadowed {
    #![allow(dead_code, unused_macros, non_camel_case_types)]

    pub struct f32;
    pub struct Vec;
    pub struct Option;
    pub struct Clone;
    pub struct Default;
    pub trait Tangent {}
    pub mod core {}
    pub mod std {}
    pub mod alloc {}
    pub mod hvp {}
    pub fn drop() {}

    macro_rules! assert_eq {
        ($($t:tt)*) => {
            compile_error!("not this one")
        };
    }
    macro_rules! vec {
        ($($t:tt)*) => {
            compile_error!("not this one")
        };
    }

    #[::hvp::differentiable]
    pub fn energy(x: &[f64], k: f64) -> f64 {
        let mut s = 0.0;
        for i in 1..x.len() {
            let d = x[i] - x[i - 1];
            if d > 0.0 {
                s += k * d * d.exp();
            }
        }
        s
    }
}

mod own_f64 {
    #![allow(non_camel_case_types)]

    #[derive(Clone, Copy)]
    pub struct f64;

    type Real = ::core::primitive::f64;

    #[::hvp::differentiable(wrt(x))]
    pub fn with_own_f64(x: &[::core::primitive::f64], _marker: f64) -> ::core::primitive::f64 {
        x[0] * x[1].sin()
    }

    pub fn check() -> Real {
        with_own_f64_grad(&[2.0, 0.0], f64)[1]
    }
}

/// Functions whose names a careless compiler would make of others.
mod look_alikes {
    use crate::support::*;
    use hvp::differentiable;

    mod a_b {
        #[hvp::differentiable]
        pub fn c(x: f64) -> f64 {
            x * x
        }
    }

    mod a {
        #[hvp::differentiable]
        pub fn b_c(x: f64) -> f64 {
            x * x * x
        }

        pub mod _b {
            #[hvp::differentiable]
            pub fn c(x: f64) -> f64 {
                x.sin()
            }
        }
    }

    mod a_ {
        pub mod b {
            #[hvp::differentiable]
            pub fn c(x: f64) -> f64 {
                x.cos()
            }
        }
    }

    #[differentiable]
    fn square(x: f64) -> f64 {
        x * x
    }

    fn square_calls(n: f64) -> f64 {
        100.0 * n
    }

    #[differentiable(wrt(x))]
    fn all(x: f64, k: f64) -> f64 {
        square(x) * square_calls(k) + a_b::c(x) + a::b_c(x) + a::_b::c(x) * a_::b::c(x)
    }

    #[test]
    fn each_path_has_its_own_companion() {
        for x in points(84, 3, 1, -1.0, 1.0) {
            check(&derived!(alone | x | all(x[0], 0.3)), &x, 1e-12);
        }
    }
}

#[test]
fn items_named_like_the_standard_ones() {
    assert_eq!(own_f64::check(), 2.0);
    assert_eq!(shadowed::energy_grad(&[2.0, 1.0], 1.0).1, 0.0);
}

mod through_macros {
    use hvp::differentiable;

    macro_rules! power_law {
        ($name:ident, $exponent:expr, $x:ident) => {
            #[differentiable]
            pub fn $name($x: f64) -> f64 {
                let doubled = $x * 2.0;
                doubled.powi($exponent) * $x
            }
        };
    }
    power_law!(square_law, 1 + 1, z);
    power_law!(cube_law, 3, y);
}

#[test]
fn functions_written_by_macros() {
    // 4x³ and 8y⁴.
    assert_eq!(through_macros::square_law_grad(2.0), 48.0);
    assert_eq!(through_macros::cube_law_grad(2.0), 256.0);
    assert_eq!(through_macros::cube_law_hvp(1.0, 1.0), 96.0);
}

mod renamed {
    use hvp as derivatives;

    #[derivatives::differentiable(crate = derivatives)]
    pub fn cube(x: f64) -> f64 {
        x * x * x
    }
}

#[test]
fn the_facade_may_be_elsewhere() {
    assert_eq!(renamed::cube_hvp(2.0, 1.0), 12.0);
    assert_same_bits(renamed::cube_value_and_grad(0.1).0, renamed::cube(0.1), "value");
}

mod keywords {
    use hvp::differentiable;

    use super::*;

    struct Material {
        r#type: f64,
        density: f64,
    }

    impl Material {
        fn r#move(&self) -> f64 {
            self.r#type * self.density
        }
    }

    #[differentiable]
    fn r#gen(r#type: f64) -> f64 {
        r#type * r#type
    }

    #[differentiable]
    fn keywords(x: &[f64]) -> f64 {
        let r#type = x[0] * 2.0;
        let mut r#in = 1.0;
        for r#fn in 0..2 {
            r#in *= r#type + x[r#fn];
        }
        let mut material = Material { r#type: x[0], density: x[1] };
        material.r#type *= x[1];
        r#in + material.r#move() * <f64>::sin(material.r#type) + r#gen(x[1])
    }

    #[test]
    fn names_may_be_keywords() {
        check_everywhere(&derived!(alone | x | keywords(&x)), &points(99, 3, 2, -0.9, 0.9), 1e-9);
    }
}
