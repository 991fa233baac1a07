//! Symmetric tridiagonal matrices and their eigenvectors.

use crate::vector::is_finite;

/// Rotations per eigenvalue after which something is wrong with the numbers; three are usual.
const MAX_SWEEPS: usize = 60;

/// A symmetric tridiagonal matrix that grows by rows.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Tridiagonal {
    diagonal: Vec<f64>,
    /// Below each diagonal entry; the last couples to a row that is not there yet.
    coupling: Vec<f64>,
}

/// Eigenvalues from the smallest up, each with its unit eigenvector.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    pub(crate) values: Vec<f64>,
    pub(crate) vectors: Vec<Vec<f64>>,
}

impl Tridiagonal {
    pub(crate) fn len(&self) -> usize {
        self.diagonal.len()
    }

    pub(crate) fn push(&mut self, diagonal: f64, coupling: f64) {
        self.diagonal.push(diagonal);
        self.coupling.push(coupling);
    }

    /// The coupling to the row that would come next.
    pub(crate) fn last_coupling(&self) -> f64 {
        self.coupling.last().copied().unwrap_or(0.0)
    }

    /// The same with its rows from the last to the first, and another coupling to the row that would come next.
    pub(crate) fn reversed(mut self, last_coupling: f64) -> Self {
        self.coupling.pop();
        self.diagonal.reverse();
        self.coupling.reverse();
        self.coupling.push(last_coupling);
        self
    }

    /// The largest size of an entry.
    pub(crate) fn size(&self) -> f64 {
        self.diagonal.iter().chain(&self.coupling).fold(0.0, |size, entry| entry.abs().max(size))
    }

    /// All eigenpairs by implicit QL; `None` where the entries are not finite.
    ///
    /// H. Bowdler, R. Martin, C. Reinsch, J. Wilkinson, The QR and QL algorithms for symmetric matrices, Numer. Math.
    /// 11 (1968). The cost is of the order of k³.
    pub(crate) fn eigen(&self) -> Option<Eigen> {
        let n = self.len();
        if !is_finite(&self.diagonal) || !is_finite(&self.coupling) {
            return None;
        }
        let mut values = self.diagonal.clone();
        let mut off = self.coupling.clone();
        let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| unit(n, i)).collect();
        for low in 0..n {
            let mut sweeps = 0;
            while let Some(high) = coupled_until(&values, &off, low) {
                sweeps += 1;
                if sweeps > MAX_SWEEPS {
                    return None;
                }
                sweep(low, high, &mut values, &mut off, &mut vectors);
            }
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
        Some(Eigen {
            values: order.iter().map(|&i| values[i]).collect(),
            vectors: order.iter().map(|&i| std::mem::take(&mut vectors[i])).collect(),
        })
    }
}

/// The unit vector along axis `i`.
fn unit(n: usize, i: usize) -> Vec<f64> {
    let mut axis = vec![0.0; n];
    axis[i] = 1.0;
    axis
}

/// The end of the block that begins at `low` and does not fall apart; `None` if that is `low` itself.
fn coupled_until(values: &[f64], off: &[f64], low: usize) -> Option<usize> {
    let negligible = |i: &usize| off[*i].abs() <= f64::EPSILON * (values[*i].abs() + values[*i + 1].abs());
    let last = values.len() - 1;
    let high = (low..last).find(negligible).unwrap_or(last);
    (high > low).then_some(high)
}

/// One implicit QL sweep with Wilkinson's shift, from `high` down to `low`.
fn sweep(low: usize, high: usize, values: &mut [f64], off: &mut [f64], vectors: &mut [Vec<f64>]) {
    let slope = (values[low + 1] - values[low]) / (2.0 * off[low]);
    let shift = off[low] / (slope + slope.hypot(1.0).copysign(slope));
    let mut bulge = values[high] - values[low] + shift;
    let (mut sine, mut cosine, mut moved) = (1.0, 1.0, 0.0);
    for i in (low..high).rev() {
        let (f, b) = (sine * off[i], cosine * off[i]);
        let radius = f.hypot(bulge);
        off[i + 1] = radius;
        if radius == 0.0 {
            values[i + 1] -= moved;
            off[high] = 0.0;
            return;
        }
        (sine, cosine) = (f / radius, bulge / radius);
        let base = values[i + 1] - moved;
        let turned = (values[i] - base) * sine + 2.0 * cosine * b;
        moved = sine * turned;
        values[i + 1] = base + moved;
        bulge = cosine * turned - b;
        let (lower, upper) = vectors.split_at_mut(i + 1);
        for (a, b) in lower[i].iter_mut().zip(&mut upper[0]) {
            (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
        }
    }
    values[low] -= moved;
    off[low] = bulge;
    off[high] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::Tridiagonal;

    fn matrix(diagonal: &[f64], coupling: &[f64]) -> Tridiagonal {
        let mut matrix = Tridiagonal::default();
        for (i, &d) in diagonal.iter().enumerate() {
            matrix.push(d, coupling.get(i).copied().unwrap_or(0.0));
        }
        matrix
    }

    /// The second difference matrix has eigenvalues 2 − 2 cos(π k / (n + 1)).
    #[test]
    fn second_differences_have_known_eigenvalues() {
        let n = 40;
        let eigen = matrix(&vec![2.0; n], &vec![-1.0; n - 1]).eigen().expect("finite");
        for (k, value) in (1..).zip(&eigen.values) {
            let exact = 2.0 - 2.0 * (std::f64::consts::PI * f64::from(k) / (n as f64 + 1.0)).cos();
            assert!((value - exact).abs() < 1e-14);
        }
    }

    #[test]
    fn eigenvectors_satisfy_their_equation_and_are_orthonormal() {
        let diagonal: Vec<f64> = (0..25).map(|i| f64::from(i % 7) - 3.0).collect();
        let coupling: Vec<f64> =
            (0..24).map(|i| if i == 11 { 0.0 } else { (f64::from(i) * 0.7).sin() }).collect();
        let eigen = matrix(&diagonal, &coupling).eigen().expect("finite");
        for (value, v) in eigen.values.iter().zip(&eigen.vectors) {
            for i in 0..25 {
                let above = if i > 0 { coupling[i - 1] * v[i - 1] } else { 0.0 };
                let below = if i < 24 { coupling[i] * v[i + 1] } else { 0.0 };
                assert!((above + diagonal[i] * v[i] + below - value * v[i]).abs() < 1e-13);
            }
        }
        for (i, v) in eigen.vectors.iter().enumerate() {
            for (j, w) in eigen.vectors.iter().enumerate() {
                let product: f64 = v.iter().zip(w).map(|(a, b)| a * b).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn entries_that_are_not_finite_have_no_eigenvalues() {
        assert!(matrix(&[1.0, f64::NAN], &[0.5]).eigen().is_none());
        assert!(matrix(&[], &[]).eigen().is_some_and(|eigen| eigen.values.is_empty()));
    }
}
