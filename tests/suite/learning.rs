//! Functions of machine learning.

mod mlp {
    use crate::support::*;
    use hvp::differentiable;

    pub struct Net {
        sizes: Vec<usize>,
    }
    impl Net {
        fn n_params(&self) -> usize {
            self.sizes.windows(2).map(|w| w[0] * w[1] + w[1]).sum()
        }
        #[differentiable(wrt(theta))]
        fn forward(&self, theta: &[f64], input: &[f64]) -> Vec<f64> {
            let mut act = input.to_vec();
            let mut off = 0;
            let last = self.sizes.len() - 2;
            for (l, w) in self.sizes.windows(2).enumerate() {
                let (nin, nout) = (w[0], w[1]);
                let mut out = vec![0.0; nout];
                for o in 0..nout {
                    let row = &theta[off + o * nin..off + (o + 1) * nin];
                    let z: f64 =
                        row.iter().zip(&act).map(|(w, a)| w * a).sum::<f64>() + theta[off + nin * nout + o];
                    out[o] = if l == last { z } else { z.tanh() };
                }
                off += nin * nout + nout;
                act = out;
            }
            act
        }
        #[differentiable(wrt(theta))]
        pub fn loss(&self, theta: &[f64], data: &[(Vec<f64>, usize)]) -> f64 {
            assert_eq!(theta.len(), self.n_params());
            let mut total = 0.0;
            for (x, label) in data {
                let logits: Vec<f64> = self.forward(theta, x);
                let m = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let lse = m + logits.iter().map(|l| (l - m).exp()).sum::<f64>().ln();
                total += lse - logits[*label];
            }
            total / data.len() as f64
        }
    }

    #[test]
    fn has_the_right_derivatives() {
        let net = Net { sizes: vec![2, 3, 2] };
        let d = vec![(vec![0.1, 0.4], 0usize), (vec![-0.7, 0.2], 1)];
        check_everywhere(&derived!(alone | x | net.loss(&x, &d)), &points(7, 3, 17, -0.8, 0.8), 1e-9);
    }
}

mod rnn {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(w))]
    pub fn rnn_loss(w: &[f64], xs: &[f64], targets: &[f64], h: usize) -> f64 {
        let (wx, rest) = w.split_at(h);
        let (wh, rest) = rest.split_at(h * h);
        let (b, wo) = rest.split_at(h);
        let mut state = vec![0.0; h];
        let mut loss = 0.0;
        for (x, y) in xs.iter().zip(targets) {
            let prev = state.clone();
            for i in 0..h {
                let mut z = b[i] + wx[i] * x;
                for j in 0..h {
                    z += wh[i * h + j] * prev[j];
                }
                state[i] = z.tanh();
            }
            let out: f64 = state.iter().zip(wo).map(|(s, w)| s * w).sum();
            loss += (out - y).powi(2);
        }
        loss / xs.len() as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | rnn_loss(&x, &[0.1, 0.5, -0.3], &[0.2, 0.1, 0.4], 2)),
            &points(7, 3, 10, -0.8, 0.8),
            1e-9,
        );
    }
}

mod lstm_cell {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }
    #[differentiable]
    fn cell(w: &[f64], x: f64, h: f64, c: f64) -> (f64, f64) {
        let gate = |k: usize| w[3 * k] * x + w[3 * k + 1] * h + w[3 * k + 2];
        let i = sigmoid(gate(0));
        let f = sigmoid(gate(1));
        let o = sigmoid(gate(2));
        let g = gate(3).tanh();
        let c = f * c + i * g;
        (o * c.tanh(), c)
    }
    #[differentiable(wrt(w))]
    pub fn lstm_loss(w: &[f64], seq: &[f64]) -> f64 {
        let (mut h, mut c) = (0.0, 0.0);
        let mut loss = 0.0;
        for pair in seq.windows(2) {
            (h, c) = cell(w, pair[0], h, c);
            loss += (h - pair[1]).powi(2);
        }
        loss + 1e-3 * c * c
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | lstm_loss(&x, &[0.1, 0.5, -0.3, 0.7])),
            &points(7, 3, 12, -0.8, 0.8),
            1e-9,
        );
    }
}

mod attention {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn attention(q: &[[f64; 2]], k: &[[f64; 2]], v: &[[f64; 2]]) -> f64 {
        let scale = (2.0_f64).sqrt().recip();
        let mut out = 0.0;
        for qi in q.iter() {
            let scores: Vec<f64> = k
                .iter()
                .map(|kj| qi.iter().zip(kj.iter()).map(|(a, b)| a * b).sum::<f64>() * scale)
                .collect();
            let max = scores.iter().fold(f64::MIN, |m, &s| m.max(s));
            let exps: Vec<f64> = scores.iter().map(|s| (s - max).exp()).collect();
            let total: f64 = exps.iter().sum();
            let mut ctx = [0.0; 2];
            for (e, vj) in exps.iter().zip(v) {
                for d in 0..2 {
                    ctx[d] += e / total * vj[d];
                }
            }
            out += ctx[0].powi(2) + ctx[1].sin();
        }
        out
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | attention(&rows(&x[..4]), &rows(&x[4..10]), &rows(&x[10..]))),
            &points(7, 3, 16, -1.0, 1.0),
            1e-9,
        );
    }
}

mod softmax_vec {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn softmax(z: &[f64]) -> Vec<f64> {
        let m = z.iter().copied().reduce(f64::max).unwrap_or(0.0);
        let e: Vec<f64> = z.iter().map(|&v| (v - m).exp()).collect();
        let s: f64 = e.iter().sum();
        e.into_iter().map(|v| v / s).collect()
    }
    #[differentiable(wrt(w))]
    pub fn focal_loss(w: &[f64], xs: &[[f64; 2]], ys: &[usize], gamma: i32) -> f64 {
        xs.iter()
            .zip(ys)
            .map(|(x, &y)| {
                let z: Vec<f64> = w.chunks(2).map(|r| r[0] * x[0] + r[1] * x[1]).collect();
                let p = softmax(&z);
                -(1.0 - p[y]).powi(gamma) * p[y].ln()
            })
            .sum::<f64>()
            / xs.len() as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | focal_loss(&x, &[[0.1, 0.4], [0.6, -0.7]], &[2, 0], 2)),
            &points(7, 3, 6, -1.0, 1.0),
            1e-9,
        );
    }
}

mod kmeans {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(centers))]
    pub fn kmeans(centers: &[[f64; 2]], points: &[[f64; 2]]) -> f64 {
        points
            .iter()
            .map(|p| {
                centers
                    .iter()
                    .map(|c| (c[0] - p[0]).powi(2) + (c[1] - p[1]).powi(2))
                    .fold(f64::INFINITY, f64::min)
            })
            .sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | kmeans(&rows(&x), &[[0.1, 0.4], [0.6, -0.7], [0.5, 0.5]])),
            &points(7, 3, 4, -1.0, 1.0),
            1e-9,
        );
    }
}

mod kmeans_min_by {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(centers))]
    pub fn kmeans2(centers: &[Vec<f64>], points: &[Vec<f64>]) -> f64 {
        let dist = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum() };
        let mut total = 0.0;
        for p in points {
            let best = centers.iter().map(|c| dist(c, p)).min_by(|a, b| a.partial_cmp(b).unwrap()).unwrap();
            total += best;
        }
        total
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(
                alone
                    | x
                    | kmeans2(
                        &vec![x[..2].to_vec(), x[2..].to_vec()],
                        &[vec![0.1, 0.4], vec![0.6, -0.7], vec![0.5, 0.5]]
                    )
            ),
            &points(7, 3, 4, -1.0, 1.0),
            1e-9,
        );
    }
}

mod conv1d {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(kernel, bias))]
    pub fn conv(kernel: &[f64], bias: f64, signal: &[f64], stride: usize) -> f64 {
        let out: Vec<f64> = signal
            .windows(kernel.len())
            .step_by(stride)
            .map(|w| w.iter().zip(kernel.iter().rev()).map(|(s, k)| s * k).sum::<f64>() + bias)
            .map(|z| if z > 0.0 { z } else { 0.01 * z })
            .collect();
        let pooled: Vec<f64> =
            out.chunks(2).map(|c| c.iter().cloned().fold(f64::NEG_INFINITY, f64::max)).collect();
        pooled.iter().map(|p| p * p).sum::<f64>().sqrt()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | conv(&x[..3], x[3], &[0.1, 0.7, -0.4, 0.9, 0.3, -0.8, 0.2, 0.5], 1)),
            &points(7, 3, 4, -1.0, 1.0),
            1e-9,
        );
    }
}

mod conv2d {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(k))]
    pub fn conv2d(k: &[[f64; 3]; 3], img: &[Vec<f64>]) -> f64 {
        let (h, w) = (img.len(), img[0].len());
        let mut e = 0.0;
        for r in 1..h - 1 {
            for c in 1..w - 1 {
                let mut acc = 0.0;
                for (dr, krow) in k.iter().enumerate() {
                    for (dc, kv) in krow.iter().enumerate() {
                        acc += kv * img[r + dr - 1][c + dc - 1];
                    }
                }
                e += acc.tanh();
            }
        }
        e
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(
                alone
                    | x
                    | conv2d(
                        &matrix::<_, 3, 3>(&x),
                        &[vec![0.1, 0.2, 0.5, 0.9], vec![0.3, -0.2, 0.5, 0.9], vec![0.1, 0.2, -0.5, 0.9]]
                    )
            ),
            &points(7, 3, 9, -1.0, 1.0),
            1e-9,
        );
    }
}
