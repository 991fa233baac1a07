//! What is copied or moved keeps its value when the original changes.

use crate::support::*;
use hvp::differentiable;

#[differentiable]
fn exchanged_vecs(x: &[f64]) -> f64 {
    let (mut a, mut b) = (x.to_vec(), vec![x[0] * x[1], x[2], 1.0]);
    (a, b) = (b, a);
    a[0] *= x[2];
    a[0] * b[1] + a[1] * b[2] * b[0]
}

#[differentiable]
fn exchanged_arrays(x: &[f64; 3]) -> f64 {
    let (mut a, mut b) = ([x[0], x[1]], [x[1] * x[2], 1.0]);
    (a, b) = (b, a);
    let mut state = (a, b);
    state = (state.1, state.0);
    state.0[0] * a[0] + state.1[1] * b[1] * b[0]
}

struct Pair {
    v: f64,
    w: f64,
}

#[differentiable]
fn a_struct_of_its_own_fields(x: &[f64]) -> f64 {
    let mut s = Pair { v: x[0], w: x[1] * x[2] };
    s = Pair { v: s.w, w: s.v };
    s.v * s.v + 3.0 * s.w * x[2]
}

#[differentiable]
fn an_option_before_it_changes(x: &[f64]) -> f64 {
    let mut previous: Option<f64> = None;
    let mut sum = 0.0;
    for &v in x {
        let old = previous;
        previous = Some(v * v);
        if let Some(p) = old {
            sum += p * v.sin();
        }
    }
    let (mut a, mut b) = (Some(x[0] * x[1]), Some(x[2]));
    (a, b) = (b, a);
    sum + a.unwrap_or(0.0) * 2.0 - b.unwrap_or(0.0)
}

#[differentiable]
fn an_array_in_an_option(x: &[f64; 3]) -> f64 {
    let mut a = [x[0], x[1] * x[2]];
    let kept = Some(a);
    a[0] = 5.0 * x[1];
    a[0] * kept.map_or(0.0, |k| k[0] * k[1])
}

#[differentiable]
fn a_slice_before_it_shrinks(x: &[f64]) -> f64 {
    let mut rest = &x[..];
    let mut sum = 0.0;
    while rest.len() > 1 {
        let old = rest;
        rest = &rest[1..];
        sum += old[0] * rest[0].powi(2);
    }
    sum
}

#[differentiable]
fn an_array_by_value_in_a_loop(x: &[f64; 3]) -> f64 {
    let mut a = *x;
    let mut sum = 0.0;
    for v in a {
        a[2] = v * 2.0;
        sum += v * v * a[2];
    }
    for v in a.into_iter() {
        a[1] += v;
        sum += v * a[1];
    }
    sum
}

#[differentiable]
fn what_a_closure_owns(x: &[f64; 3]) -> f64 {
    let mut a = [x[0], x[1]];
    let mut pair = (x[1], x[2]);
    let mut rows = vec![x[2], x[0]];
    let f = move |t: f64| a[0] * t + a[1] * pair.0 + pair.1 + rows[0] * t;
    a[0] = 7.0 * x[2];
    pair.0 = a[0];
    rows = vec![a[0], 1.0];
    f(x[1]) * a[0] + pair.0 * rows[0]
}

#[differentiable]
fn a_vec_before_its_variable_gets_another(x: &[f64]) -> f64 {
    let mut current = vec![x[0], 0.25];
    let previous = current;
    current = vec![x[1] * x[1], x[1]];
    let mut last = current;
    current = Vec::new();
    current.push(x[2] * last[0]);
    last[1] += current[0];
    previous[0] * current[0] + previous[1] * last[1]
}

#[differentiable]
fn a_frontier(x: &[f64]) -> f64 {
    let (mut front, mut sum) = (vec![x[0]], 0.0);
    for _ in 0..3 {
        let nodes = front;
        front = Vec::new();
        for v in &nodes {
            front.push(v * x[1]);
            front.push(v.sin() + x[2]);
        }
        sum += nodes[0] * front[1];
    }
    sum + front.iter().map(|v| v * v).sum::<f64>()
}

#[differentiable]
fn a_vec_that_shrinks_by_halves(x: &[f64]) -> f64 {
    let (mut level, mut sum) = (x.to_vec(), 0.0);
    while level.len() > 1 {
        let below = level;
        if below[0] > 5.0 {
            level = vec![below[1]];
            break;
        }
        level = below.windows(2).map(|w| w[0] * w[1] + 0.1).collect();
        sum += below[0] * level[0];
    }
    sum + level[0]
}

#[differentiable]
fn rows_and_pairs_before_their_variables_get_others(x: &[f64]) -> f64 {
    let mut rows = vec![vec![x[0]], vec![x[1], x[2]]];
    let old_rows = rows;
    rows = vec![vec![x[1] * 2.0]];
    let mut fixed = vec![[x[0], x[1]]];
    let old_fixed = fixed;
    fixed = vec![[old_fixed[0][1] * x[2], 1.0]];
    let mut pairs = vec![(x[0], x[1])];
    let old_pairs = pairs;
    pairs = vec![(x[1] * 2.0, x[2])];
    let pair = old_pairs[0].0 * pairs[0].1 + old_pairs[0].1 * pairs[0].0;
    old_rows[0][0] * rows[0][0] * old_rows[1][1] + pair * old_fixed[0][0] * fixed[0][0]
}

#[differentiable]
fn vecs_in_tuples_before_they_get_others(x: &[f64]) -> f64 {
    let (mut a, mut b) = (vec![x[0]], vec![x[1]]);
    let (p, q) = (a, b);
    (a, b) = (vec![x[2]], vec![x[0] * p[0]]);
    let mut state = (x.to_vec(), x[0]);
    let part = state.0;
    state.0 = vec![x[1] * 2.0];
    let whole = state;
    state = (vec![x[2] * x[2]], whole.1 * x[1]);
    p[0] * q[0] + a[0] * b[0] + part[0] * whole.0[0] * state.0[0] * state.1
}

#[differentiable]
fn vecs_in_structs_before_they_get_others(x: &[f64]) -> f64 {
    struct Chain {
        links: Vec<f64>,
        scale: f64,
    }
    impl Chain {
        fn longer(mut self) -> Chain {
            let old = self.links;
            self.links = vec![old[0] * self.scale, 1.0];
            self.scale *= old[0] + self.links[0];
            self
        }
    }
    let mut links = vec![x[0]];
    let mut chain = Chain { links: links, scale: x[1] };
    links = vec![x[2]];
    let kept = chain.links;
    chain.links = vec![kept[0] * links[0]];
    for _ in 0..2 {
        chain = chain.longer();
    }
    kept[0] * links[0] * chain.links[0] + chain.scale
}

#[differentiable]
fn vecs_that_blocks_and_functions_give_back(x: &[f64]) -> f64 {
    fn split(mut v: Vec<f64>, k: f64) -> (Vec<f64>, Vec<f64>) {
        let whole = v;
        v = vec![whole[0] * k, 1.0];
        (whole, v)
    }
    let mut current = x.to_vec();
    let in_block = {
        let inner = current;
        inner
    };
    current = vec![x[1] * 2.0, x[0]];
    let doubled = |mut v: Vec<f64>| {
        v[0] *= 2.0;
        v
    };
    let twice = doubled(current);
    current = vec![x[2], x[1]];
    let mut sum = in_block[0] * twice[0];
    for k in 0..2 {
        let (old, new) = split(current, x[k]);
        sum += old[0] * new[0];
        current = new;
    }
    let owned = move || current[0] * 2.0;
    current = vec![x[1]];
    sum * owned() * current[0]
}

#[differentiable]
fn a_vec_of_the_function_before_it_gets_another(mut given: Vec<f64>) -> f64 {
    let first = given;
    given = vec![first[0] * 3.0, 2.0];
    let mut late;
    late = vec![first[1]];
    let seen = late;
    late = given;
    seen[0] * late[0] * late[0]
}

#[differentiable(wrt(x))]
fn passive_vecs_before_they_get_others(x: &[f64], weights: &[f64]) -> f64 {
    let mut counts: Vec<usize> = vec![1, 2, 3];
    let old_counts = counts;
    counts = vec![5, 6, 7];
    let mut scale = weights.to_vec();
    let old_scale = scale;
    scale = vec![5.0, 6.0];
    x[0] * x[1] * (old_counts[0] * 10 + counts[0]) as f64 + x[2] * (old_scale[0] * 10.0 + scale[0])
}

#[differentiable]
fn an_array_declared_before_its_value(x: &[f64; 3]) -> f64 {
    let mut current;
    current = [x[0], x[1]];
    let previous = current;
    current[0] = x[2] * 2.0;
    previous[0] * current[0] + previous[1]
}

#[test]
fn what_is_moved_keeps_its_value() {
    let x = points(21, 3, 3, 0.3, 1.4);
    check_everywhere(&derived!(alone | x | a_vec_before_its_variable_gets_another(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | a_frontier(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | a_vec_that_shrinks_by_halves(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | rows_and_pairs_before_their_variables_get_others(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | vecs_in_tuples_before_they_get_others(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | vecs_in_structs_before_they_get_others(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | vecs_that_blocks_and_functions_give_back(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | passive_vecs_before_they_get_others(&x, &[0.7])), &x, 1e-9);
    check_everywhere(&derived!(alone | x | an_array_declared_before_its_value(&array(&x))), &x, 1e-9);
}

#[test]
fn a_vec_by_value_keeps_its_value() {
    // f = 9 x0² x1
    let (value, gradient) = a_vec_of_the_function_before_it_gets_another_value_and_grad(vec![2.0, 5.0]);
    assert_eq!((value, gradient), (180.0, vec![180.0, 36.0]));
}

#[differentiable]
fn an_element_that_is_copied_before_it_changes(x: &[f64]) -> f64 {
    let mut v = x.to_vec();
    let (first, last) = (v.first().copied(), v.last().cloned());
    let second = v.get(1).copied();
    let at = |k: usize| v.get(k).copied();
    let (third, beyond) = (at(2), at(7));
    v[0] = x[1] * 3.0;
    v[1] = 5.0;
    v.truncate(2);
    let head = v.first().copied();
    v.insert(0, x[2] * v[0]);
    let top = v.last().copied();
    v = vec![x[0]];
    first.unwrap() * last.unwrap() * v[0]
        + second.unwrap_or(1.0) * beyond.unwrap_or(x[2])
        + third.map_or(0.0, |t| t * t) * head.unwrap() * top.unwrap()
}

#[differentiable]
fn copies_in_other_options(x: &[f64]) -> f64 {
    let mut rows = vec![vec![x[0], x[1]], vec![x[2]]];
    let inner = rows.last().and_then(|row| row.last()).copied();
    let either = rows[1].get(3).copied().or(rows[0].first().copied());
    let both = rows[0].first().copied().zip(rows[1].first().copied());
    let large = rows[0].get(1).copied().filter(|v| *v > 0.0);
    let chosen = if x[0] > 0.0 { rows[0].get(1).copied() } else { None };
    let other = match rows[1].get(5) {
        Some(v) => Some(*v),
        None => rows[0].last().copied(),
    };
    rows[0][0] = 2.0 * x[2];
    rows[0][1] = 3.0;
    rows[1][0] = 0.5;
    let product = both.map_or(0.0, |(a, b)| a * b);
    inner.unwrap() * either.unwrap() * rows[0][0]
        + product * large.unwrap_or(x[1]) * chosen.unwrap() * other.unwrap()
}

#[differentiable]
fn rows_and_pairs_that_are_copied(x: &[f64]) -> f64 {
    let mut rows = vec![[x[0], x[1]], [x[2], 1.0]];
    let mut ragged = vec![vec![x[0]], vec![x[1], x[2]]];
    let mut pairs = vec![(x[0], 2_usize), (x[1], 3)];
    let (row, list, pair) = (rows.last().copied(), ragged.last().cloned(), pairs.first().copied());
    rows[1][0] = 4.0;
    ragged[1][0] = x[0] * 7.0;
    pairs[0] = (x[2] * 5.0, 1);
    let (row, list, pair) = (row.unwrap(), list.unwrap(), pair.unwrap());
    row[0] * rows[1][0] * list[0] * ragged[1][0] + pair.0 * pair.1 as f64 * pairs[0].0
}

#[differentiable]
fn a_copy_of_the_last_in_a_loop(x: &[f64]) -> f64 {
    let (mut stack, mut previous, mut sum, mut k) = (vec![x[0]], x.first().copied(), 0.0, 0);
    while let Some(top) = stack.last().copied() {
        stack.pop();
        let before = previous;
        previous = stack.last().copied();
        sum += top * top * before.unwrap_or(x[1]);
        if k < 4 {
            stack.push(top * x[k % 3]);
            stack.push(top + x[1]);
        }
        k += 1;
    }
    sum
}

/// What is not there is not read.
#[differentiable]
fn copies_of_nothing(x: &[f64]) -> f64 {
    let none: Vec<f64> = Vec::new();
    let rows: Vec<[f64; 2]> = x.iter().take(0).map(|v| [*v, 1.0]).collect();
    let ragged = vec![none.clone()];
    let first = none.first().copied();
    let row = rows.last().copied();
    let deep = ragged.last().and_then(|row| row.last()).copied();
    let chosen = if x.len() > 2 { none.last() } else { x.last() };
    let list = ragged.get(1).cloned();
    first.unwrap_or(x[0]) * deep.unwrap_or(x[1]) * chosen.copied().unwrap_or(x[2])
        + row.map_or(x[0], |row| row[0]) * list.map_or(x[2], |list| list[0])
}

#[differentiable(wrt(x))]
fn passive_copies(x: &[f64], weights: &[f64]) -> f64 {
    let mut counts = vec![1, 2, 3];
    let first = counts.first().copied();
    counts[0] = 7;
    let mut scales = weights.to_vec();
    let scale = scales.last().copied();
    scales.clear();
    scales.push(4.0);
    x[0] * x[1] * first.unwrap() as f64 + x[2] * scale.unwrap() * scales[0] * counts[0] as f64
}

#[differentiable]
fn operands_before_they_change(x: &[f64]) -> f64 {
    let mut v = x.to_vec();
    let larger = v[0].max({
        v[0] = 9.0 * x[1];
        -10.0
    });
    let or_other = v.get(1).copied().unwrap_or({
        v[1] = x[2];
        1.0
    });
    let last = v.last().copied().map_or(v.pop().unwrap(), |last| last * 2.0);
    larger * v[0] + or_other * v[1] * last
}

#[test]
fn a_copied_element_keeps_its_value() {
    let x = points(22, 3, 3, 0.3, 1.4);
    check_everywhere(&derived!(alone | x | an_element_that_is_copied_before_it_changes(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | copies_in_other_options(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | rows_and_pairs_that_are_copied(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | a_copy_of_the_last_in_a_loop(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | copies_of_nothing(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | passive_copies(&x, &[0.7, 0.3])), &x, 1e-9);
    check_everywhere(&derived!(alone | x | operands_before_they_change(&x)), &x, 1e-9);
}

#[test]
fn have_the_right_derivatives() {
    let x = points(19, 4, 3, 0.3, 1.4);
    check_everywhere(&derived!(alone | x | exchanged_vecs(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | exchanged_arrays(&array(&x))), &x, 1e-9);
    check_everywhere(&derived!(alone | x | a_struct_of_its_own_fields(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | an_option_before_it_changes(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | an_array_in_an_option(&array(&x))), &x, 1e-9);
    check_everywhere(&derived!(alone | x | a_slice_before_it_shrinks(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | an_array_by_value_in_a_loop(&array(&x))), &x, 1e-9);
    check_everywhere(&derived!(alone | x | what_a_closure_owns(&array(&x))), &x, 1e-9);
}

#[differentiable]
fn replaced_and_emptied(x: &[f64]) -> f64 {
    let (mut current, mut sum) = (vec![0.5; x.len()], 0.0);
    for v in x {
        let next: Vec<f64> = current.iter().map(|c| c * v + 1.0).collect();
        let old = std::mem::replace(&mut current, next);
        sum += old[0] * current[1];
    }
    let mut pair = [x[0], x[1]];
    let other = [x[2], 2.0];
    let before = std::mem::replace(&mut pair, other);
    pair[0] *= before[1];
    let mut open = Some(x[0]);
    let mut k = 0;
    while let Some(v) = open {
        sum += v * v;
        open = Some(v * x[k] + 1.0);
        if k > 1 {
            open = None;
        }
        k += 1;
    }
    sum + pair[0] * before[0] + other[0] * other[1]
}

#[differentiable]
fn declared_before(x: &[f64]) -> f64 {
    let (a, b);
    if x[0] > 0.7 {
        a = x[0] * x[1];
        b = 1.0;
    } else {
        a = x[2];
        b = x[0];
    }
    let mut pairs: Vec<(f64, f64)> = vec![];
    for v in x {
        pairs.push((*v, v * v * a));
    }
    a * b + pairs.iter().map(|(p, q)| p * q).sum::<f64>()
}

#[test]
fn what_is_replaced_keeps_its_value() {
    let x = points(23, 4, 3, 0.3, 1.4);
    check_everywhere(&derived!(alone | x | replaced_and_emptied(&x)), &x, 1e-9);
    check_everywhere(&derived!(alone | x | declared_before(&x)), &x, 1e-9);
}
