//! `Vec`s and arrays of tuples and of rows.

mod grow_rows_array {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn trajectory(x0: &[f64; 2], k: f64) -> f64 {
        let mut path = vec![*x0];
        for i in 0..4 {
            let [p, v] = path[i];
            let a = -k * p;
            path.push([p + 0.1 * v, v + 0.1 * a]);
        }
        path.iter().map(|s| s[0] * s[0] + s[1] * s[1]).sum::<f64>() + path.last().unwrap()[0]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | trajectory(&array(&x), x[2])),
            &points(7, 3, 3, -1.0, 1.0),
            1e-9,
        );
    }
}

mod grow_rows_vec {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn layers(x: &[f64]) -> f64 {
        let mut acts: Vec<Vec<f64>> = Vec::new();
        acts.push(x.to_vec());
        for l in 0..2 {
            let prev = &acts[l];
            let next: Vec<f64> = prev.windows(2).map(|w| (w[0] * w[1]).tanh()).collect();
            acts.push(next);
        }
        acts.iter().map(|a| a.iter().sum::<f64>()).sum()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | layers(&x)), &points(7, 3, 4, -1.0, 1.0), 1e-9);
    }
}

mod grow_more {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn layer(w: &[f64], a: &[f64], n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| a.iter().enumerate().map(|(j, v)| w[i * a.len() + j] * v).sum::<f64>().tanh())
            .collect()
    }
    #[differentiable(wrt(w))]
    pub fn deep(w: &[f64], x: &[f64], sizes: &[usize]) -> f64 {
        let mut acts = vec![x.to_vec()];
        let mut off = 0;
        for &n in sizes {
            let next = layer(&w[off..], acts.last().unwrap(), n);
            off += n * acts[acts.len() - 1].len();
            acts.push(next);
        }
        let out = &acts[acts.len() - 1];
        out.iter().map(|v| v * v).sum::<f64>() + acts[1][0] * acts.len() as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | deep(&x, &[0.3, -0.7], &[3, 2])),
            &points(7, 3, 12, -1.0, 1.0),
            1e-9,
        );
    }
}

mod grow_ragged {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn ragged(x: &[f64]) -> f64 {
        let rows: Vec<Vec<f64>> = (0..x.len()).map(|i| x[..=i].iter().map(|v| v * x[i]).collect()).collect();
        let kept: Vec<&Vec<f64>> = rows.iter().filter(|r| r[0] > 0.0).collect();
        let mut tri = Vec::new();
        for (i, r) in rows.iter().enumerate() {
            if i % 2 == 0 {
                tri.push(r.clone());
            }
        }
        let mut pascal: Vec<Vec<f64>> = vec![vec![x[0]]];
        for n in 1..4 {
            let prev = &pascal[n - 1];
            let mut row = vec![x[1]; n + 1];
            for k in 1..n {
                row[k] = prev[k - 1] * prev[k];
            }
            row[n] += prev[0];
            pascal.push(row);
        }
        rows.iter().flatten().sum::<f64>()
            + tri.iter().map(|r| r.iter().product::<f64>()).sum::<f64>()
            + pascal[3].iter().sum::<f64>()
            + kept.len() as f64 * x[0]
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | ragged(&x)), &points(7, 3, 4, 0.2, 1.0), 1e-9);
    }
}

mod grow_states {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn smoother(p: &[f64; 3], n: usize) -> f64 {
        let mut states: Vec<[f64; 2]> = Vec::with_capacity(n + 1);
        states.push([p[0], p[1]]);
        for k in 0..n {
            let s = states[k];
            let next = [s[0] + 0.1 * s[1], s[1] - 0.1 * p[2] * s[0].sin()];
            states.push(next);
        }
        let mut lam = [0.0, 0.0];
        for s in states.iter().rev() {
            lam = [0.9 * lam[0] + s[0] * s[0], lam[1] + s[1] * lam[0]];
        }
        let smooth: Vec<[f64; 2]> =
            states.windows(2).map(|w| [0.5 * (w[0][0] + w[1][0]), w[1][1] * w[0][1]]).collect();
        lam[0] * lam[1]
            + smooth.iter().map(|s| s[0] * s[1]).sum::<f64>()
            + states.iter().map(|[a, b]| a * b).sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | smoother(&array(&x), 4)), &points(7, 3, 3, 0.2, 1.0), 1e-9);
    }
}

mod vec_tuples {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn hull(x: &[f64]) -> f64 {
        let pts: Vec<(f64, f64)> = x.chunks(2).map(|c| (c[0], c[1])).collect();
        let n = pts.len();
        let mut a = 0.0;
        for i in 0..n {
            let (x1, y1) = pts[i];
            let (x2, y2) = pts[(i + 1) % n];
            a += x1 * y2 - x2 * y1;
        }
        0.5 * a.abs()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | hull(&x)), &points(7, 3, 8, -1.0, 1.0), 1e-9);
    }
}

mod vec_tuples_push {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable(wrt(p))]
    pub fn residual_pairs(p: &[f64], data: &[(f64, f64)]) -> f64 {
        let mut pairs = Vec::new();
        for &(t, y) in data {
            let m = p[0] * (-p[1] * t).exp();
            pairs.push((m - y, t * m));
        }
        let mut s = 0.0;
        for (r, w) in &pairs {
            s += r * r * (1.0 + w * w);
        }
        for &(r, _) in pairs.iter() {
            s += r;
        }
        s + pairs[0].1 + pairs.len() as f64
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(
            &derived!(alone | x | residual_pairs(&x, &[(0.1, 0.4), (0.5, 0.2), (1.0, 0.1)])),
            &points(7, 3, 2, -1.0, 1.0),
            1e-9,
        );
    }
}

mod array_tuples {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn square_perimeter(x: &[f64]) -> f64 {
        let corners = [(x[0], x[1]), (x[2], x[3]), (x[4], x[5])];
        let mut l = 0.0;
        for (i, &(a, b)) in corners.iter().enumerate() {
            let (c, d) = corners[(i + 1) % 3];
            l += ((a - c).powi(2) + (b - d).powi(2)).sqrt();
        }
        l
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | square_perimeter(&x)), &points(7, 3, 6, -1.0, 1.0), 1e-9);
    }
}

mod tables_more {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn polyline(x: &[f64]) -> f64 {
        let pts: Vec<(f64, f64)> = x.chunks_exact(2).map(|c| (c[0], c[1] * c[0])).collect();
        let mut len = 0.0;
        for w in pts.windows(2) {
            let (ax, ay) = w[0];
            let (bx, by) = w[1];
            len += (bx - ax).hypot(by - ay);
        }
        let (cx, cy) = pts.iter().fold((0.0, 0.0), |(sx, sy), &(px, py)| (sx + px, sy + py));
        let far = pts.iter().map(|&(px, py)| (px - cx).powi(2) + (py - cy).powi(2)).fold(0.0, f64::max);
        let first = pts[0];
        let &(lx, _) = pts.last().unwrap();
        len + far + first.0 * lx + pts.iter().enumerate().map(|(i, p)| p.0 * i as f64 - p.1).sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | polyline(&x)), &points(7, 3, 8, 0.2, 1.5), 1e-9);
    }
}

mod tables_mut {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn particles(x: &[f64], n: usize) -> f64 {
        let mut ps: Vec<(f64, f64)> = x.chunks(2).map(|c| (c[0], c[1])).collect();
        let mut best = [(0usize, 0.0); 2];
        for _ in 0..n {
            for p in ps.iter_mut() {
                p.1 -= 0.1 * p.0;
                p.0 += 0.1 * p.1;
            }
            for (q, v) in &mut ps {
                *q *= 1.01;
                *v = v.sin();
            }
            let k = ps.len();
            for i in 0..k {
                let keep = ps[i];
                ps[i].0 += 0.01 * ps[(i + 1) % k].1;
                ps[i].1 *= keep.0;
            }
            ps.swap(0, 1);
        }
        for (i, &(q, _)) in ps.iter().enumerate() {
            if q > best[0].1 {
                best[1] = best[0];
                best[0] = (i, q);
            }
        }
        let old = ps[0];
        ps[0] = (old.1, old.0);
        let mut stack = vec![(x[0], 1)];
        stack.push((x[1] * x[0], 2));
        let mut s = 0.0;
        while let Some((v, k)) = stack.pop() {
            s += v * v * k as f64;
            if k == 2 {
                stack.push((v.cos(), 3));
            }
        }
        s + best[0].1 * best[0].0 as f64
            + best[1].1
            + ps.iter().map(|(a, b)| a * b * b).sum::<f64>()
            + ps[0].0
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | particles(&x, 3)), &points(7, 3, 6, 0.2, 1.5), 1e-9);
    }
}

mod sorted_pairs {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    pub fn nearest(x: &[f64]) -> f64 {
        let data = [(0.1, 1.0), (0.5, 2.0), (0.9, -1.0), (1.5, 0.3)];
        let mut by_distance: Vec<(f64, f64)> =
            data.iter().map(|&(at, y)| ((x[0] - at).powi(2), y * x[2])).collect();
        by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
        let near = by_distance[0].1 - by_distance[1].0;
        by_distance.sort_unstable_by(|&(_, a), (_, b)| b.partial_cmp(&a).unwrap());
        near * by_distance.iter().take(3).map(|(r, y)| (-r / x[1]).exp() * y).sum::<f64>()
    }

    #[test]
    fn has_the_right_derivatives() {
        check_everywhere(&derived!(alone | x | nearest(&x)), &points(7, 3, 3, 0.2, 1.4), 1e-9);
    }
}

mod columns_of_data {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone, Copy, PartialEq)]
    pub enum Boundary {
        Fixed(f64),
        Convection { h: f64, ambient: f64 },
    }

    #[differentiable(wrt(k))]
    pub fn heat(k: &[f64], left: Boundary, right: Boundary, steps: usize) -> f64 {
        let n = k.len() + 1;
        let mut u = vec![1.0; n];
        for _ in 0..steps {
            let before = u.clone();
            for (i, k) in k.iter().enumerate() {
                let flow = 0.1 * k * (before[i + 1] - before[i]);
                u[i] += flow;
                u[i + 1] -= flow;
            }
            for (node, boundary) in [(0, left), (n - 1, right)] {
                match boundary {
                    Boundary::Fixed(t) => u[node] = t,
                    Boundary::Convection { h, ambient } => u[node] += h * (ambient - u[node]),
                }
            }
        }
        u.iter().map(|u| u * u).sum()
    }

    #[differentiable(wrt(x))]
    pub fn named(x: &[f64], names: &[String], ends: [Boundary; 2]) -> f64 {
        let parts = vec![(names[0].clone(), x[0]), (names[1].clone(), x[1] * x[2])];
        let mut sum = 0.0;
        for (name, part) in &parts {
            if name.starts_with('a') {
                sum += part * part;
            }
        }
        let sides = [(0, ends[0]), (2, ends[1])];
        for k in 0..sides.len() {
            for &(i, side) in sides.iter() {
                sum *= if side == Boundary::Fixed(0.3) { 1.0 + x[i] * x[k] } else { x[i].cos() };
            }
        }
        for (name, part) in parts {
            sum += part.sin() * name.len() as f64;
        }
        sum
    }

    #[test]
    fn have_the_right_derivatives() {
        let ends = [Boundary::Fixed(0.3), Boundary::Convection { h: 0.5, ambient: 2.0 }];
        let names = ["alpha".to_owned(), "beta".to_owned()];
        check_everywhere(
            &derived!(alone | x | heat(&x, ends[0], ends[1], 3)),
            &points(51, 3, 3, 0.3, 1.2),
            1e-9,
        );
        check_everywhere(&derived!(alone | x | named(&x, &names, ends)), &points(52, 3, 3, -1.0, 1.0), 1e-9);
    }
}

mod methods_of_rows {
    use crate::support::*;
    use hvp::differentiable;

    #[derive(Clone, Default)]
    struct Cell {
        mass: f64,
        at: [f64; 2],
    }

    #[differentiable]
    fn cells(x: &[f64]) -> f64 {
        let mut grid: Vec<Cell> = Vec::new();
        grid.resize(3, Cell::default());
        grid[1].mass += x[0];
        grid[2].at[1] = x[1];
        grid.resize(5, Cell { mass: x[1], at: [x[0], 1.0] });
        grid.insert(1, Cell { mass: x[0] * x[1], at: [0.5, x[2]] });
        let removed = grid.remove(2);
        let swapped = grid.swap_remove(0);
        let rest: f64 = grid.iter().map(|c| c.mass * c.mass + c.at[0] * c.at[1]).sum();
        removed.mass * swapped.mass + rest
    }

    #[differentiable]
    fn pairs(x: &[f64]) -> f64 {
        let mut pairs: Vec<(f64, f64)> = vec![(1.0, 2.0); 3];
        pairs[1].0 = x[2];
        let more = pairs.clone();
        pairs.extend_from_slice(&more[1..]);
        pairs.resize(4, (x[0], x[1]));
        pairs[..2].fill((x[1], 0.3));
        let drained: Vec<(f64, f64)> = pairs.drain(1..3).collect();
        let tail = pairs.split_off(1);
        let rest: f64 = pairs.iter().chain(&tail).map(|(a, b)| a * b).sum();
        rest + drained[0].1 * drained[1].0 + drained[0].0
    }

    #[differentiable]
    fn boxed(x: &[f64]) -> f64 {
        let a: Box<[f64]> = x.iter().map(|v| v.exp()).collect();
        let mut b = x.iter().map(|v| v.sin()).collect::<Vec<_>>().into_boxed_slice();
        b[0] += a[1];
        a.iter().zip(b.iter()).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(98, 2, 3, 0.2, 0.9);
        check_everywhere(&derived!(alone | x | cells(&x)), &at, 1e-9);
        check_everywhere(&derived!(alone | x | pairs(&x)), &at, 1e-9);
        check_everywhere(&derived!(alone | x | boxed(&x)), &at, 1e-9);
    }
}

mod rows_of_rows {
    use crate::support::*;
    use hvp::differentiable;

    #[differentiable]
    fn ragged(x: &[f64]) -> f64 {
        let n = x.len();
        let mut t: Vec<Vec<(f64, f64)>> = Vec::new();
        for i in 0..n {
            let mut row = Vec::new();
            for j in 0..=i {
                row.push((x[i] * x[j], j as f64 + x[0]));
            }
            t.push(row);
        }
        t[0].push((x[1], 2.0));
        t[1] = vec![(x[0], x[1]); 4];
        t.swap(0, 1);
        let mut s = 0.0;
        for (i, row) in t.iter().enumerate() {
            for &(a, b) in row {
                s += a * b * (i + 1) as f64;
            }
            s += row.iter().map(|p| p.0).sum::<f64>() * row[0].1 + row.len() as f64 * row.last().unwrap().0;
        }
        for row in t.iter_mut() {
            for p in row.iter_mut() {
                p.0 *= p.1;
            }
        }
        let popped = t.pop().unwrap();
        s + popped[0].0 * t[0][1].1 + t.iter().flatten().map(|(a, _)| a).sum::<f64>()
    }

    #[differentiable]
    fn collected(x: &[f64]) -> f64 {
        let u: Vec<Vec<(f64, f64)>> =
            (0..x.len()).map(|i| (0..3).map(|j| (x[i], x[i] * j as f64)).collect()).collect();
        let list = [[(x[0], 1.0), (x[1], 2.0)], [(0.5, x[2]), (1.0, 1.0)]];
        u.iter().zip(&list).map(|(u, l)| u[1].1 * l[0].0 + l[1].1 * u[2].1).sum::<f64>() * list[1][0].1
    }

    #[derive(Clone, Copy)]
    struct Cell {
        score: f64,
        from: usize,
        w: f64,
    }

    #[differentiable(wrt(x))]
    fn alignment(x: &[f64], y: &[f64]) -> f64 {
        let (n, m) = (x.len(), y.len());
        let mut dp = vec![vec![Cell { score: 0.0, from: 0, w: 1.0 }; m + 1]; n + 1];
        for i in 1..=n {
            dp[i][0].score = i as f64 * 0.3;
            for j in 1..=m {
                let c = (x[i - 1] - y[j - 1]).powi(2);
                let up = dp[i - 1][j];
                let left = &dp[i][j - 1];
                dp[i][j] = if up.score < left.score {
                    Cell { score: up.score + c, from: 1, w: up.w * x[i - 1] }
                } else {
                    Cell { score: left.score + 0.9 * c, from: 2, w: left.w }
                };
            }
            let row = dp[i].clone();
            dp[i - 1] = row;
        }
        dp[n][m].score * dp[n][m].w + dp[n][m].from as f64 * x[0]
    }

    struct Track {
        at: Vec<(f64, f64)>,
        k: f64,
    }

    #[differentiable(wrt(x))]
    fn graph(x: &[f64], edges: &[(usize, usize)]) -> f64 {
        let mut near: Vec<Vec<(usize, f64)>> = vec![Vec::new(); 3];
        for (e, &(a, b)) in edges.iter().enumerate() {
            near[a].push((b, x[e].exp()));
            near[b].push((a, x[e]));
        }
        let mut p = vec![0.2, 0.3, 0.5];
        for _ in 0..2 {
            let mut q = vec![0.0; 3];
            for u in 0..3 {
                let z: f64 = near[u].iter().map(|(_, w)| w).sum();
                for &(v, w) in &near[u] {
                    q[v] += p[u] * w / z;
                }
            }
            p = q;
        }
        let tracks: Vec<Track> =
            (0..2).map(|i| Track { at: vec![(x[i], p[i]), (2.0, x[0])], k: p[2] }).collect();
        tracks.iter().map(|t| t.k * t.at.iter().map(|(a, b)| a * b).sum::<f64>()).sum()
    }

    #[test]
    fn have_the_right_derivatives() {
        let at = points(101, 2, 3, 0.2, 0.9);
        check_everywhere(&derived!(alone | x | ragged(&x)), &at, 1e-9);
        check_everywhere(&derived!(alone | x | collected(&x)), &at, 1e-9);
        check_everywhere(&derived!(alone | x | alignment(&x, &[0.3, 0.9])), &at, 1e-9);
        check_everywhere(&derived!(alone | x | graph(&x, &[(0, 1), (1, 2), (0, 2)])), &at, 1e-9);
    }
}
