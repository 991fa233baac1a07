//! Thin QR factors.

use crate::vector::{axpy, dot, norm, scale};

/// What counts as zero beside the largest diagonal entry of R.
const DEPENDENT: f64 = 1e-13;

/// The triangular factor, and whether the columns were independent.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Triangle {
    /// Column j holds its j + 1 entries from the top down.
    columns: Vec<Vec<f64>>,
    largest: f64,
    pub(crate) independent: bool,
}

impl Triangle {
    /// Of no columns.
    pub(crate) fn new() -> Self {
        Self { columns: Vec::new(), largest: 0.0, independent: true }
    }

    /// Replaces further columns of length `n`, one after another, by an orthonormal basis of what they add to the basis
    /// `before`, each orthogonalised twice against those before it; columns that depend on others become zero.
    ///
    /// L. Giraud, J. Langou, M. Rozložník, The loss of orthogonality in the Gram-Schmidt process, Comput. Math. Appl. 50
    /// (2005).
    pub(crate) fn orthonormalize(&mut self, n: usize, before: &[f64], columns: &mut [f64]) {
        for j in 0..columns.len() / n {
            let (done, rest) = columns.split_at_mut(j * n);
            let column = &mut rest[..n];
            let mut entries = vec![0.0; self.columns.len() + 1];
            for _ in 0..2 {
                let basis = before.chunks_exact(n).chain(done.chunks_exact(n));
                for (q, entry) in basis.zip(&mut entries) {
                    let along = dot(q, column);
                    axpy(-along, q, column);
                    *entry += along;
                }
            }
            let length = norm(column);
            self.largest = self.largest.max(length);
            let independent = length > DEPENDENT * self.largest;
            self.independent &= independent;
            scale(if independent { length.recip() } else { 0.0 }, column);
            entries[self.columns.len()] = length;
            self.columns.push(entries);
        }
    }

    /// The number of columns.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Column j, without the zeros below the diagonal.
    pub(crate) fn column(&self, j: usize) -> &[f64] {
        &self.columns[j]
    }

    /// Column i of the inverse of the transpose, brought to length one.
    pub(crate) fn inverse_transposed(&self, i: usize) -> Vec<f64> {
        let p = self.columns.len();
        let mut s = vec![0.0; p];
        s[i] = 1.0 / self.columns[i][i];
        for j in i + 1..p {
            s[j] = -dot(&self.columns[j][i..j], &s[i..j]) / self.columns[j][j];
        }
        scale(norm(&s).recip(), &mut s);
        s
    }
}
