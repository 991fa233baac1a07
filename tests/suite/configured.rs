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
