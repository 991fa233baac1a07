//! `#[cfg]` inside the body.

mod cfg_body {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn with_cfg(x: f64) -> f64 {
        #[cfg(debug_assertions)]
        assert!(x.is_finite());
        #[cfg(feature = "default")]
        let k = 2.0;
        #[cfg(not(feature = "default"))]
        let k = 3.0;
        let y = x * k;
        if cfg!(debug_assertions) { y * y } else { y * y }
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | with_cfg(x[0])), &points(7, 3, 1, -1.0, 1.0), 1e-9);
    }
}

mod cfg_method {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Model {
        k: f64,
    }
    impl Model {
        #[differentiable(wrt(x))]
        pub fn loss(&self, x: &[f64]) -> f64 {
            #[cfg(debug_assertions)]
            {
                assert!(!x.is_empty());
            }
            #[cfg(debug_assertions)]
            let scale = self.k;
            #[cfg(not(debug_assertions))]
            let scale = self.k * 2.0;
            match x.len() {
                #[cfg(any())]
                0 => nonsense(),
                #[cfg(any(debug_assertions, not(debug_assertions)))]
                _ => x.iter().map(|v| scale * v * v).sum(),
            }
        }
    }

    #[test]
    fn has_the_right_derivatives() {
        let m = Model { k: 3.0 };
        check_everywhere(&derived!(alone | x | m.loss(&x)), &points(7, 3, 2, -1.0, 1.0), 1e-9);
    }
}

mod conditions_on_every_kind_of_statement {
    use crate::support::*;
    use hvp::differentiable;

    struct Pair {
        first: f64,
        #[cfg(any())]
        second: f64,
    }

    #[cfg_attr(not(debug_assertions), expect(dead_code))]
    fn nothing() -> Option<()> {
        None
    }

    #[differentiable]
    fn some(x: f64) -> Option<f64> {
        #[cfg(any())]
        nothing()?;
        Some(x * x)
    }

    #[differentiable]
    #[expect(unused_mut, reason = "what changes it is under a condition that does not hold")]
    pub fn conditions(x: &[f64]) -> f64 {
        let pair = Pair {
            first: x[0],
            #[cfg(any())]
            second: 7.0,
        };
        let Pair {
            mut first,
            #[cfg(any())]
            second,
        } = pair;
        #[cfg(any())]
        {
            first = second;
        }
        let list = [
            #[cfg(any())]
            3.0,
            x[1],
            2.0,
        ];
        let mut sum = 0.0;
        for v in x {
            #[cfg(any())]
            continue;
            sum += v * v * first;
            #[cfg(any())]
            break;
            #[cfg(any())]
            unsafe {
                sum = 0.0;
            }
        }
        #[cfg(any())]
        -sum;
        sum * list[0] * some(x[1]).unwrap_or(5.0)
    }

    #[test]
    fn have_the_right_derivatives() {
        assert_eq!(nothing(), None);
        check_everywhere(&derived!(alone | x | conditions(&x)), &points(7, 3, 3, 0.2, 1.5), 1e-9);
    }
}
