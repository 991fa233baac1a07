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

mod string_match {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(x))]
    pub fn activation(x: &[f64], kind: &str, slope: f64) -> Result<f64, String> {
        let f = |v: f64| -> f64 {
            match kind {
                "relu" => v.max(0.0),
                "leaky" => {
                    if v > 0.0 {
                        v
                    } else {
                        slope * v
                    }
                }
                "gelu" => 0.5 * v * (1.0 + (0.79788 * (v + 0.044715 * v.powi(3))).tanh()),
                _ => v,
            }
        };
        if !["relu", "leaky", "gelu"].contains(&kind) {
            return Err(format!("unknown activation {kind:?}"));
        }
        Ok(x.iter().map(|&v| f(v).powi(2)).sum())
    }
    #[differentiable(wrt(x))]
    pub fn act_value(x: &[f64], kind: &str) -> f64 {
        activation(x, kind, 0.1).expect("known")
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | act_value(&x, "gelu")), &points(7, 3, 3, -1.0, 1.0), 1e-9);
        check_everywhere(&derived!(alone | x | act_value(&x, "leaky")), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod hashmap_data {
    use crate::support::*;
    use hvp::differentiable;

    use std::collections::{BTreeMap, HashMap};
    #[differentiable(wrt(w))]
    pub fn sparse(w: &[f64], rows: &[BTreeMap<usize, f64>], names: &HashMap<String, usize>) -> f64 {
        let bias = names.get("bias").map_or(0.0, |&i| w[i]);
        let mut s = 0.0;
        for row in rows {
            let mut z = bias;
            for (&i, v) in row {
                z += w[i] * v;
            }
            s += (1.0 + (-z).exp()).ln();
        }
        s + names.values().map(|&i| w[i] * w[i]).sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        let rows = vec![BTreeMap::from([(0, 1.0), (2, -0.5)]), BTreeMap::from([(1, 2.0)])];
        let names = HashMap::from([("bias".to_string(), 2usize)]);
        check_everywhere(&derived!(alone | x | sparse(&x, &rows, &names)), &points(7, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod euler_maruyama_generic {
    use crate::support::*;
    use hvp::differentiable;

    use num_traits::Float;
    #[differentiable(wrt(theta))]
    pub fn ou_nll<T: Float>(theta: &[T; 3], obs: &[T], dt: T) -> T {
        let two = T::one() + T::one();
        let [kappa, mu, sigma] = *theta;
        let mut nll = T::zero();
        for w in obs.windows(2) {
            let e = (-kappa * dt).exp();
            let mean = mu + (w[0] - mu) * e;
            let var = sigma.powi(2) * (T::one() - e * e) / (two * kappa);
            nll = nll + (w[1] - mean).powi(2) / (two * var) + var.ln() / two;
        }
        nll
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | ou_nll(&array(&x), &[0.1, 0.3, 0.2], 0.5)),
            &points(7, 3, 3, 0.3, 1.2),
            1e-9,
        );
    }
}

mod block_values {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn blocks2(x: &[f64]) -> f64 {
        let scale = {
            let s: f64 = x.iter().map(|v| v.abs()).sum();
            if s > 1.0 { 1.0 / s } else { 1.0 }
        };
        let [mut lo, mut hi] = [x[0].min(x[1]), x[0].max(x[1])];
        (lo, hi) = (lo * scale, hi + lo);
        let ratio = if let [a, b, ..] = x
            && *a > *b
        {
            a / (1.0 + b * b)
        } else {
            lo * hi
        };
        let n = loop {
            let k = x.len() / 2;
            break k;
        };
        let sel = &x[if n > 1 { 1 } else { 0 }..];
        [lo, hi, ratio].iter().sum::<f64>() * sel.iter().rev().take(n).product::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | blocks2(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}
