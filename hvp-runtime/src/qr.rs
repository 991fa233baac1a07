//! Thin QR factors.

use crate::vector::{axpy, dot, norm, scale};

/// What counts as zero beside the largest diagonal entry of R.
const DEPENDENT: f64 = 1e-13;

/// The triangular factor.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Triangle {
    /// Column j holds its j + 1 entries from the top down.
    columns: Vec<Vec<f64>>,
    largest: f64,
}

impl Triangle {
    /// Of no columns.
    pub(crate) fn new() -> Self {
        Self { columns: Vec::new(), largest: 0.0 }
    }

    /// Replaces further columns of length `n`, one after another, by an orthonormal basis of what they add to the basis
    /// `before`, each orthogonalised twice against those before it. Columns that depend on others become zero; the answer
    /// says of each whether it does not.
    ///
    /// L. Giraud, J. Langou, M. Rozložník, The loss of orthogonality in the Gram-Schmidt process, Comput. Math. Appl. 50
    /// (2005).
    pub(crate) fn orthonormalize(&mut self, n: usize, before: &[f64], columns: &mut [f64]) -> Vec<bool> {
        let mut independent = Vec::with_capacity(columns.len() / n);
        for j in 0..columns.len() / n {
            let (done, rest) = columns.split_at_mut(j * n);
            let column = &mut rest[..n];
            let mut entries = orthogonalize(&before.chunks_exact(n).chain(done.chunks_exact(n)), column);
            let length = norm(column);
            self.largest = self.largest.max(length);
            independent.push(length > DEPENDENT * self.largest);
            scale(if independent[j] { length.recip() } else { 0.0 }, column);
            entries.push(length);
            self.columns.push(entries);
        }
        independent
    }

    /// Drops those of the last columns that are marked false.
    pub(crate) fn retain(&mut self, kept: &[bool]) {
        let first = self.columns.len() - kept.len();
        let stays = |j: usize| j < first || kept[j - first];
        self.columns = std::mem::take(&mut self.columns)
            .into_iter()
            .enumerate()
            .filter(|(j, _)| stays(*j))
            .map(|(_, column)| {
                column.into_iter().enumerate().filter(|(i, _)| stays(*i)).map(|(_, r)| r).collect()
            })
            .collect();
    }

    /// Whether a column of this length is none beside the others.
    pub(crate) fn hides(&self, length: f64) -> bool {
        length <= 10.0 * DEPENDENT * self.largest
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

/// Takes away all that lies in the span of an orthonormal basis, twice; returns how much of each vector that was.
pub(crate) fn orthogonalize<'a, B>(basis: &B, column: &mut [f64]) -> Vec<f64>
where
    B: Iterator<Item = &'a [f64]> + Clone,
{
    let mut entries: Vec<f64> = basis.clone().map(|_| 0.0).collect();
    for _ in 0..2 {
        for (q, entry) in basis.clone().zip(&mut entries) {
            let along = dot(q, column);
            axpy(-along, q, column);
            *entry += along;
        }
    }
    entries
}
