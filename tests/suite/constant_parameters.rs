//! Structs with parameters that are constants or floats, which their functions name.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy)]
struct Matrix<const R: usize, const C: usize> {
    m: [[f64; C]; R],
}

impl<const R: usize, const C: usize> Matrix<R, C> {
    fn zeros() -> Self {
        Matrix { m: [[0.0; C]; R] }
    }

    fn transpose(&self) -> Matrix<C, R> {
        let mut out = Matrix::<C, R>::zeros();
        for i in 0..R {
            for j in 0..C {
                out.m[j][i] = self.m[i][j];
            }
        }
        out
    }

    fn times<const K: usize>(&self, o: &Matrix<C, K>) -> Matrix<R, K> {
        let mut m = [[0.0; K]; R];
        for i in 0..R {
            for j in 0..K {
                for k in 0..C {
                    m[i][j] += self.m[i][k] * o.m[k][j];
                }
            }
        }
        Matrix { m }
    }

    fn scaled(&self, k: f64) -> Self {
        let mut out = Self::zeros();
        for (to, from) in out.m.iter_mut().zip(&self.m) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = k * from;
            }
        }
        out
    }
}

impl<const N: usize> Matrix<N, N> {
    fn trace(&self) -> f64 {
        (0..N).map(|i| self.m[i][i]).sum()
    }
}

#[differentiable]
fn gram(x: &[f64; 6]) -> f64 {
    let mut a = Matrix::<2, 3>::zeros();
    for i in 0..2 {
        for j in 0..3 {
            a.m[i][j] = x[3 * i + j];
        }
    }
    let g = a.times(&a.transpose()).scaled(0.5);
    g.times(&g).trace()
}

struct Filter<const N: usize> {
    taps: [f64; N],
    state: [f64; N],
    pos: usize,
}

impl<const N: usize> Filter<N> {
    fn new(taps: [f64; N]) -> Self {
        Filter { taps, state: [0.0; N], pos: 0 }
    }

    fn push(&mut self, v: f64) -> f64 {
        self.state[self.pos] = v;
        let mut acc = 0.0;
        for i in 0..N {
            acc += self.taps[i] * self.state[(self.pos + N - i) % N];
        }
        self.pos = (self.pos + 1) % N;
        acc
    }
}

/// The length is that of the caller, which is a parameter as well.
#[differentiable]
fn filtered<const M: usize>(h: &[f64; M], signal: &[f64; 4]) -> f64 {
    let mut filter = Filter::new(*h);
    let sum: f64 = signal.iter().map(|v| filter.push(*v).powi(2)).sum();
    sum + filter.taps.iter().sum::<f64>() / M as f64
}

#[test]
fn have_the_right_derivatives() {
    check_everywhere(&derived!(alone | x | gram(&array(&x))), &points(95, 2, 6, -0.9, 0.9), 1e-9);
    let both = derived!(alone | x | filtered::<3>(&array(&x), &array(&x[3..])));
    check_everywhere(&both, &points(96, 2, 7, -0.9, 0.9), 1e-9);
}

mod floats {
    use crate::support::*;
    use hvp::differentiable;
    use num_traits::Float;

    #[derive(Clone, Copy)]
    struct Complex<T> {
        re: T,
        im: T,
    }

    impl<T: Float> Complex<T> {
        fn one() -> Self {
            Complex { re: T::one(), im: T::zero() }
        }

        fn times(self, o: Self) -> Self {
            Complex { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
        }
    }

    #[differentiable]
    fn power<T: Float>(x: T, y: T, n: usize) -> T {
        let mut p = Complex::one();
        for _ in 0..n {
            p = p.times(Complex { re: x, im: y });
        }
        p.re * p.im
    }

    #[test]
    fn have_the_right_derivatives() {
        let f = derived!(functions alone |x| power(x[0], x[1], 3));
        check_everywhere(&f, &points(97, 2, 2, -0.9, 0.9), 1e-9);
    }
}

mod constants_of_types {
    use super::*;

    struct Order<const N: usize>;

    impl<const N: usize> Order<N> {
        const DOUBLE: usize = N * 2;
        const ODD: usize = Self::DOUBLE + 1;
    }

    #[derive(Clone, Copy)]
    struct Taps<const N: usize> {
        taps: [f64; N],
    }

    impl<const N: usize> Taps<N> {
        const MIDDLE: usize = N / 2;

        fn ramp(slope: f64) -> Self {
            let mut taps = [0.0; N];
            for (i, tap) in taps.iter_mut().enumerate() {
                *tap = slope * (i + N) as f64;
            }
            Taps { taps }
        }

        fn middle(&self) -> f64 {
            assert!(Self::MIDDLE < N, "{} of {}", Self::MIDDLE, N);
            self.taps[Self::MIDDLE] * N as f64
        }
    }

    /// Its own `N` is not theirs.
    #[differentiable]
    fn orders<const N: usize>(x: &[f64; N]) -> f64 {
        let (five, own) = (Taps::<5>::ramp(x[0]), Taps { taps: *x });
        five.middle() * own.middle() * Order::<7>::DOUBLE as f64
            + x[1] * x[0] * Order::<9>::ODD as f64 * Order::<N>::ODD as f64
    }

    #[test]
    fn are_those_that_the_path_says() {
        let f = derived!(alone | x | orders::<4>(x.first_chunk().expect("four numbers")));
        check_everywhere(&f, &points(98, 3, 4, -0.9, 0.9), 1e-9);
    }
}

mod names_of_types {
    use super::*;

    type Grid<const N: usize> = [[f64; N]; N];
    type Matrix<const R: usize, const C: usize> = [[f64; C]; R];
    type Rows<T> = Vec<Vec<T>>;
    type Pair<T = f64> = (T, T);

    #[inline(never)]
    #[differentiable]
    fn trace<const N: usize>(grid: &Grid<N>) -> f64 {
        (0..N).map(|i| grid[i][i]).sum()
    }

    #[inline(never)]
    #[differentiable]
    fn times<const R: usize, const C: usize>(a: &Matrix<R, C>, v: &[f64; C]) -> [f64; R] {
        let mut product = [0.0; R];
        for i in 0..R {
            for j in 0..C {
                product[i] += a[i][j] * v[j];
            }
        }
        product
    }

    #[differentiable]
    fn area_and_sum(a: f64, b: f64) -> Pair {
        (a * b, a + b)
    }

    #[differentiable]
    fn of_all(x: &[f64]) -> f64 {
        let grid: Grid<2> = [[x[0], x[1]], [x[2], x[0]]];
        let matrix: Matrix<2, 3> = [[x[0], x[1], 1.0], [x[2], x[0], x[1]]];
        let [a, b] = times(&matrix, &[x[0], 2.0, x[1]]);
        let mut rows: Rows<f64> = vec![vec![x[0]], vec![x[1], x[2]]];
        rows[0].push(x[1]);
        let (area, sum): Pair = area_and_sum(rows[0][1], x[0]);
        trace(&grid) * a + b * area * sum * rows[1][1]
    }

    #[test]
    fn may_have_parameters() {
        check_everywhere(&derived!(alone | x | of_all(&x)), &points(99, 3, 3, -0.9, 0.9), 1e-9);
    }
}
