//! Where a symmetric matrix may have entries.

/// The places at which a symmetric matrix may differ from zero, row by row. The diagonal always belongs to them.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::sparse::Pattern;
///
/// let pattern = Pattern::new(4, [(0, 1), (3, 1)]);
/// assert_eq!(pattern.row(1), [0, 1, 3]);
/// assert_eq!(pattern.row(2), [2]);
/// assert_eq!(pattern.entries(), 8);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pattern {
    /// The columns of each row, in order.
    rows: Vec<Vec<usize>>,
}

impl Pattern {
    /// The pattern of dimension `n` in which the variables of each pair meet. A pair stands for both of its orders, and may
    /// be named twice.
    ///
    /// # Panics
    /// If a pair leaves 0..n.
    pub fn new(n: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut rows: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
        for (i, j) in pairs {
            assert!(i < n && j < n, "the pair ({i}, {j}) leaves 0..{n}");
            rows[i].push(j);
            rows[j].push(i);
        }
        for row in &mut rows {
            row.sort_unstable();
            row.dedup();
        }
        Self { rows }
    }

    /// Each variable meets those at most `width` places away: 1 for tridiagonal matrices.
    #[must_use]
    pub fn banded(n: usize, width: usize) -> Self {
        let rows = (0..n).map(|i| (i.saturating_sub(width)..n.min(i.saturating_add(width + 1))).collect());
        Self { rows: rows.collect() }
    }

    /// The dimension.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.rows.len()
    }

    /// The number of places.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// The columns of the places in row `i`, in order.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, i: usize) -> &[usize] {
        &self.rows[i]
    }

    /// The variables that `i` meets, without itself.
    pub(super) fn neighbours(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        self.rows[i].iter().copied().filter(move |&j| j != i)
    }
}
