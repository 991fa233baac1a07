//! Data that the body gathers before it computes with it, and iterators that only rustc knows.

use crate::support::*;
use hvp::differentiable;

struct Item {
    id: usize,
    kind: u8,
}

const ITEMS: [Item; 4] =
    [Item { id: 1, kind: 1 }, Item { id: 0, kind: 2 }, Item { id: 2, kind: 1 }, Item { id: 1, kind: 2 }];

mod lists {
    use super::*;

    #[differentiable(wrt(g))]
    fn of_indices(g: &[f64], edges: &[(usize, usize)]) -> f64 {
        let first: Vec<usize> = edges.iter().map(|e| e.0).collect();
        let second = edges.iter().map(|e| e.1).collect::<Vec<_>>();
        first.iter().zip(&second).map(|(&e, &k)| g[e] * g[k]).sum::<f64>()
            + second.iter().map(|&k| g[k].sin()).sum::<f64>()
    }

    #[differentiable(wrt(g))]
    fn of_some(g: &[f64], items: &[Item]) -> f64 {
        let ids: Vec<usize> = items.iter().filter(|i| i.kind == 1).map(|i| i.id).collect();
        let picked: Vec<f64> = ids.iter().map(|&i| g[i]).collect();
        ids.iter().map(|&i| g[i].powi(2)).sum::<f64>() * picked[0]
    }

    #[differentiable(wrt(g))]
    fn that_change(g: &[f64], items: &[Item]) -> f64 {
        let mut ids: Vec<usize> = items.iter().map(|i| i.id).collect();
        ids.sort();
        let before: f64 = ids.iter().map(|&i| g[i].powi(2)).sum();
        ids.push(0);
        ids.retain(|i| *i < 2);
        before * ids.iter().rev().map(|&i| g[i].exp()).sum::<f64>()
    }

    #[test]
    fn are_gone_through_again() {
        let points = points(801, 3, 3, 0.2, 1.2);
        let edges = [(0, 1), (2, 0), (1, 1)];
        check_everywhere(&derived!(alone | x | of_indices(&x, &edges)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | of_some(&x, &ITEMS)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | that_change(&x, &ITEMS)), &points, 1e-9);
    }

    #[differentiable(wrt(w))]
    fn breadth_first(w: &[f64], beside: &[Vec<usize>]) -> f64 {
        let mut distance = vec![usize::MAX; beside.len()];
        let mut least = [[i32::MAX; 2]; 2];
        least[1][0] = 3;
        distance[0] = 0;
        let (mut queue, mut head) = (vec![0usize], 0);
        while head < queue.len() {
            let u = queue[head];
            head += 1;
            for &v in &beside[u] {
                if distance[v] == usize::MAX {
                    distance[v] = distance[u] + 1;
                    queue.push(v);
                }
            }
        }
        let reached = distance.iter().zip(w).filter(|(d, _)| **d != usize::MAX);
        reached.map(|(d, w)| w * w * (*d as f64 + least[1][0] as f64)).sum()
    }

    #[differentiable(wrt(w))]
    fn of_letters(w: &[f64], n: usize) -> f64 {
        let mut letters = vec!['a'; n];
        letters[0] = 'b';
        let mut names = vec!["x"; n];
        names[1] = "yy";
        let mut sum = 0.0;
        for i in 0..n {
            if letters[i] == 'b' {
                sum += w[i] * w[i];
            }
            sum += w[i].exp() * names[i].len() as f64;
        }
        sum
    }

    #[test]
    fn start_with_a_bound_of_their_type() {
        let points = points(802, 3, 4, 0.2, 1.2);
        let beside = [vec![1, 2], vec![2], vec![0], vec![]];
        check_everywhere(&derived!(alone | x | breadth_first(&x, &beside)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | of_letters(&x, 3)), &points, 1e-9);
    }
}

mod iterators {
    use super::*;

    struct Mesh(Vec<(usize, usize)>);

    impl Mesh {
        fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
            self.0.iter().copied()
        }

        fn best(&self) -> Option<usize> {
            self.0.first().map(|e| e.0)
        }
    }

    #[differentiable(wrt(x))]
    fn of_methods(x: &[f64], mesh: &Mesh) -> f64 {
        let squares: Vec<f64> =
            mesh.edges().filter(|(i, j)| i != j).map(|(i, j)| (x[i] - x[j]).powi(2)).collect();
        let mut sum = mesh.edges().map(|(i, j)| x[i] * x[j]).fold(0.0, |a, b| a * 0.5 + b);
        for product in mesh.edges().map(|(i, j)| x[i] * x[j].sin()) {
            sum += product;
        }
        let best = mesh.best().map(|i| x[i] * x[i]).unwrap_or(0.0);
        sum * squares[0] + best * mesh.edges().map(|(i, _)| x[i]).sum::<f64>()
    }

    #[test]
    fn of_unknown_types_are_told_by_what_follows() {
        let mesh = Mesh(vec![(0, 1), (1, 1), (2, 0)]);
        check_everywhere(&derived!(alone | x | of_methods(&x, &mesh)), &points(803, 3, 3, 0.2, 1.2), 1e-9);
    }

    #[differentiable(wrt(c))]
    fn passed(c: &[f64], points: impl Iterator<Item = (f64, f64)>) -> f64 {
        points.map(|(x, y)| (c[0] + c[1] * x - y).powi(2)).sum()
    }

    #[differentiable(wrt(c))]
    fn made<I>(c: &[f64], points: I) -> f64
    where
        I: IntoIterator<Item = (f64, f64)>,
    {
        let squares: Vec<f64> = points.into_iter().map(|(x, y)| (c[0] + c[1] * x - y).powi(2)).collect();
        squares.iter().sum()
    }

    #[test]
    fn that_are_passed_are_told_by_their_bound() {
        let (c, data) = ([1.0, 2.5], [(1.0, 2.0), (2.0, 5.0)]);
        let want = [5.0, 7.0];
        assert_eq!(passed_grad(&c, data.into_iter()), want);
        assert_eq!(made_grad(&c, data), want);
        assert_eq!(made_hvp(&c, data, &[1.0, 0.0]), [4.0, 6.0]);
    }
}

mod told {
    use super::*;

    struct Settings {
        count: u32,
    }

    #[differentiable]
    fn scaled(x: f64, k: f64) -> f64 {
        x * x * k
    }

    #[differentiable(wrt(x))]
    fn by_place(x: f64, n: u32, small: i16, text: &str, settings: &Settings) -> f64 {
        let k: f64 = n.into();
        let zero: f64 = Default::default();
        let mut rate: f64 = settings.count.into();
        rate += x;
        let power = x.powf(n.into()) + x.powi(small.into()) * x.max(Default::default());
        scaled(x, n.into()) + power * k + rate * x.powf(text.parse().unwrap()) + zero * x
    }

    #[test]
    fn types_of_data_are_those_of_their_place() {
        let settings = Settings { count: 3 };
        let f = derived!(alone | x | by_place(x[0], 2, 3, "2.5", &settings));
        check_everywhere(&f, &points(804, 3, 1, 0.2, 1.2), 1e-9);
    }
}

mod collections {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[differentiable(wrt(g))]
    fn grouped(g: &[f64], keys: &[usize]) -> f64 {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, &key) in keys.iter().enumerate() {
            groups.entry(key).or_default().push(i);
        }
        let mut sum: f64 = groups[&keys[0]].iter().map(|&i| g[i].exp()).sum();
        for (key, members) in &groups {
            sum += members.iter().map(|&i| g[i]).product::<f64>() * (*key as f64 + 1.0);
        }
        sum
    }

    #[differentiable(wrt(v))]
    fn of_each_tag(v: &[f64], tags: &[u8]) -> f64 {
        let mut distinct: BTreeSet<u8> = BTreeSet::new();
        for tag in tags {
            distinct.insert(*tag);
        }
        let mut sum: f64 = 0.0;
        for tag in distinct.iter().rev() {
            sum += v[*tag as usize].powi(2) * sum.cos();
        }
        for tag in &distinct {
            sum += v[*tag as usize].powi(3);
        }
        sum
    }

    #[test]
    fn that_the_body_makes_are_gone_through() {
        let (keys, tags) = ([2, 0, 2, 1], [3, 1, 1]);
        let points = points(805, 3, 4, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | grouped(&x, &keys)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | of_each_tag(&x, &tags)), &points, 1e-9);
    }

    fn evens(n: usize) -> Vec<usize> {
        (0..n).step_by(2).collect()
    }

    /// What `evens` gives is held while its items are gone through.
    #[differentiable(wrt(g))]
    fn of_calls(g: &[f64], n: usize) -> f64 {
        let mut sum = 0.0;
        for &i in evens(n).iter() {
            sum += g[i] * g[i];
        }
        sum * evens(n).iter().rev().map(|&i| g[i].exp()).sum::<f64>()
    }

    #[differentiable(wrt(g))]
    fn of_closures(g: &[f64], items: &[Item]) -> f64 {
        let pick = |kind: u8| items.iter().filter(move |i| i.kind == kind).map(|i| i.id).collect::<Vec<_>>();
        pick(1).iter().map(|&i| g[i].powi(2)).sum::<f64>() * pick(2).iter().map(|&i| g[i].exp()).sum::<f64>()
    }

    #[differentiable(wrt(w))]
    fn by_value(w: &[f64], extra: Box<[f64]>) -> f64 {
        extra.iter().zip(w).map(|(e, w)| e * w * w).sum()
    }

    #[test]
    fn that_nothing_else_holds_are_held() {
        let points = points(806, 3, 4, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | of_calls(&x, 4)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | of_closures(&x, &ITEMS)), &points, 1e-9);
        let extra: Box<[f64]> = Box::new([0.5, 2.0]);
        check_everywhere(&derived!(alone | x | by_value(&x, extra.clone())), &points, 1e-9);
    }
}

mod other_kinds {
    use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

    use super::*;

    #[derive(Clone)]
    struct Weighed {
        id: usize,
        weight: f64,
    }

    #[derive(Clone, Copy)]
    enum Status {
        Running,
        Hit(usize),
    }

    #[differentiable(wrt(v))]
    fn sets(v: &[f64], tags: &[u8]) -> f64 {
        let mut grown = HashSet::new();
        for t in tags {
            grown.insert(*t);
        }
        let mut extended = HashSet::new();
        extended.extend(tags.iter().copied());
        let collected = tags.iter().collect::<HashSet<_>>();
        let from = BTreeSet::from_iter(tags.iter().copied());
        let distinct: BTreeSet<u8> = tags.iter().copied().collect();
        let mut counts = HashMap::new();
        for t in tags {
            *counts.entry(*t).or_insert(0usize) += 1;
        }
        let mut sum = 0.0;
        for part in tags.split(|t| *t == 0) {
            sum += v[part.len()].sin();
        }
        sum += v[tags.chunk_by(|a, b| a == b).count() - 1].exp();
        for run in tags.chunk_by(|a, b| a == b) {
            sum += v[run[0] as usize].powi(2);
        }
        for d in &distinct {
            sum += v[*d as usize] * counts[d] as f64;
        }
        sum * sum * (grown.len() + extended.len() + collected.len() + from.len()) as f64
    }

    #[differentiable(wrt(v))]
    fn groups(v: &[f64], n: usize) -> f64 {
        let groups: BTreeMap<usize, Vec<usize>> = (0..n).map(|i| (i, vec![i, 0])).collect();
        let mut name = n.to_string();
        name.push_str("ab");
        groups.into_values().map(|g| g.into_iter().map(|i| v[i]).product::<f64>()).sum::<f64>()
            * v[name.len()]
    }

    #[differentiable(wrt(x))]
    fn first_passage(x: &[f64], barrier: f64) -> f64 {
        let mut place = 0.0;
        let mut status = Status::Running;
        for (i, step) in x.iter().enumerate() {
            place += step;
            if place > barrier {
                status = Status::Hit(i);
                break;
            }
        }
        match status {
            Status::Running => place,
            Status::Hit(i) => place * place * i as f64,
        }
    }

    #[differentiable(wrt(w))]
    fn in_order(w: &[f64], items: &[Weighed]) -> f64 {
        let mut sorted = items.to_vec();
        sorted.sort_by(|a, b| a.weight.total_cmp(&b.weight));
        let first: f64 = sorted.iter().enumerate().map(|(k, i)| k as f64 * w[i.id]).sum();
        let (big, small): (Vec<&Weighed>, Vec<&Weighed>) = items.iter().partition(|i| i.weight > 0.5);
        first * big.iter().map(|i| w[i.id].powi(2)).sum::<f64>() - small.iter().map(|i| w[i.id]).sum::<f64>()
    }

    #[test]
    fn are_data() {
        let points = points(807, 3, 4, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | sets(&x, &[1, 1, 0, 2])), &points, 1e-9);
        check_everywhere(&derived!(alone | x | groups(&x, 3)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | first_passage(&x, 0.9)), &points, 1e-9);
        let items = [(2, 0.7), (0, 0.1), (3, 0.9), (1, 0.3)].map(|(id, weight)| Weighed { id, weight });
        check_everywhere(&derived!(alone | x | in_order(&x, &items)), &points, 1e-9);
    }

    struct Series(Vec<f64>);

    impl Series {
        fn values(&self) -> Vec<f64> {
            self.0.clone()
        }

        fn numbered(&self) -> BTreeMap<usize, f64> {
            self.0.iter().copied().enumerate().collect()
        }

        fn lent(&self) -> &[f64] {
            &self.0
        }
    }

    #[differentiable(wrt(x))]
    fn of_methods(x: &[f64], series: &Series) -> f64 {
        let mut sum = 0.0;
        for v in series.values().iter() {
            sum += v * x[0];
        }
        for v in &series.values() {
            sum += v * x[1] * x[1];
        }
        for v in series.numbered().values() {
            sum += v * x[0].sin();
        }
        for (k, v) in &series.numbered() {
            sum += v * x[*k].exp();
        }
        sum += series.values().iter().map(|v| x[1] * v).sum::<f64>();
        sum += x.iter().zip(series.values().iter()).map(|(a, b)| a * a * b).sum::<f64>();
        sum * series.lent().iter().map(|v| x[1] * v).sum::<f64>()
    }

    fn spaced(n: usize) -> Vec<f64> {
        (0..n).map(|i| i as f64 / (n - 1) as f64).collect()
    }

    #[differentiable]
    fn of_functions(x: &[f64]) -> f64 {
        let grid = spaced(4);
        let first: f64 = grid.iter().map(|t| (x[0] * t + x[1]).powi(2)).sum();
        let mut second = 0.0;
        for t in spaced(3) {
            second += (x[0] * t).powi(3);
        }
        for t in &grid {
            second += (x[1] * t).sin();
        }
        let third: f64 = spaced(5).iter().map(|t| (x[0] * t).exp()).sum();
        first * second + third * x.iter().zip(&spaced(4)).map(|(v, w)| w * v * v).sum::<f64>()
    }

    #[test]
    fn that_methods_and_functions_give_are_held() {
        let points = points(808, 3, 2, 0.2, 1.2);
        let series = Series(vec![1.0, 2.0]);
        check_everywhere(&derived!(alone | x | of_methods(&x, &series)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | of_functions(&x)), &points, 1e-9);
    }

    #[differentiable]
    fn grown((a, b): (f64, f64), p: &[f64]) -> (f64, f64) {
        (a + p[0] * a, b * p[1] + p[0])
    }

    #[differentiable(wrt(p))]
    fn from_tuples(p: &[f64], starts: &[(f64, f64)]) -> f64 {
        let mut annotated: (f64, f64) = starts[0];
        let mut bare = (starts[0].1, starts[1].0);
        for _ in 0..3 {
            annotated = grown(annotated, p);
            bare = grown(bare, p);
        }
        let (mut a, mut b) = (0.0, 0.0);
        for i in 0..starts.len() {
            (a, b) = starts[i];
            a += p[1];
            b *= a;
        }
        annotated.0 * annotated.1 + bare.0 * a * b
    }

    #[test]
    fn tuples_among_data_start_a_state() {
        let starts = [(1.0, 2.0), (0.5, 0.3)];
        let f = derived!(alone | x | from_tuples(&x, &starts));
        check_everywhere(&f, &points(809, 3, 2, 0.2, 1.2), 1e-9);
    }
}

/// A trait gives numbers methods of their own.
trait Squash {
    fn squashed(self) -> f64;
    fn twice(&self, k: f64) -> f64;
}

impl Squash for f64 {
    #[differentiable]
    fn squashed(self) -> f64 {
        1.0 / (1.0 + (-self).exp())
    }

    fn twice(&self, k: f64) -> f64 {
        2.0 * self * k
    }
}

#[differentiable]
fn by_trait(x: &[f64]) -> f64 {
    x.iter().map(|v| v.squashed()).sum::<f64>() * (x[0] * 2.0).twice(x[1])
}

#[test]
fn methods_of_traits_are_inlined() {
    check_everywhere(&derived!(alone | x | by_trait(&x)), &points(810, 3, 2, -0.9, 0.9), 1e-9);
}

mod keys {
    use std::collections::{BTreeMap, HashMap, VecDeque};

    use super::*;

    /// References to tuples, and what is computed from references that a map gives.
    #[differentiable(wrt(x))]
    fn looked_up(x: &[f64], text: &[char], known: &HashMap<(char, char), usize>) -> f64 {
        let mut sum = 0.0;
        for w in text.windows(2) {
            let key = if w[0] <= w[1] { (w[0], w[1]) } else { (w[1], w[0]) };
            sum += match known.get(&key) {
                Some(&k) => x[k % 3] * x[0],
                None => -x[1],
            };
        }
        let first = ('a', text[1]);
        sum *= x[known[&first] % 3];
        if known.contains_key(&(text[0], 'b')) { sum * x[2] } else { sum.sin() }
    }

    #[differentiable(wrt(x))]
    fn counted(x: &[f64], bytes: &[u8], line: &str) -> f64 {
        let mut count: BTreeMap<u8, usize> = BTreeMap::new();
        for byte in bytes {
            *count.entry(*byte).or_default() += 1;
        }
        let mut sum = 0.0;
        for (byte, n) in &count {
            sum += x[*byte as usize % 3] * x[0] * *n as f64;
        }
        for (at, letter) in line.char_indices() {
            sum *= 1.0 + 0.1 * x[at % 3].sin() * (letter as u8 % 7) as f64;
        }
        let names: HashMap<String, Vec<usize>> = [("one".to_owned(), vec![1, 2])].into();
        for (name, ids) in &names {
            for id in ids {
                sum += x[*id] * x[*id] * name.len() as f64;
            }
        }
        let mut queue: VecDeque<usize> = (0..3).collect();
        while let Some(at) = queue.pop_front() {
            sum += x[at] * x[(at + 1) % 3] * queue.len() as f64;
        }
        sum
    }

    #[test]
    fn are_found() {
        let text: Vec<char> = "abcab".chars().collect();
        let known = HashMap::from([(('a', 'b'), 4), (('b', 'c'), 2)]);
        let points = points(811, 3, 3, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | looked_up(&x, &text, &known)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | counted(&x, b"hello", "a line")), &points, 1e-9);
    }
}
