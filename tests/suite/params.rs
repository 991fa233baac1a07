//! Every type of parameter: how it is passed, what a direction and a gradient look like, and that they are right.

use crate::support::*;
use hvp::differentiable;

twin! {
    #[differentiable]
    fn of_slice(x: &[f64]) -> f64 {
        let mut s = 0.0;
        for i in 1..x.len() {
            s += x[i] * x[i - 1].sin();
        }
        s
    }

    #[differentiable]
    #[allow(clippy::ptr_arg)]
    fn of_vec_ref(x: &Vec<f64>) -> f64 {
        let mut s = 1.0;
        for i in 0..x.len() {
            s *= x[i] + 2.0;
        }
        s
    }

    #[differentiable]
    fn of_array(x: [f64; 3]) -> f64 {
        x[0] * x[1].exp() * x[2]
    }

    #[differentiable]
    fn of_array_ref(x: &[f64; 3]) -> f64 {
        x[0] * x[1].exp() + x[2] * x[2] * x[0]
    }

    #[differentiable]
    fn of_rows(m: &[[f64; 2]]) -> f64 {
        let mut s = 0.0;
        for i in 0..m.len() {
            s += m[i][0] * m[i][1].cos() * m[0][1];
        }
        s
    }

    #[differentiable]
    fn of_matrix(m: [[f64; 2]; 2]) -> f64 {
        (m[0][0] * m[1][1] - m[0][1] * m[1][0]).powi(2)
    }

    #[differentiable]
    fn of_matrix_ref(m: &[[f64; 3]; 2]) -> f64 {
        let mut s = 0.0;
        for i in 0..2 {
            for j in 0..3 {
                s += m[i][j] * m[1 - i][j] * m[i][0].sin();
            }
        }
        s
    }

    #[differentiable]
    fn of_four(a: f64, x: &[f64], b: f64, m: &[f64; 2]) -> f64 {
        let mut s = a * b;
        for i in 0..x.len() {
            s += x[i] * x[i] * m[i % 2] * b;
        }
        s.sin() * a
    }

    #[differentiable(wrt(x, b))]
    fn of_two_among_others(a: f64, x: &[f64], n: usize, b: f64, w: &[f64], flip: bool, index: &[usize]) -> f64 {
        let mut s = a * b * b;
        for i in 0..n {
            let c = if flip { -w[i] } else { w[i] };
            s += c * x[index[i]] * x[i] * b;
        }
        s
    }

    #[differentiable(wrt(x))]
    fn of_pairs_of_data(x: &[f64], data: &[(f64, f64)]) -> f64 {
        let mut s = 0.0;
        for i in 0..data.len() {
            let r = x[0] * (x[1] * data[i].0).exp() - data[i].1;
            s += r * r;
        }
        s
    }

    #[differentiable]
    fn of_n<const N: usize>(x: &[f64; N]) -> f64 {
        let mut s = 0.0;
        for i in 0..N {
            s += x[i] * x[N - 1 - i] * x[i];
        }
        s
    }

    #[differentiable]
    fn of_n_by_m<const N: usize, const M: usize>(a: [[f64; M]; N]) -> f64 {
        let mut s = 1.0;
        for i in 0..N {
            for j in 0..M {
                s *= a[i][j] + (i * M + j) as f64;
            }
        }
        s
    }
}

#[test]
fn slices_arrays_and_their_references() {
    let mut rng = rng(11);
    for _ in 0..3 {
        let x = point(&mut rng, 6, -1.5, 1.5);
        check(&derived!(|x| of_slice(x)), &x, 1e-12);
        check(&derived!(|x| of_vec_ref(&x.to_vec())), &x, 1e-12);
        check(&derived!(|x| of_array(array(x))), &x[..3], 1e-12);
        check(&derived!(|x| of_rows(&rows(x))), &x, 1e-12);
        check(&derived!(|x| of_matrix_ref(&matrix(x))), &x, 1e-12);
        check(&derived!(|x| of_array_ref(&array(x))), &x[..3], 1e-12);
        check(
            &derived!(|x| of_four(x[0], &x[1..4], x[4], &array(&x[5..]))),
            &[&x[..], &[0.3]].concat(),
            1e-12,
        );
    }
}

#[test]
fn passive_parameters_of_every_type() {
    let x = [0.4, -0.7, 1.1, 0.6];
    let w = [0.5, 2.0, -1.0];
    let index = [2, 0, 2];
    for flip in [false, true] {
        check(&derived!(|x| of_two_among_others(0.3, &x[..3], 3, x[3], &w, flip, &index)), &x, 1e-12);
    }
    let data = vec![(0.1, 1.0), (0.5, 0.7), (1.5, 0.2)];
    check(&derived!(|x| of_pairs_of_data(x, &data)), &[1.2, -0.8], 1e-12);
}

#[test]
fn directions_and_gradients_have_the_documented_types() {
    let x = vec![0.1, 0.2, 0.3];
    let (_, _): (f64, Vec<f64>) = of_slice_value_and_grad(&x);
    let _: Vec<f64> = of_slice_grad(&x);
    let _: (f64, f64) = of_slice_jvp(&x, &x);
    let _: Vec<f64> = of_slice_hvp(&x, &[1.0, 0.0, 0.0]);
    let (_, _): (Vec<f64>, Vec<f64>) = of_slice_grad_and_hvp(&x, &x);
    let _: Vec<f64> = of_slice_hessian(&x);

    let _: Vec<f64> = of_vec_ref_grad(&x);
    let _: Vec<f64> = of_vec_ref_hvp(&x, &x[..]);
    let _: Vec<f64> = of_vec_ref_hessian(&x);

    let a = [0.1, 0.2, 0.3];
    let _: [f64; 3] = of_array_grad(a);
    let _: [f64; 3] = of_array_hvp(a, &a);
    let _: [[f64; 3]; 3] = of_array_hessian(a);
    let _: [f64; 3] = of_array_ref_grad(&a);
    let _: [f64; 3] = of_array_ref_hvp(&a, &a);
    let _: [[f64; 3]; 3] = of_array_ref_hessian(&a);

    let rows: &[[f64; 2]] = &[[0.1, 0.2], [0.3, 0.4]];
    let _: Vec<[f64; 2]> = of_rows_grad(rows);
    let _: Vec<[f64; 2]> = of_rows_hvp(rows, rows);
    let m = [[0.1, 0.2], [0.3, 0.4]];
    let _: [[f64; 2]; 2] = of_matrix_grad(m);
    let _: [[f64; 2]; 2] = of_matrix_hvp(m, &m);
    let m = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]];
    let _: [[f64; 3]; 2] = of_matrix_ref_grad(&m);
    let _: [[f64; 3]; 2] = of_matrix_ref_hvp(&m, &m);

    let _: (f64, Vec<f64>, f64, [f64; 2]) = of_four_grad(0.1, &x, 0.2, &[0.3, 0.4]);
    let (_, _): (f64, (f64, Vec<f64>, f64, [f64; 2])) = of_four_value_and_grad(0.1, &x, 0.2, &[0.3, 0.4]);
    let _: (f64, Vec<f64>, f64, [f64; 2]) = of_four_hvp(0.1, &x, 0.2, &[0.3, 0.4], 1.0, &x, 1.0, &[1.0, 0.0]);
}

#[test]
fn a_hessian_has_the_products_with_unit_vectors_as_columns() {
    let x = [0.3, -0.8, 1.2, 0.5, -0.1];
    let h = of_slice_hessian(&x);
    assert_eq!(h.len(), 25);
    for j in 0..5 {
        let unit: Vec<f64> = (0..5).map(|i| if i == j { 1.0 } else { 0.0 }).collect();
        let column: Vec<f64> = (0..5).map(|i| h[i * 5 + j]).collect();
        assert_close(&column, &of_slice_hvp(&x, &unit), 1e-14, "column");
    }
    let a = [0.3, -0.8, 1.2];
    let h = of_array_ref_hessian(&a);
    for j in 0..3 {
        let unit: [f64; 3] = std::array::from_fn(|i| if i == j { 1.0 } else { 0.0 });
        let column: Vec<f64> = (0..3).map(|i| h[i][j]).collect();
        assert_close(&column, &of_array_ref_hvp(&a, &unit), 1e-14, "column");
    }
    assert!(of_slice_hessian(&[]).is_empty());
}

#[differentiable]
fn single(x: &[f32], k: f32) -> f32 {
    let mut s = 0.0;
    for i in 0..x.len() {
        s += (x[i] * k).sin() * 0.1;
    }
    s
}

#[test]
fn single_precision_stays_single() {
    let x: [f32; 3] = [0.3, -0.7, 1.9];
    let k: f32 = 1.3;
    let (value, (gx, gk)): (f32, (Vec<f32>, f32)) = single_value_and_grad(&x, k);
    assert_eq!(value.to_bits(), single(&x, k).to_bits());
    let want: Vec<f64> = x.iter().map(|&x| f64::from(0.1 * k * (x * k).cos())).collect();
    // A few roundings of 6e-8.
    assert_close(&gx.flat(), &want, 5e-7, "gradient");
    let want: f32 = x.iter().map(|&x| 0.1 * x * (x * k).cos()).sum();
    assert_near(f64::from(gk), f64::from(want), 5e-7, "gradient of the scalar");
    let (hx, hk): (Vec<f32>, f32) = single_hvp(&x, k, &[1.0, 0.0, 0.0], 0.0);
    assert_near(f64::from(hx[0]), f64::from(-0.1 * k * k * (x[0] * k).sin()), 5e-7, "second derivative");
    let mixed = 0.1 * ((x[0] * k).cos() - x[0] * k * (x[0] * k).sin());
    assert_near(f64::from(hk), f64::from(mixed), 5e-7, "mixed derivative");
}

#[test]
fn constant_generics() {
    check_everywhere(&derived!(|x| of_n(&array::<_, 4>(x))), &points(12, 3, 4, -1.0, 1.0), 1e-12);
    let _: [[f64; 2]; 2] = of_n_hessian(&[1.0, 2.0]);
    let at = points(13, 3, 6, 0.5, 1.5);
    check_everywhere(&derived!(|x| of_n_by_m(matrix::<_, 3, 2>(x))), &at, 1e-12);
}

mod generic {
    use crate::support::*;
    use hvp::differentiable;
    use num_traits::Float;

    #[differentiable]
    pub fn norm<T: Float>(x: &[T]) -> T {
        let mut s = T::zero();
        for i in 0..x.len() {
            s = s + x[i] * x[i] * x[i];
        }
        (s + T::one()).sqrt()
    }

    #[differentiable(wrt(x))]
    pub fn scaled<T>(x: T, factor: T, times: usize) -> T
    where
        T: Float,
    {
        let mut y = x;
        for _ in 0..times {
            y = y * factor * x + y.sin();
        }
        y
    }

    #[test]
    fn floats_of_any_width() {
        check_everywhere(&derived!(alone functions |x| norm(x)), &points(14, 3, 4, 0.1, 1.0), 1e-12);
        check(&derived!(alone | x | scaled(x[0], 0.8, 4)), &[0.7], 1e-12);
        let g: Vec<f32> = norm_grad(&[1.0_f32, 2.0]);
        // The derivative of √(1 + Σx³) is 3x²/2√….
        let root = 10.0_f64.sqrt();
        assert_close(&g.flat(), &[1.5 / root, 6.0 / root], 5e-7, "gradient");
        let _: f32 = scaled_hvp(0.7_f32, 0.8, 4, 1.0);
    }
}

mod choices {
    use hvp::differentiable;

    #[differentiable(only(hvp, value_and_grad))]
    pub fn few(x: f64) -> f64 {
        x * x * x
    }

    /// Would clash if it were generated.
    pub fn few_grad() -> &'static str {
        "mine"
    }

    #[differentiable(name = cost, companion = none)]
    pub fn loss(x: f64) -> f64 {
        x * x * x
    }

    pub mod loss {
        pub const NAME: &str = "a module beside a function without a companion";
    }

    #[differentiable(companion = Potential)]
    pub fn potential(x: &[f64]) -> f64 {
        x[0] * x[0] * x[1]
    }

    #[differentiable(crate = ::hvp)]
    pub fn elsewhere(x: f64) -> f64 {
        x * x
    }

    mod inner {
        use hvp::differentiable;

        #[differentiable]
        pub(in super::super) fn visible(x: f64) -> f64 {
            x * x
        }
    }
    pub(super) use inner::visible_grad;
}

#[test]
fn options_choose_and_name_what_is_generated() {
    use hvp::Objective;
    assert_eq!(choices::few_hvp(2.0, 1.0), 12.0);
    assert_eq!(choices::few_value_and_grad(2.0), (8.0, 12.0));
    assert_eq!(choices::few_grad(), "mine");
    assert_eq!(choices::cost_grad(2.0), 12.0);
    assert_eq!(choices::loss(2.0), 8.0);
    assert!(choices::loss::NAME.contains("module"));
    let mut g = [0.0; 2];
    choices::Potential::objective().grad(&[2.0, 3.0], &mut g);
    assert_eq!(g, [12.0, 4.0]);
    assert_eq!(choices::elsewhere_grad(2.0), 4.0);
    assert_eq!(choices::visible_grad(3.0), 6.0);
}

#[differentiable]
fn ignores_some(x: f64, _unused: f64, _: &str, y: &[f64]) -> f64 {
    x * x + y[0]
}

#[test]
fn unused_parameters_of_any_type() {
    assert_eq!(ignores_some_grad(2.0, 1.0, "", &[5.0, 6.0]), (4.0, 0.0, vec![1.0, 0.0]));
    assert_eq!(
        ignores_some_hvp(2.0, 1.0, "", &[5.0, 6.0], 1.0, 1.0, &[1.0, 1.0]),
        (2.0, 0.0, vec![0.0, 0.0])
    );
}

#[test]
#[should_panic(expected = "direction of `x` has another length")]
fn a_direction_of_another_length_is_named() {
    let _ = of_slice_hvp(&[1.0, 2.0], &[1.0]);
}
