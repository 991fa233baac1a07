//! Functions that call functions.

use crate::support::*;
use hvp::differentiable;

twin! {
    mod geometry {
        use hvp::differentiable;

        #[differentiable]
        pub fn norm(x: &[f64]) -> f64 {
            let mut s = 0.0;
            for i in 0..x.len() {
                s += x[i] * x[i];
            }
            s.sqrt()
        }

        #[differentiable]
        pub fn scaled(x: &[f64], factor: f64, out: &mut [f64]) {
            for i in 0..x.len() {
                out[i] = x[i] * factor + factor.sin();
            }
        }

        pub mod deep {
            #[hvp::differentiable]
            pub fn logistic(z: f64) -> f64 {
                1.0 / (1.0 + (-z).exp())
            }
        }
    }
    use self::geometry::deep;
    use self::geometry::scaled;

    #[differentiable]
    #[inline(never)]
    fn square(x: f64) -> f64 {
        x * x
    }

    #[differentiable]
    fn scalars(x: &[f64]) -> f64 {
        let mut s = square(x[0]) * deep::logistic(x[1]);
        for i in 0..x.len() {
            s = square(s) * 0.3 + deep::logistic(x[i] * s);
        }
        s
    }

    /// The first component of `pair` is all that is used; the second comes from a call of constants.
    #[differentiable]
    fn beside_a_call_of_constants(x: &[f64]) -> f64 {
        let r = x[0] * x[1];
        let mut s = 0.0;
        for k in 0..2 {
            let mut pair = [x[k] * r, square(k as f64)];
            pair[0] -= square(r) * x[k + 1];
            s += pair[0];
        }
        s
    }

    #[differentiable]
    fn whole_and_part(x: &[f64]) -> f64 {
        geometry::norm(x) * geometry::norm(&x[1..]) + geometry::norm(&x[..2]) * x[0]
    }

    #[differentiable]
    fn outputs(x: &[f64]) -> f64 {
        let mut y = vec![0.0; x.len()];
        scaled(x, x[0] * 0.5, &mut y);
        let mut z = [0.0; 2];
        for _ in 0..3 {
            scaled(&y[..2], y[1], &mut z);
            y[0] = z[0] * 0.1;
            y[1] = z[1].sin();
        }
        y[0] * y[1] + geometry::norm(&y)
    }

    #[differentiable]
    fn weighted(x: &[f64], w: &[f64], scale: f64, index: usize) -> f64 {
        let mut s = 0.0;
        for i in 0..x.len() {
            s += w[i] * x[i] * x[index] * scale;
        }
        s
    }

    #[differentiable(wrt(x))]
    fn active_here_passive_there(x: &[f64], w: &[f64], c: f64) -> f64 {
        weighted(x, w, c, 0) + weighted(w, x, x[0], 1) * weighted(x, x, 2.0, 1) + weighted(w, w, c * x[1], 0)
    }

    #[differentiable]
    fn two_views(x: &[f64]) -> f64 {
        let n = x.len() / 2;
        weighted(&x[..n], &x[n..], x[0], 0) + weighted(&x[1..], x, x[1], 1) * weighted(x, x, 1.0, 0)
    }

    #[differentiable]
    fn copied(s: &[f64], a: f64) -> f64 {
        let mut m = vec![a; 4];
        let y = m[1] * a;
        if y > 0.5 {
            m.copy_from_slice(&s[..]);
        }
        (a + m[0] * m[0] * y).sin()
    }

    /// The callee copies what has no tangent here.
    #[differentiable(wrt(x))]
    fn copies_of_data(x: &[f64], w: &[f64]) -> f64 {
        copied(w, x[0]) * copied(x, x[1])
    }

    #[differentiable]
    fn factorial_like(x: f64, n: usize) -> f64 {
        if n == 0 {
            1.0
        } else {
            x * factorial_like(x * x * 0.5 + 0.3, n - 1) + x
        }
    }

    #[differentiable]
    fn tree_sum(x: &[f64]) -> f64 {
        if x.len() == 1 {
            return x[0] * x[0].sin();
        }
        let half = x.len() / 2;
        let left = tree_sum(&x[..half]);
        let right = tree_sum(&x[half..]);
        left * right + left - 0.5 * right
    }

    #[differentiable]
    fn update(state: &mut [f64], k: f64) {
        for i in 1..state.len() {
            state[i] += k * state[i - 1] * state[i - 1];
        }
        state[0] = state[0] * k;
    }

    #[differentiable]
    fn overwrite(s: &[f64], t: &mut [f64], a: f64) {
        t.fill(t[0] * a);
        if t[1] > 0.0 {
            t.copy_from_slice(s);
        }
        t.swap(0, 1);
    }

    #[differentiable]
    fn add_to(x: f64, total: &mut f64) {
        *total = *total * x + x.sin();
    }

    /// `x[0]` is what `total` was before, when the arguments of the second call are evaluated.
    #[differentiable]
    fn arguments_of_the_old_value(x: &[f64]) -> f64 {
        let mut total = x[0];
        add_to(x[1], &mut total);
        add_to(x[2] * x[0], &mut total);
        add_to(x[0] * x[1] + total, &mut total);
        total * x[3]
    }

    #[differentiable]
    fn exchanged(x: &[f64]) -> f64 {
        let mut last = square(x[0]);
        for i in 1..x.len() {
            let mut new = square(x[i]) * last;
            std::mem::swap(&mut new, &mut last);
            let mut negated = -square(new);
            std::mem::swap(&mut last, &mut negated);
            let mut kept = square(negated);
            last += std::mem::replace(&mut kept, 1.0);
        }
        last
    }

    /// What `next` returns is dropped.
    #[differentiable]
    fn for_the_effect(x: &[f64]) -> f64 {
        let mut total = x[0];
        next(&mut total, x[1]);
        let _ = next(&mut total, x[2] * x[0]);
        total * x[3]
    }

    /// The call of data alone keeps the forward sweep; how many chunks there are must not be asked of `t` later.
    #[differentiable]
    fn reads_its_output(t: &mut [f64], a: f64) {
        for k in 0..2 {
            let weight = square(0.3 + k as f64);
            let waves = t.chunks(2).map(|c| c.iter().sum::<f64>().cos()).sum::<f64>();
            if weight > 1.0 {
                t[0] += weight * waves;
            }
        }
        t[1] *= a;
    }

    #[differentiable]
    fn whole_outputs(x: &[f64]) -> f64 {
        let mut t = x.to_vec();
        overwrite(&x[..4], &mut t[..4], x[1]);
        reads_its_output(&mut t, x[0]);
        t[0] * t[1] * t[3]
    }

    #[differentiable]
    fn in_out(x: &[f64]) -> f64 {
        let mut state = [x[0], x[1], x[2], 1.0];
        for i in 0..4 {
            update(&mut state, x[i % 3] * 0.4);
        }
        update(&mut state[1..], x[0]);
        state[0] * state[3] + state[2] * state[1]
    }

    #[differentiable]
    fn next(total: &mut f64, x: f64) -> f64 {
        *total += x * x;
        *total * x
    }

    #[differentiable]
    fn through_a_scalar_reference(x: &[f64]) -> f64 {
        let mut total = x[0];
        let mut s = 0.0;
        for i in 0..x.len() {
            s += next(&mut total, x[i] * s + x[i]);
        }
        s * total
    }

    #[differentiable]
    fn early(x: f64, limit: f64) -> f64 {
        if x > limit {
            return limit * x;
        }
        let mut y = x;
        while y < limit {
            y = y * 1.5 + x;
        }
        y.ln()
    }

    /// The call of data alone keeps the forward sweep, whose array is gone when the reverse sweep comes.
    #[differentiable(wrt(x))]
    fn changed_after_an_exit(x: &[f64], w: &[f64]) -> f64 {
        if x[0] > 2.0 {
            return x[1];
        }
        let mut m = vec![x[1] * x[0]; 3];
        let mut total = x[0].sin();
        let scale = geometry::norm(w);
        update(&mut m, x[1]);
        let part = next(&mut total, scale);
        total * m[1] * part
    }

    /// The reverse sweep that runs later cannot restore an array that was made behind an exit.
    #[differentiable(wrt(x))]
    fn overwritten_after_an_exit(x: &[f64], w: &[f64]) -> f64 {
        if x[0] > 2.0 {
            return x[1];
        }
        let scale = geometry::norm(w);
        let mut r = x[0];
        let mut m = vec![scale; x.len()];
        for _ in 0..3 {
            m.copy_from_slice(x);
            r = r.sin() * (m[0] * m[1] + scale);
        }
        r * m[1]
    }

    #[differentiable]
    fn calls_of_branches(x: &[f64]) -> f64 {
        let mut s = 0.0;
        for i in 0..x.len() {
            s += early(x[i] + 2.0, 2.5) * x[i] + if x[i] > 0.0 { square(x[i]) } else { 0.0 };
        }
        s
    }
}

#[test]
fn helpers_of_scalars_and_slices() {
    for x in points(51, 4, 4, -1.0, 1.0) {
        check(&derived!(|x| scalars(x)), &x, 1e-12);
        check(&derived!(|x| whole_and_part(x)), &x, 1e-12);
        check(&derived!(|x| beside_a_call_of_constants(x)), &x, 1e-12);
        check(&derived!(|x| calls_of_branches(x)), &x, 1e-11);
    }
}

#[test]
fn helpers_that_write() {
    for x in points(52, 4, 4, -1.0, 1.0) {
        check(&derived!(|x| outputs(x)), &x, 1e-11);
        check(&derived!(|x| in_out(x)), &x, 1e-11);
        check(&derived!(|x| whole_outputs(x)), &x, 1e-11);
        check(&derived!(|x| for_the_effect(x)), &x, 1e-11);
        check(&derived!(|x| exchanged(x)), &x, 1e-11);
        check(&derived!(|x| arguments_of_the_old_value(x)), &x, 1e-11);
        check(&derived!(|x| through_a_scalar_reference(x)), &x, 1e-11);
    }
    let w = [0.3, -0.4, 0.7, 0.2];
    check_everywhere(&derived!(|x| copies_of_data(x, &w)), &points(58, 8, 4, -1.5, 1.5), 1e-11);
    for range in [(-1.5, 1.5), (2.1, 2.5)] {
        check_everywhere(
            &derived!(|x| changed_after_an_exit(x, &w)),
            &points(57, 4, 2, range.0, range.1),
            1e-11,
        );
        let points = points(59, 4, 2, range.0, range.1);
        check_everywhere(&derived!(|x| overwritten_after_an_exit(x, &w)), &points, 1e-11);
    }
}

#[test]
fn active_in_one_place_and_passive_in_another() {
    let w = [0.4, -1.2, 0.9, 2.0];
    for x in points(53, 4, 4, -1.0, 1.0) {
        check(&derived!(|x| active_here_passive_there(x, &w, 0.7)), &x, 1e-12);
        check(&derived!(|x| two_views(x)), &x, 1e-12);
        check(&derived!(|x| weighted(&x[..1], &x[1..2], x[2], 0)), &x[..3], 1e-12);
    }
}

#[test]
fn recursion() {
    for x in points(54, 4, 7, -1.0, 1.0) {
        check(&derived!(|x| factorial_like(x[0], 6)), &x[..1], 1e-11);
        check(&derived!(|x| tree_sum(x)), &x, 1e-11);
    }
}

#[test]
fn a_deep_recursion_costs_linear_time() {
    // A gradient that evaluated the function again at each level would take 2000 times as long as this.
    let g = factorial_like_grad(0.3, 2_000);
    assert!(g.is_finite());
}

struct Model {
    weights: Vec<f64>,
    rate: f64,
}

impl Model {
    #[differentiable(wrt(x))]
    fn predict(&self, x: &[f64], bias: f64) -> f64 {
        let mut s = bias;
        for i in 0..x.len() {
            s += self.weights[i] * x[i];
        }
        s.tanh() * self.rate
    }

    #[differentiable(wrt(x))]
    fn loss(&self, x: &[f64], target: f64) -> f64 {
        let r = self.predict(x, 0.1) - target;
        r * r + Self::penalty(x, self.rate)
    }

    #[differentiable(associated)]
    fn power<const K: i32>(x: f64) -> f64 {
        x.powi(K)
    }

    #[differentiable(associated, wrt(x))]
    fn penalty(x: &[f64], rate: f64) -> f64 {
        let mut s = 0.0;
        for i in 0..x.len() {
            s += x[i].powi(4) * rate;
        }
        s
    }
}

#[test]
fn methods_and_associated_functions() {
    let model = Model { weights: vec![0.5, -1.5, 2.0], rate: 0.7 };
    for x in points(55, 4, 3, -1.0, 1.0) {
        check(&derived!(|x| model.loss(x, 0.3)), &x, 1e-12);
        check(&derived!(|x| model.predict(x, 0.3)), &x, 1e-12);
        check(&derived!(alone | x | Model::penalty(x, 0.4)), &x, 1e-12);
        let z: f64 = dot(&model.weights, &x) + 0.3;
        let want: Vec<f64> = model.weights.iter().map(|w| 0.7 * w / z.cosh().powi(2)).collect();
        assert_close(&model.predict_grad(&x, 0.3), &want, 1e-13, "gradient of a method");
    }
}

#[differentiable(wrt(x))]
fn through_all(x: f64, models: &[Model]) -> f64 {
    let mut y = x;
    for i in 0..models.len() {
        y = models[i].predict(&[y, x], 0.2) * y;
    }
    y
}

#[test]
fn each_method_is_pulled_back_on_its_own_receiver() {
    let model = |w: f64| Model { weights: vec![w, 1.0 - w], rate: 1.0 + w };
    let models = [model(0.5), model(-0.3), model(1.2)];
    check(&derived!(alone | x | through_all(x[0], &models)), &[0.8], 1e-12);
}

struct Damping {
    rate: f64,
}

impl Damping {
    #[differentiable(wrt(x))]
    fn halved(&self, x: f64) -> f64 {
        if x > 1.0 { self.rate * self.halved(0.5 * x) } else { x * x }
    }
}

#[differentiable]
fn sum_of_squares<const N: usize, T: num_traits::Float>(x: &[T; N]) -> T {
    let mut sum = T::zero();
    for i in 0..N {
        sum = sum + x[i] * x[i];
    }
    sum
}

#[differentiable]
fn with_type_arguments(x: &[f64; 3]) -> f64 {
    sum_of_squares::<3, f64>(x) * x[0] + Model::power::<3>(x[1])
}

#[test]
fn methods_call_themselves_and_paths_have_type_arguments() {
    // Three halvings of 7: the rate cubed times (x / 8)^2.
    let damping = Damping { rate: 1.5 };
    assert_near(damping.halved_grad(7.0), 1.5_f64.powi(3) * 2.0 * 7.0 / 64.0, 1e-14, "gradient");
    assert_near(damping.halved_hvp(7.0, 1.0), 1.5_f64.powi(3) * 2.0 / 64.0, 1e-14, "Hessian");
    for x in points(91, 3, 3, -1.0, 1.0) {
        check(&derived!(alone | x | with_type_arguments(&array(x))), &x, 1e-13);
    }
}

#[differentiable]
fn stir(state: &mut [f64], x: f64) {
    state[0] = state[0] * x + state[1].sin();
    state[1] = state[1] * state[0];
}

#[differentiable]
fn state_that_only_calls_read(x: &[f64]) -> f64 {
    let mut state = [0.5, 0.7];
    for i in 0..x.len() {
        stir(&mut state, x[i]);
    }
    state[0] + state[1]
}

#[test]
fn what_only_calls_read_is_handed_from_iteration_to_iteration() {
    for x in points(92, 3, 4, -1.0, 1.0) {
        check(&derived!(alone | x | state_that_only_calls_read(&x)), &x, 1e-12);
    }
}

#[differentiable]
fn pair_of(x: f64, y: &[f64; 2]) -> [f64; 2] {
    [x * y[0], y[1].sin() + x]
}

#[differentiable]
fn scaled_list(x: f64, y: &[f64; 2]) -> Vec<f64> {
    vec![x * y[0], y[1] * y[1], x]
}

#[differentiable(wrt(x))]
fn arrays_from_calls_in_a_recorded_loop(x: f64, n: usize) -> f64 {
    let mut state = [0.7, x];
    let mut sum = 0.0;
    for _ in 0..n {
        let pair = pair_of(x, &state);
        let list = scaled_list(x, &pair);
        for j in 0..2 {
            state[j] = 0.5 * pair[j] + 0.1 * list[j];
        }
        sum += state[0] * list[2];
    }
    sum + state[1]
}

#[test]
fn of_arrays_that_calls_return_a_recorded_loop_needs_only_the_shape() {
    for n in [0, 1, 5] {
        let f = |x: f64| arrays_from_calls_in_a_recorded_loop(x, n);
        let (x, h) = (0.8, 1e-5);
        let slope = (f(x + h) - f(x - h)) / (2.0 * h);
        let grad = |x| arrays_from_calls_in_a_recorded_loop_grad(x, n);
        // The central difference errs by h² and by rounding ÷ h.
        assert!((grad(x) - slope).abs() < 1e-8, "{} is not {slope}", grad(x));
        let bend = (grad(x + h) - grad(x - h)) / (2.0 * h);
        let hv = arrays_from_calls_in_a_recorded_loop_hvp(x, n, 1.0);
        assert!((hv - bend).abs() < 1e-8, "{hv} is not {bend}");
    }
}

#[differentiable]
fn crossed(a: &[f64], b: &[f64]) -> f64 {
    a[0] * b[2] - a[1] * b[1].sin() + a[2] * a[2] * b[0]
}

#[differentiable(wrt(x))]
fn views_of_known_length(x: &[f64], n: usize) -> f64 {
    let (left, right) = x.split_at(3);
    let mut sum = 0.0;
    for i in 0..n {
        sum += crossed(&x[2 * i..2 * i + 3], &x[3 * i..3 * i + 3]) * crossed(&left[0..3], &right[i..i + 3]);
    }
    sum
}

#[test]
fn two_views_of_known_length_may_overlap() {
    let points = points(87, 3, 9, -1.0, 1.0);
    check_everywhere(&derived!(alone | x | views_of_known_length(&x, 3)), &points, 1e-9);
}

/// Its sign decides at zero.
#[differentiable]
fn signed(x: f64) -> f64 {
    1.0_f64.copysign(x) * x
}

#[differentiable]
fn first_signed(x: &[f64]) -> f64 {
    1.0_f64.copysign(x[0]) * x[0]
}

#[differentiable]
fn signs_of_sums(x: f64, y: f64) -> f64 {
    signed(x + 0.0) + first_signed(&[y + 0.0])
}

#[test]
fn what_a_call_gets_keeps_its_bits() {
    assert_eq!(signs_of_sums_grad(-0.0, -0.0), (1.0, 1.0));
}

mod solver {
    use hvp::differentiable;

    #[differentiable]
    pub fn slope(p: &[f64], u: &[f64], du: &mut [f64]) {
        for i in 0..u.len() {
            du[i] = p[0] * u[i] - p[1] * u[i] * u[u.len() - 1 - i];
        }
    }
}

#[differentiable]
#[inline(never)]
fn euler(p: &[f64], u: &mut [f64], h: f64) {
    let mut du = vec![0.0; u.len()];
    solver::slope(p, u, &mut du);
    for i in 0..u.len() {
        u[i] += h * du[i];
    }
    solver::slope(p, &mut du, u);
}

#[differentiable]
fn two_steps(x: &[f64]) -> f64 {
    let mut u = x[2..].to_vec();
    euler(x, &mut u, 0.3);
    euler(x, &mut u, 0.2);
    u.iter().map(|u| u * u).sum()
}

#[test]
fn what_may_change_goes_where_it_is_only_read() {
    check_everywhere(&derived!(alone | x | two_steps(&x)), &points(88, 3, 5, -1.0, 1.0), 1e-8);
}
