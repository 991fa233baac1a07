//! Mutable references into maps, queues and other data that a function gathers.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::support::*;
use hvp::differentiable;

mod entries_of_maps {
    use super::*;

    #[differentiable(wrt(x))]
    fn counted(x: &[f64], bins: &[usize]) -> f64 {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        let mut best = 0;
        let mut sum = 0.0;
        for (v, bin) in x.iter().zip(bins) {
            let n = counts.entry(*bin).or_insert(0);
            *n += 1;
            if *n > best {
                best = *n;
            }
            sum += v * v * *n as f64;
        }
        sum * best as f64
    }

    #[differentiable(wrt(x))]
    fn grouped(x: &[f64], names: &[&str]) -> f64 {
        let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, name) in names.iter().enumerate() {
            let key = name.to_string();
            let group = groups.entry(key).and_modify(|group| group.push(i)).or_default();
            group.push(i);
            if group.len() > 2 {
                group.remove(0);
            }
        }
        let mut sum = 0.0;
        for name in ["a", "b", "c"] {
            if let Some(group) = groups.get_mut(name) {
                group.push(0);
                for i in group.iter() {
                    sum += x[*i].sin() * x[1];
                }
            } else {
                sum *= 2.0;
            }
        }
        match groups.get_mut("d") {
            None => sum * groups["a"].len() as f64,
            Some(group) => x[group.len()],
        }
    }

    /// Keys and indices that change while the reference lives.
    #[differentiable(wrt(x))]
    fn moved_on(x: &[f64], n: usize) -> f64 {
        let mut places: HashMap<usize, usize> = HashMap::new();
        let mut k = 0;
        let mut sum = 0.0;
        while k < n {
            let place = places.entry(k / 2).or_insert(k);
            k += 1;
            *place += k;
            let old = *place;
            *place += 1;
            sum += x[old % 3] * x[*place % 3] * old as f64;
        }
        for place in places.values_mut() {
            *place += 1;
        }
        sum * places.values().sum::<usize>() as f64
    }

    #[test]
    fn are_found_again() {
        let points = points(811, 3, 3, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | counted(&x, &[1, 0, 1])), &points, 1e-9);
        check_everywhere(&derived!(alone | x | grouped(&x, &["a", "b", "a"])), &points, 1e-9);
        check_everywhere(&derived!(alone | x | moved_on(&x, 4)), &points, 1e-9);
    }
}

mod items_of_lists {
    use super::*;

    #[differentiable(wrt(x))]
    fn queue(x: &[f64], n: usize) -> f64 {
        let mut queue: VecDeque<usize> = (0..n).collect();
        let mut at = 0;
        let first = &mut queue[at];
        at = 2;
        *first += 2;
        let third = queue.get_mut(at).unwrap();
        at -= 1;
        *third *= 2;
        if let Some(last) = queue.back_mut() {
            *last += at;
        }
        let mut least: Option<usize> = None;
        let known = least.get_or_insert(1);
        *known += 1;
        queue.iter().map(|k| x[*k % 3].exp() * x[*known]).sum()
    }

    fn bump(n: &mut usize) {
        *n += 1;
    }

    #[differentiable(wrt(x))]
    fn present(x: &[f64], n: usize) -> f64 {
        let mut cells: BTreeMap<(usize, usize), (usize, f64)> = BTreeMap::new();
        for i in 0..n {
            cells.insert((i, i % 2), (i, 0.5));
        }
        let mut sum = 0.0;
        for i in 0..2 * n {
            let Some(cell) = cells.get_mut(&(i, 0)) else { continue };
            bump(&mut cell.0);
            cell.1 += 0.25;
            let mut more = || cell.0 += 2;
            more();
            sum += x[cell.0 % 3] * x[i % 3].sin() * cell.1;
        }
        sum
    }

    #[test]
    fn are_found_again() {
        let points = points(812, 3, 3, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | queue(&x, 4)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | present(&x, 3)), &points, 1e-9);
    }
}

/// Structs that are taken apart, whose collections their methods change.
mod fields {
    use super::*;

    struct Tally {
        names: HashMap<usize, usize>,
        seen: HashSet<usize>,
        last: VecDeque<usize>,
        sum: f64,
    }

    impl Tally {
        fn new() -> Tally {
            Tally { names: HashMap::new(), seen: HashSet::new(), last: VecDeque::new(), sum: 0.0 }
        }

        fn hit(&mut self, k: usize, by: f64) -> usize {
            *self.names.entry(k).or_insert(0) += 1;
            self.sum += by * by;
            if !self.seen.insert(k) {
                self.last.push_back(k);
            }
            let n = self.names.entry(k).or_insert(7);
            *n += 1;
            *n
        }
    }

    #[differentiable(wrt(x))]
    fn tallied(x: &[f64], bins: &[usize]) -> f64 {
        let mut tally = Tally::new();
        let mut sum = 0.0;
        for (v, bin) in x.iter().zip(bins) {
            sum += v.sin() * tally.hit(*bin, *v) as f64;
        }
        sum * tally.sum * (tally.last.len() + tally.seen.len()) as f64
    }

    #[test]
    fn are_changed_in_place() {
        let points = points(813, 3, 3, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | tallied(&x, &[1, 0, 1])), &points, 1e-9);
    }

    struct Level {
        at: usize,
        weight: f64,
    }

    /// A number in a struct behind a reference is no reference.
    #[differentiable(wrt(x))]
    fn levels(x: &[f64]) -> f64 {
        let levels: Vec<Level> = (0..3).map(|at| Level { at, weight: x[at] }).collect();
        let mut order = VecDeque::new();
        for level in &levels {
            order.push_front(level.at);
        }
        levels.iter().zip(&order).map(|(level, k)| level.weight.exp() * x[*k]).sum()
    }

    #[test]
    fn of_numbers_are_passed_by_value() {
        check_everywhere(&derived!(alone | x | levels(&x)), &points(814, 3, 3, 0.2, 1.2), 1e-9);
    }
}

mod none_in_a_tuple {
    use super::*;

    #[differentiable]
    fn successive(x: &[f64]) -> f64 {
        let (mut sum, mut before) = (x[0], None);
        for v in x {
            if let Some(p) = before {
                sum += p * v.sin();
            }
            before = Some(*v);
        }
        sum
    }

    #[test]
    fn is_learned_by_name() {
        check_everywhere(&derived!(alone | x | successive(&x)), &points(815, 3, 3, 0.2, 1.2), 1e-9);
    }
}
