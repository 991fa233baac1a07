//! Hessians whose pattern of zeros is known: all entries from a few products.
//!
//! Variables that share no row get one colour, and one product with the sum of their axes shows the columns of them all.
//! So a tridiagonal Hessian of any dimension is formed from three products, and its diagonal from two, without error.
//!
//! A. H. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian? Graph coloring for computing derivatives, SIAM
//! Review 47 (2005); A. H. Gebremedhin, A. Tarafdar, F. Manne, A. Pothen, New acyclic and star coloring algorithms with
//! application to computing Hessians, SIAM J. Sci. Comput. 29 (2007).
//!
//! ```
//! # extern crate hvp_runtime as hvp;
//! use hvp::HessianOperator;
//! use hvp::sparse::{ExactDiagonal, Pattern, SparseHessian};
//!
//! // Each variable of the chained Rosenbrock function meets its neighbours only.
//! let x = vec![0.5; 1000];
//! let hessian = HessianOperator::new(&hvp::reference::Rosenbrock, &x);
//! let pattern = Pattern::banded(1000, 1);
//!
//! let diagonal = ExactDiagonal::new(&pattern);
//! assert_eq!(diagonal.products(), 2);
//! assert_eq!(diagonal.of(&hessian).unwrap()[0], 102.0);
//!
//! let plan = SparseHessian::new(pattern);
//! assert_eq!(plan.products(), 3);
//! let matrix = plan.of(&hessian).unwrap();
//! assert_eq!(matrix.entry(1, 0), -200.0);
//! ```

mod coloring;
mod matrix;
mod pattern;

use coloring::Coloring;
pub use matrix::SparseMatrix;
pub use pattern::Pattern;

use crate::probe::{Probe, fill};
use crate::vector::is_finite;
use crate::{Error, LinearOperator, block};

/// A difference from the true product that rounding does not explain, beside the largest row of the matrix.
const DIFFERENT: f64 = 1e-8;

/// A way to the diagonal of every symmetric operator with a pattern: one product for each of a few colours, of which no
/// two neighbours have the same.
///
/// An entry outside of the pattern makes the result wrong, and nothing can show it but more products:
/// [`SparseHessian::verified`] does.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::sparse::{ExactDiagonal, Pattern};
///
/// let matrix = [[2.0, 1.0, 0.0], [1.0, 3.0, 4.0], [0.0, 4.0, 5.0]];
/// let diagonal = ExactDiagonal::new(&Pattern::new(3, [(0, 1), (1, 2)]));
/// assert_eq!(diagonal.products(), 2);
/// assert_eq!(diagonal.of(&matrix).unwrap(), [2.0, 3.0, 5.0]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactDiagonal {
    coloring: Coloring,
}

impl ExactDiagonal {
    /// Colours a pattern; the work is proportional to its entries.
    #[must_use]
    pub fn new(pattern: &Pattern) -> Self {
        Self { coloring: Coloring::distance_one(pattern) }
    }

    /// The number of products that a diagonal costs.
    #[must_use]
    pub fn products(&self) -> usize {
        self.coloring.count()
    }

    /// The diagonal of an operator whose entries lie in the pattern.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If the operator has another dimension than the pattern.
    pub fn of(&self, op: &(impl LinearOperator + ?Sized)) -> Result<Vec<f64>, Error> {
        let columns = compressed(op, &self.coloring)?;
        let n = op.dim();
        Ok((0..n).map(|i| columns[self.coloring.color(i) * n + i]).collect())
    }
}

/// A way to all entries of every symmetric operator with a pattern: one product for each of a few colours, of which every
/// path of four neighbours has at least three (a star colouring), so that each entry stands alone in some product.
///
/// To be made once for a function, and used at every point.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::sparse::{Pattern, SparseHessian};
///
/// // An arrow: the first variable meets all others.
/// let matrix = [[2.0, 1.0, 4.0], [1.0, 3.0, 0.0], [4.0, 0.0, 5.0]];
/// let plan = SparseHessian::new(Pattern::new(3, [(0, 1), (0, 2)]));
/// assert_eq!(plan.products(), 2);
/// let found = plan.verified(&matrix).unwrap();
/// assert_eq!(found.to_dense(), matrix.concat());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseHessian {
    pattern: Pattern,
    coloring: Coloring,
}

impl SparseHessian {
    /// Colours a pattern, in the given order of the variables and from the one with most neighbours on, and keeps what
    /// has fewer colours. The work for each variable grows with the third power of the number of its neighbours.
    #[must_use]
    pub fn new(pattern: Pattern) -> Self {
        let coloring = Coloring::star(&pattern);
        Self { pattern, coloring }
    }

    /// The number of products that a matrix costs.
    #[must_use]
    pub fn products(&self) -> usize {
        self.coloring.count()
    }

    /// The matrix of an operator whose entries lie in the pattern; memory for [`products`](Self::products) vectors.
    ///
    /// # Errors
    /// [`Error::NoDimension`], and [`Error::NotFinite`] where a product is not.
    ///
    /// # Panics
    /// If the operator has another dimension than the pattern.
    pub fn of(&self, op: &(impl LinearOperator + ?Sized)) -> Result<SparseMatrix, Error> {
        let columns = compressed(op, &self.coloring)?;
        let n = op.dim();
        let shown = |row: usize, column: usize| columns[self.coloring.color(column) * n + row];
        let mut values = Vec::with_capacity(self.pattern.entries());
        for i in 0..n {
            for &j in self.pattern.row(i) {
                let alone = self.coloring.is_alone(&self.pattern, i, j);
                values.push(if alone { shown(i, j) } else { shown(j, i) });
            }
        }
        Ok(SparseMatrix::new(self.pattern.clone(), values))
    }

    /// The matrix as [`of`](Self::of), and one product more to see whether there are entries outside of the pattern: with
    /// a normal vector, the same each time. (Signs would not do: an entry is taken for another one of its row, and half of all
    /// pairs of signs are alike.) What is smaller than 1e-8 of the largest row does not show.
    ///
    /// # Errors
    /// As [`of`](Self::of), and [`Error::OutsidePattern`].
    ///
    /// # Panics
    /// If the operator has another dimension than the pattern.
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// use hvp::{Error, sparse::{Pattern, SparseHessian}};
    ///
    /// let matrix = [[2.0, 1.0, 0.5], [1.0, 3.0, 4.0], [0.5, 4.0, 5.0]];
    /// let tridiagonal = SparseHessian::new(Pattern::banded(3, 1));
    /// assert_eq!(tridiagonal.verified(&matrix), Err(Error::OutsidePattern));
    /// ```
    pub fn verified(&self, op: &(impl LinearOperator + ?Sized)) -> Result<SparseMatrix, Error> {
        let matrix = self.of(op)?;
        let mut vector = vec![0.0; op.dim()];
        let (mut product, mut expected) = (vector.clone(), vector.clone());
        fill(Probe::Gaussian, 0, 0, &mut vector);
        op.apply(&vector, &mut product);
        if !is_finite(&product) {
            return Err(Error::NotFinite);
        }
        matrix.apply(&vector, &mut expected);
        let largest = matrix.largest_row().max(product.iter().fold(0.0, |size, entry| entry.abs().max(size)));
        let differs = |(a, b): (&f64, &f64)| (a - b).abs() > DIFFERENT * largest;
        if product.iter().zip(&expected).any(differs) { Err(Error::OutsidePattern) } else { Ok(matrix) }
    }
}

/// For each colour the product with the sum of its axes, one after another.
fn compressed(op: &(impl LinearOperator + ?Sized), coloring: &Coloring) -> Result<Vec<f64>, Error> {
    let (n, len) = (op.dim(), coloring.dim());
    assert!(n == len, "the pattern has dimension {len}, the operator {n}");
    if n == 0 {
        return Err(Error::NoDimension);
    }
    let count = coloring.count();
    let mut seeds = vec![0.0; n * count];
    (0..n).for_each(|i| seeds[coloring.color(i) * n + i] = 1.0);
    let mut products = vec![0.0; n * count];
    let share = n * block::width(op, n);
    for (seeds, products) in seeds.chunks(share).zip(products.chunks_mut(share)) {
        op.apply_block(seeds, products);
    }
    if is_finite(&products) { Ok(products) } else { Err(Error::NotFinite) }
}
