//! The special functions: values against 40-digit ones, derivatives against closed forms and differences.
#![cfg(feature = "special")]
#![allow(clippy::all, clippy::pedantic, reason = "the constants are written with all their digits")]

use hvp::special::*;

#[track_caller]
fn near(have: f64, want: f64, tolerance: f64) {
    let bound = tolerance * want.abs().max(f64::MIN_POSITIVE);
    assert!((have - want).abs() <= bound, "{have:e} is not {want:e}: off by {:e}", (have - want) / want);
}

/// First and second derivative of `f` at `x` are the given ones, and near to central differences.
#[track_caller]
fn check(
    (f, grad, hvp): (impl Fn(f64) -> f64, impl Fn(f64) -> f64, impl Fn(f64, f64) -> f64),
    x: f64,
    (first, second): (f64, f64),
    tolerance: f64,
) {
    near(grad(x), first, tolerance);
    near(hvp(x, 1.0), second, tolerance);
    assert_eq!(hvp(x, 2.0), 2.0 * hvp(x, 1.0));
    let h = 1e-5 * x.abs().max(0.1);
    let scale = |d: f64| 1e-6 * (d.abs() + f(x).abs());
    assert!(((f(x + h) - f(x - h)) / (2.0 * h) - first).abs() < scale(first));
    assert!(((grad(x + h) - grad(x - h)) / (2.0 * h) - second).abs() < scale(second));
}

#[test]
fn values_of_erf() {
    for (x, want) in [
        (-3.0, -0.9999779095030014),
        (-0.5, -0.5204998778130465),
        (1e-08, 1.1283791670955126e-08),
        (0.3, 0.3286267594591274),
        (1.0, 0.8427007929497149),
        (2.5, 0.999593047982555),
    ] {
        near(erf(x), want, 3e-16);
    }
}

#[test]
fn values_of_erfc() {
    for (x, want) in [
        (-3.0, 1.9999779095030015),
        (-0.5, 1.5204998778130465),
        (1e-08, 0.9999999887162083),
        (0.3, 0.6713732405408726),
        (1.0, 0.15729920705028513),
        (2.5, 0.0004069520174449589),
        (10.0, 2.088487583762545e-45),
        (25.0, 8.300172571196523e-274),
    ] {
        near(erfc(x), want, 3e-16);
    }
}

#[test]
fn values_of_the_normal_distribution() {
    for (x, want) in [
        (-30.0, 4.906713927148187e-198),
        (-5.0, 2.866515718791939e-07),
        (-1.0, 0.15865525393145705),
        (0.0, 0.5),
        (0.7, 0.758036347776927),
        (3.0, 0.9986501019683699),
    ] {
        near(normal_cdf(x), want, 1e-15 * (1.0 + x * x));
    }
}

#[test]
fn values_of_the_normal_quantile() {
    for (x, want) in [
        (1e-300, -37.0470962993612),
        (1e-20, -9.262340089798407),
        (1e-05, -4.264890793922825),
        (0.01, -2.326347874040841),
        (0.2, -0.8416212335729142),
        (0.4999, -0.00025066283008800747),
        (0.6, 0.2533471031357997),
        (0.925, 1.4395314709384561),
        (0.93, 1.475791028179171),
        (0.999, 3.090232306167813),
        (0.999999999, 5.9978070196016375),
    ] {
        near(normal_quantile(x), want, 4e-15);
    }
}

#[test]
fn values_of_gamma() {
    for (x, want) in [
        (-3.5, 0.2700882058522691),
        (-0.25, -4.901666809860711),
        (1e-05, 99999.42279422555),
        (0.5, 1.772453850905516),
        (1.4616, 0.885603194853648),
        (7.3, 1271.4236336639087),
        (100.25, 2.94846628183877e+156),
        (170.5, 5.56209241456e+305),
    ] {
        near(gamma(x), want, 2e-15);
    }
}

#[test]
fn values_of_ln_gamma() {
    for (x, want) in [
        (-3.5, -1.309006684993042),
        (-0.25, 1.589575312551186),
        (1e-05, 11.512919692895826),
        (0.5, 0.5723649429247001),
        (1.4616, -0.12148629003589732),
        (7.3, 7.147892523022248),
        (100.25, 360.28455963776423),
        (10000000000.0, 220258509288.81058),
    ] {
        near(ln_gamma(x), want, 2e-15);
    }
}

#[test]
fn values_of_digamma() {
    for (x, want) in [
        (-1000.25, 10.050097693066705),
        (-3.5, 1.388870926359529),
        (-0.999, -999.5745709308084),
        (-1e-09, 999999999.4227843),
        (-0.25, 2.9141391202135276),
        (1e-05, -100000.57719921567),
        (0.5, -1.9635100260214235),
        (1.0, -0.5772156649015329),
        (2.0, 0.42278433509846713),
        (7.3, 1.9178203356379862),
        (15.999, 2.7409488324649627),
        (16.0, 2.7410133283274605),
        (100.25, 4.602671243274712),
        (10000000000.0, 23.025850929890456),
    ] {
        near(digamma(x), want, 5e-15);
    }
}

#[test]
fn values_of_polygamma() {
    for (n, x, want) in [
        (1, 1e-05, 10000000001.644909),
        (1, 0.5, 4.934802200544679),
        (1, 1.0, 1.6449340668482264),
        (1, 30.0, 0.033895060357739946),
        (1, 100000000.0, 1.000000005e-08),
        (1, -0.25, 18.541879647671607),
        (1, -1000.75, 19.73821005070119),
        (1, -1e-09, 9.999999999999999e+17),
        (2, -3.4, 22.211592768608966),
        (2, -0.999, -2000000000.391615),
        (2, 4.2, -0.0717648505531312),
        (3, 0.7, 25.879149678427737),
        (5, -2.3, 165660.05361165272),
        (6, 11.5, -6.677381400689733e-05),
        (20, 3.3, -31551777.702590305),
        (60, 80.5, -8.837637015919725e-35),
    ] {
        near(polygamma(n, x), want, 4e-15 * f64::from(n + 1));
    }
}

#[test]
fn values_of_bessel_j() {
    for (n, x, want) in [
        (0, 0.1, 0.99750156206604),
        (0, 3.0, -0.26005195490193345),
        (1, 0.5, 0.2422684576748739),
        (1, 12.0, -0.2234471044906276),
        (2, 5.0, 0.046565116277752214),
        (-1, 2.0, -0.5767248077568734),
        (-2, 2.0, 0.35283402861563773),
        (7, 4.0, 0.015176069422058451),
        (10, 50.0, -0.11384784914946938),
    ] {
        near(bessel_j(n, x), want, 1e-14);
    }
}

#[test]
fn values_of_bessel_y() {
    for (n, x, want) in [
        (0, 0.1, -1.5342386513503667),
        (0, 3.0, 0.3768500100127904),
        (1, 0.5, -1.471472392670243),
        (1, 12.0, -0.05709921826089652),
        (2, 5.0, 0.36766288260552454),
        (-1, 2.0, 0.10703243154093754),
        (-2, 2.0, -0.6174081041906827),
        (7, 4.0, -3.7062239316407726),
        (10, 50.0, 0.005723897182053513),
    ] {
        near(bessel_y(n, x), want, 1e-14);
    }
}

#[test]
fn derivatives_of_the_error_functions() {
    for x in [-2.0, -0.3, 0.5, 1.7] {
        let slope = std::f64::consts::FRAC_2_SQRT_PI * f64::exp(-x * x);
        check((erf, erf_grad, erf_hvp), x, (slope, -2.0 * x * slope), 1e-15);
        check((erfc, erfc_grad, erfc_hvp), x, (-slope, 2.0 * x * slope), 1e-15);
    }
}

#[test]
fn derivatives_of_the_normal_distribution() {
    for x in [-2.0, -0.3, 0.5, 1.7] {
        let density = normal_pdf(x);
        check(
            (normal_pdf, normal_pdf_grad, normal_pdf_hvp),
            x,
            (-x * density, (x * x - 1.0) * density),
            1e-15,
        );
        check((normal_cdf, normal_cdf_grad, normal_cdf_hvp), x, (density, -x * density), 1e-15);
    }
    for p in [0.01, 0.3, 0.6, 0.97] {
        let x = normal_quantile(p);
        let density = normal_pdf(x);
        let derivatives = (1.0 / density, x / (density * density));
        check((normal_quantile, normal_quantile_grad, normal_quantile_hvp), p, derivatives, 1e-14);
    }
}

#[test]
fn derivatives_of_the_gamma_functions() {
    for x in [-1.3, 0.4, 1.0, 2.6, 9.0] {
        let (value, first, second) = (gamma(x), digamma(x), polygamma(1, x));
        check((gamma, gamma_grad, gamma_hvp), x, (value * first, value * (first * first + second)), 1e-14);
        check((ln_gamma, ln_gamma_grad, ln_gamma_hvp), x, (first, second), 1e-15);
        check((digamma, digamma_grad, digamma_hvp), x, (second, polygamma(2, x)), 1e-15);
        for n in 0..4 {
            let f = (|x| polygamma(n, x), |x| polygamma_grad(n, x), |x, v| polygamma_hvp(n, x, v));
            check(f, x, (polygamma(n + 1, x), polygamma(n + 2, x)), 1e-15);
        }
    }
}

#[test]
fn derivatives_of_the_bessel_functions() {
    for x in [0.4, 1.7, 6.5] {
        for n in -2..4 {
            // Bessel's equation: x² f″ + x f′ + (x² − n²) f = 0.
            let bend = |value: f64, slope: f64| -slope / x - (1.0 - f64::from(n * n) / (x * x)) * value;
            let slope = 0.5 * (bessel_j(n - 1, x) - bessel_j(n + 1, x));
            let f = (|x| bessel_j(n, x), |x| bessel_j_grad(n, x), |x, v| bessel_j_hvp(n, x, v));
            check(f, x, (slope, bend(bessel_j(n, x), slope)), 1e-12);
            let slope = 0.5 * (bessel_y(n - 1, x) - bessel_y(n + 1, x));
            let f = (|x| bessel_y(n, x), |x| bessel_y_grad(n, x), |x, v| bessel_y_hvp(n, x, v));
            check(f, x, (slope, bend(bessel_y(n, x), slope)), 1e-12);
        }
    }
}

#[test]
fn poles_and_ends() {
    for pole in [0.0, -1.0, -7.0] {
        assert!(digamma(pole).is_nan() && polygamma(1, pole).is_nan() && polygamma(4, pole).is_nan());
    }
    assert_eq!((digamma(f64::INFINITY), polygamma(1, f64::INFINITY)), (f64::INFINITY, 0.0));
    assert!(digamma(f64::NAN).is_nan() && polygamma(1, f64::NAN).is_nan());
    assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(normal_quantile(1.0), f64::INFINITY);
    assert_eq!(normal_quantile(0.5), 0.0);
    assert!(
        normal_quantile(-0.1).is_nan() && normal_quantile(1.1).is_nan() && normal_quantile(f64::NAN).is_nan()
    );
    assert_eq!(gamma(172.0), f64::INFINITY);
    assert_eq!(ln_gamma(0.0), f64::INFINITY);
    assert_eq!((erf(f64::INFINITY), erfc(f64::INFINITY)), (1.0, 0.0));
}

#[hvp::differentiable(wrt(theta))]
fn censored(theta: &[f64], x: &[f64], limit: f64) -> f64 {
    let (mean, scale) = (theta[0], theta[1].exp());
    let mut sum = 0.0;
    for &x in x {
        let z = (x - mean) / scale;
        sum -= if x < limit { normal_pdf(z).ln() - theta[1] } else { normal_cdf(-z).ln() };
    }
    sum
}

#[hvp::differentiable(wrt(theta))]
fn negative_binomial(theta: &[f64], counts: &[f64]) -> f64 {
    let (size, p) = (theta[0].exp(), 0.5 * erfc(theta[1]));
    let mut sum = 0.0;
    for k in counts {
        sum -= ln_gamma(k + size) - ln_gamma(size) + size * p.ln() + k * (1.0 - p).ln();
    }
    sum + bessel_j(0, theta[1]) * polygamma(1, size)
}

#[test]
fn functions_of_special_functions_are_differentiated() {
    let x = [0.1, 1.9, 0.8, 2.0, 2.0];
    let f = censored::objective(&x, 2.0);
    let counts = [0.0, 3.0, 1.0, 7.0];
    let g = negative_binomial::objective(&counts);
    for theta in [[0.7, -0.2], [-0.4, 0.6]] {
        assert!(hvp::check::gradient(&f, &theta).relative_error < 1e-8);
        assert!(hvp::check::hvp(&f, &theta).relative_error < 1e-8);
        assert!(hvp::check::symmetry(&f, &theta).relative_error < 1e-13);
        assert!(hvp::check::gradient(&g, &theta).relative_error < 1e-8);
        assert!(hvp::check::hvp(&g, &theta).relative_error < 1e-8);
        assert!(hvp::check::symmetry(&g, &theta).relative_error < 1e-13);
    }
}
