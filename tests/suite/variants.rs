//! Vectors, arrays and grids of enums, which steer what is computed with numbers.

use std::collections::{BTreeMap, HashSet};

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Long,
    Short,
    Flat,
}

#[derive(Clone, Copy, PartialEq)]
enum Cell {
    Free,
    Wall,
    Goal { weight: f64 },
}

fn side(i: usize) -> Side {
    if i % 2 == 0 { Side::Long } else { Side::Short }
}

mod collected {
    use super::*;

    #[differentiable]
    fn by_annotation(x: &[f64]) -> f64 {
        let sides: Vec<Side> = x.iter().map(|v| if *v > 0.7 { Side::Long } else { Side::Short }).collect();
        let longs = sides.iter().filter(|s| **s == Side::Long).count();
        let sum: f64 = sides.iter().zip(x).map(|(s, v)| if *s == Side::Long { v * v } else { 3.0 * v }).sum();
        sum * sum * (1 + longs) as f64
    }

    #[differentiable]
    fn by_a_function(x: &[f64]) -> f64 {
        let sides: Vec<_> = (0..x.len()).map(side).collect();
        let names = x.iter().map(|v| if *v > 0.7 { "high" } else { "low" }).collect::<Vec<_>>();
        let mut sum = 0.0;
        for ((s, name), v) in sides.iter().zip(&names).zip(x) {
            sum += match s {
                Side::Long => v.exp() * name.len() as f64,
                Side::Short | Side::Flat => v * v,
            };
        }
        sum * sum
    }

    #[differentiable]
    fn by_groups(x: &[f64]) -> f64 {
        let sides = x.iter().map(|v| if *v > 0.7 { Side::Long } else { Side::Flat }).collect::<Vec<_>>();
        let mut groups: BTreeMap<Side, Vec<usize>> = BTreeMap::new();
        for (i, s) in sides.iter().enumerate() {
            groups.entry(*s).or_default().push(i);
        }
        let mut total = 0.0;
        for (s, members) in &groups {
            let sum: f64 = members.iter().map(|&i| x[i]).sum();
            total += if *s == Side::Long { sum * sum } else { sum.sin() };
        }
        total
    }

    struct Trade {
        side: Side,
        price: f64,
    }

    #[differentiable]
    fn in_structs(x: &[f64]) -> f64 {
        let trades: Vec<Trade> =
            x.iter().enumerate().map(|(i, v)| Trade { side: side(i), price: v * v }).collect();
        let mut sum = 0.0;
        for trade in &trades {
            sum += match trade.side {
                Side::Long => trade.price,
                Side::Short => -trade.price * x[0],
                Side::Flat => 0.0,
            };
        }
        sum * trades[1].price
    }

    #[test]
    fn choose() {
        let points = points(821, 3, 4, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | by_annotation(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | by_a_function(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | by_groups(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | in_structs(&x)), &points, 1e-9);
    }
}

mod listed {
    use super::*;

    enum Seen {
        Exactly(f64),
        After(f64),
    }

    #[differentiable]
    fn by_reference(x: &[f64]) -> f64 {
        let maybe = [Some(0.4), None];
        let seen = [Seen::Exactly(0.5), Seen::After(1.2)];
        let mut sum = 1.0;
        for m in maybe.iter() {
            sum += match m {
                Some(y) => y * x[0] * sum,
                None => x[1] * x[1],
            };
        }
        for s in &seen {
            sum *= match s {
                Seen::Exactly(t) => x[0] + x[2] * t,
                Seen::After(t) => x[0] * t * x[1],
            };
        }
        sum
    }

    trait Term {
        fn at(&self) -> usize;

        fn weight(&self) -> f64 {
            1.0
        }
    }

    struct Plain {
        at: usize,
    }

    struct Weighted {
        at: usize,
        weight: f64,
    }

    impl Term for Plain {
        fn at(&self) -> usize {
            self.at
        }
    }

    impl Term for Weighted {
        fn at(&self) -> usize {
            self.at
        }

        fn weight(&self) -> f64 {
            self.weight
        }
    }

    /// Each is asked as what it is.
    #[differentiable]
    fn behind_a_trait(x: &[f64]) -> f64 {
        let terms: Vec<Box<dyn Term>> =
            vec![Box::new(Plain { at: 1 }), Box::new(Weighted { at: 2, weight: 0.5 })];
        let (plain, weighted) = (Plain { at: 0 }, Weighted { at: 1, weight: 2.0 });
        let others: [&dyn Term; 2] = [&plain, &weighted];
        let mut sum = 0.0;
        for term in terms.iter() {
            sum += term.weight() * x[term.at()].powi(2);
        }
        sum * others.iter().map(|term| term.weight() * x[term.at()].sin()).sum::<f64>()
    }

    #[test]
    fn keep_their_types() {
        let points = points(825, 3, 3, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | by_reference(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | behind_a_trait(&x)), &points, 1e-9);
    }

    #[differentiable]
    fn identity() -> [f64; 2] {
        [1.0, 0.5]
    }

    #[differentiable]
    fn turned(a: &[f64; 2], q: f64) -> [f64; 2] {
        [a[0] * q.cos() - a[1] * q.sin(), a[1] + q * a[0]]
    }

    #[differentiable]
    fn folded(x: &[f64]) -> f64 {
        let tip = x.iter().fold(identity(), |acc, &q| turned(&acc, q));
        tip[0] * tip[1]
    }

    #[test]
    fn may_start_a_fold() {
        check_everywhere(&derived!(alone | x | folded(&x)), &points(826, 3, 3, 0.2, 1.2), 1e-9);
    }
}

mod repeated {
    use super::*;

    #[differentiable]
    fn grid(x: &[f64]) -> f64 {
        let mut cells = vec![vec![Cell::Free; 4]; 3];
        let mut fixed = [[Cell::Free; 2]; 3];
        cells[1][2] = Cell::Wall;
        cells[2][0] = Cell::Goal { weight: 0.5 };
        fixed[2][1] = Cell::Wall;
        let mut sum = 0.0;
        for (i, row) in cells.iter().enumerate() {
            for (j, cell) in row.iter().enumerate() {
                sum += match cell {
                    Cell::Free => x[i % 3] * x[j % 3],
                    Cell::Wall => 0.0,
                    Cell::Goal { weight } => weight * x[i].sin(),
                };
            }
            if fixed[i][1] == Cell::Wall || matches!(fixed[i][0], Cell::Goal { .. }) {
                sum *= x[i];
            }
        }
        sum
    }

    #[differentiable]
    fn shortest_path(x: &[f64]) -> f64 {
        let n = 4;
        let mut before = vec![None; n];
        let mut length = vec![f64::INFINITY; n];
        let mut seen = vec![HashSet::new(); n];
        length[0] = 0.0;
        for _ in 0..n {
            for (i, j, k) in [(0, 1, 0), (1, 2, 1), (0, 2, 2), (2, 3, 0), (1, 3, 2)] {
                let through = length[i] + x[k] * x[k];
                if through < length[j] {
                    length[j] = through;
                    before[j] = Some(i);
                    seen[j].insert(i);
                }
            }
        }
        let mut sum = length[n - 1];
        let mut at = n - 1;
        while let Some(from) = before[at] {
            sum *= x[from % 3].sin() + seen[at].len() as f64;
            at = from;
        }
        sum
    }

    #[differentiable]
    fn pushed(x: &[f64]) -> f64 {
        let (mut now, mut gain) = (Side::Flat, 0.0);
        let mut history = Vec::with_capacity(x.len());
        for pair in x.windows(2) {
            let step = pair[1] - pair[0];
            now = match (now, step > 0.0) {
                (Side::Flat, true) => Side::Long,
                (Side::Flat, false) => Side::Short,
                (Side::Long, false) | (Side::Short, true) => Side::Flat,
                (same, _) => same,
            };
            history.push(if now == Side::Flat { Side::Flat } else { now });
            gain += step * pair[0] * if now == Side::Long { 2.0 } else { 0.5 };
        }
        let changes = history.windows(2).filter(|pair| pair[0] != pair[1]).count();
        gain * gain * (1 + changes) as f64
    }

    #[derive(Clone)]
    enum Mark {
        New,
        Seen { near: bool, at: usize, before: Box<Mark> },
    }

    #[differentiable]
    fn marked(x: &[f64]) -> f64 {
        let mut marks = vec![Mark::New; 3];
        let mut sum = 1.0;
        for (i, v) in x.iter().enumerate() {
            let before = Box::new(marks[i].clone());
            marks[(i + 1) % 3] = Mark::Seen { near: *v < 0.7, at: i, before };
            sum *= match &marks[i] {
                Mark::New => v.sin(),
                Mark::Seen { near: true, at, .. } => x[*at] * v,
                Mark::Seen { before, .. } if matches!(**before, Mark::New) => v * v,
                Mark::Seen { .. } => v.exp(),
            };
        }
        sum
    }

    #[test]
    fn are_changed_in_place() {
        let points = points(822, 3, 3, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | grid(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | shortest_path(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | pushed(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | marked(&x)), &points, 1e-9);
    }
}

/// A tree of operations, that the caller makes itself.
mod trees {
    use super::*;

    enum Node {
        Number(f64),
        Input(usize),
        Sum(Box<Node>, Box<Node>),
        Product(Box<Node>, Box<Node>),
    }

    #[differentiable]
    fn value(node: &Node, x: &[f64]) -> f64 {
        match node {
            Node::Number(c) => *c,
            Node::Input(i) => x[*i].sin(),
            Node::Sum(a, b) => value(a, x) + value(b, x),
            Node::Product(a, b) => value(a, x) * value(b, x),
        }
    }

    fn tree(i: usize) -> Node {
        let product = Node::Product(Box::new(Node::Input(i)), Box::new(Node::Input(1)));
        Node::Sum(Box::new(product), Box::new(Node::Number(0.5)))
    }

    #[differentiable]
    fn one(x: &[f64]) -> f64 {
        let root = tree(2);
        let same = &root;
        value(&root, x) * value(same, x) + value(&tree(0), x)
    }

    #[differentiable]
    fn several(x: &[f64]) -> f64 {
        let trees: Vec<Node> = (0..3).map(|i| tree(i)).collect();
        let pair = [tree(1), tree(0)];
        let mut sum = 0.0;
        for t in &trees {
            sum += value(t, x).powi(2);
        }
        sum * trees.iter().map(|t| value(t, x)).product::<f64>() + value(&pair[0], x)
    }

    #[test]
    fn are_gone_through() {
        let points = points(823, 3, 3, 0.2, 1.2);
        check_everywhere(&derived!(alone | x | one(&x)), &points, 1e-9);
        check_everywhere(&derived!(alone | x | several(&x)), &points, 1e-9);
    }

    struct Forest {
        above: Vec<usize>,
    }

    impl Forest {
        #[differentiable]
        fn path(&self, at: usize, x: &[f64]) -> f64 {
            if at == 0 { x[0] } else { x[at % 3] * self.path(self.above[at], x).sin() }
        }
    }

    #[differentiable]
    fn by_a_method(x: &[f64]) -> f64 {
        let forest = Forest { above: vec![0, 0, 1, 2] };
        forest.path(3, x) * forest.above.len() as f64 + x[forest.above[2]]
    }

    #[test]
    fn may_be_asked_by_their_methods() {
        check_everywhere(&derived!(alone | x | by_a_method(&x)), &points(827, 3, 3, 0.2, 1.2), 1e-9);
    }

    /// Data that carries the attribute itself needs no `Clone`.
    #[differentiable]
    fn marked(i: usize) -> Node {
        Node::Input(i)
    }

    #[differentiable]
    fn of_marked(x: &[f64]) -> f64 {
        let root = marked(1);
        value(&root, x) * x[0]
    }

    #[test]
    fn may_be_made_by_a_marked_function() {
        check_everywhere(&derived!(alone | x | of_marked(&x)), &points(824, 3, 3, 0.2, 1.2), 1e-9);
    }
}
