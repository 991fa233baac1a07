//! What parameters may look like.

mod impl_trait_param {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(x))]
    pub fn penalised(x: &[f64], weight: impl Fn(usize) -> f64) -> f64 {
        x.iter().enumerate().map(|(i, v)| weight(i) * v * v).sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | penalised(&x, |i| 1.0 + i as f64)),
            &points(7, 3, 3, -1.0, 1.0),
            1e-9,
        );
    }
}

mod fn_generic_param {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(x))]
    pub fn weighted<F>(x: &[f64], kernel: F, n: usize) -> f64
    where
        F: Fn(f64) -> f64,
    {
        let mut s = 0.0;
        for i in 0..n {
            s += kernel(i as f64 * 0.1) * x[i % x.len()].powi(3);
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | weighted(&x, |t| (-t).exp(), 5)),
            &points(7, 3, 3, -1.0, 1.0),
            1e-9,
        );
    }
}

mod enum_payload {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Debug, Clone)]
    pub enum Prior {
        Normal { mean: f64, sd: f64 },
        Laplace(f64, f64),
        Uniform(std::ops::Range<f64>),
        Flat,
    }
    #[differentiable(wrt(x))]
    pub fn log_prior(x: &[f64], priors: &[Prior]) -> f64 {
        let mut lp = 0.0;
        for (v, prior) in x.iter().zip(priors.iter()) {
            lp += match prior {
                Prior::Normal { mean, sd } => -0.5 * ((v - mean) / sd).powi(2) - sd.ln(),
                Prior::Laplace(loc, b) => -(v - loc).abs() / b - (2.0 * b).ln(),
                Prior::Uniform(r) if r.contains(v) => -(r.end - r.start).ln(),
                Prior::Uniform(_) => return f64::NEG_INFINITY,
                Prior::Flat => 0.0,
            };
        }
        lp
    }

    #[test]
    fn has_the_right_derivatives() {
        let pr = [
            Prior::Normal { mean: 0.1, sd: 2.0 },
            Prior::Laplace(0.0, 0.5),
            Prior::Uniform(-3.0..3.0),
            Prior::Flat,
        ];
        check_everywhere(&derived!(alone | x | log_prior(&x, &pr)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod trait_const {
    use crate::support::*;
    use hvp::differentiable;

    pub trait Model {
        const N: usize;
        const RATE: f64;
    }
    pub struct A;
    impl Model for A {
        const N: usize = 3;
        const RATE: f64 = 0.7;
    }
    #[differentiable(wrt(x))]
    pub fn generic_model<M: Model>(x: &[f64], _m: &M) -> f64 {
        let mut s = 0.0;
        for i in 0..M::N {
            s += (x[i] * M::RATE).sin();
        }
        s
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | generic_model(&x, &A)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod array_from_fn {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn fromfn(x: &[f64; 3]) -> f64 {
        let sq: [f64; 3] = std::array::from_fn(|i| x[i] * x[i]);
        let m: [[f64; 3]; 3] = core::array::from_fn(|i| core::array::from_fn(|j| sq[i] - x[j]));
        let tr: f64 = (0..3).map(|i| m[i][i]).sum();
        tr + m[0][1] * m[2][0] + sq.iter().sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | fromfn(&array(&x))), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}
