//! Statements of the wider language: iterators, closures, `match`, labels, growing vectors, exchanges.

use super::{LENGTH, Place, Writer};

impl Writer<'_> {
    pub(super) fn wide_statement(&mut self, place: Place) {
        let nested = place.depth > 0;
        match self.random.below(20) {
            3 => self.closure(),
            4..=5 => self.matched(),
            6 => self.tuple_assignment(),
            7..=8 => self.exchange_in_place(),
            9 if nested => self.labelled(place),
            10 => self.growing(),
            11..=13 if nested => self.over_elements(place),
            14 if nested => self.in_place(),
            15..=16 => self.moved(),
            17..=18 => self.copied(),
            _ => self.chain(),
        }
    }

    fn some_array(&mut self) -> Option<String> {
        if self.arrays.is_empty() { None } else { Some(self.random.pick(&self.arrays)) }
    }

    /// Runs `write` with `names` as further reals in scope.
    fn with_reals<R>(&mut self, names: &[&str], write: impl FnOnce(&mut Self) -> R) -> R {
        let scope = self.enter();
        self.reals.extend(names.iter().map(ToString::to_string));
        let result = write(self);
        self.leave(&scope);
        result
    }

    fn chain(&mut self) {
        let Some(array) = self.some_array() else {
            return self.assign();
        };
        let other = self.random.pick(&self.arrays);
        let e = self.with_reals(&["e"], |w| w.real(2, true));
        let d = self.with_reals(&["e", "d"], |w| w.real(2, true));
        let shape = self.random.pick(&[
            "{a}.iter().map(|&e| {e}).sum::<f64>()",
            "{a}.iter().map(|e| e * e).product::<f64>().tanh()",
            "{a}.iter().rev().map(|&e| {e}).sum::<f64>()",
            "{a}.iter().zip({b}.iter()).map(|(&e, &d)| {d}).sum::<f64>()",
            "{a}.iter().zip(&{b}[1..]).map(|(e, d)| e * d).sum::<f64>()",
            "{a}.iter().enumerate().map(|(u, &e)| e * u as f64 + {e}).sum::<f64>()",
            "{a}.windows(2).map(|p| (p[0] - p[1]).sin() * p[0]).sum::<f64>()",
            "{a}.iter().copied().fold(f64::NEG_INFINITY, f64::max)",
            "{a}.iter().fold(0.5_f64, |d, &e| ({d}).tanh())",
            "{a}.iter().filter(|e| **e > 0.1).map(|&e| {e}).sum::<f64>()",
            "{a}.iter().skip(1).step_by(2).map(|&e| {e}).sum::<f64>()",
            "{a}.iter().take(3).chain({b}.iter().skip(2)).map(|&e| {e}).sum::<f64>()",
            "{a}.chunks(2).map(|c| c.iter().sum::<f64>().cos()).sum::<f64>()",
            "(0..{n}).map(|u| {a}[u] * {b}[{n} - 1 - u]).sum::<f64>()",
            "{a}.iter().take_while(|e| e.abs() < 1.0).map(|&e| {e}).sum::<f64>()",
            "{a}.iter().map(|&e| {e}).reduce(f64::min).unwrap()",
        ]);
        let name = self.name("v");
        let value = shape.replace("{a}", &array).replace("{b}", &other).replace("{n}", &LENGTH.to_string());
        self.line(&format!("let {name} = {};", value.replace("{e}", &e).replace("{d}", &d)));
        self.reals.push(name);
    }

    /// A closure over what does not change, and two calls of it.
    fn closure(&mut self) {
        let (reals, arrays, integers) = (self.reals.clone(), self.arrays.clone(), self.integers.clone());
        let tables = std::mem::take(&mut self.tables);
        self.reals.retain(|name| !self.mutable_reals.contains(name));
        self.arrays.retain(|name| !self.mutable_arrays.contains(name));
        self.integers.retain(|name| !self.mutable_integers.contains(name));
        let body = self.with_reals(&["e", "d"], |w| w.real(3, true));
        (self.reals, self.arrays, self.integers, self.tables) = (reals, arrays, integers, tables);
        let (name, result) = (self.name("g"), self.name("v"));
        let arguments: Vec<String> = (0..4).map(|_| self.real(1, false)).collect();
        self.line(&format!("let {name} = |e: f64, d: f64| {body};"));
        let [a, b, c, d] = &arguments[..] else { return };
        self.line(&format!("let {result} = {name}({a}, {b}) * {name}({c}, {d});"));
        self.reals.push(result);
    }

    fn matched(&mut self) {
        let (at, name) = (self.index(), self.name("v"));
        let (a, b, c) = (self.real(2, true), self.real(2, true), self.real(2, true));
        let guard = self.condition(1);
        self.line(&format!("let {name} = match {at} {{"));
        self.line(&format!("    0 => {a},"));
        self.line(&format!("    u if {guard} => ({b}) * u as f64,"));
        self.line(&format!("    1 | 2 => {c},"));
        self.line("    _ => 0.5,");
        self.line("};");
        self.reals.push(name);
    }

    fn tuple_assignment(&mut self) {
        let (a, b) = (self.random.pick(&self.mutable_reals), self.random.pick(&self.mutable_reals));
        if a == b {
            return self.assign();
        }
        let (left, right) = (self.real(2, true), self.real(2, true));
        self.line(&format!("({a}, {b}) = ({left}, {right});"));
    }

    fn exchange_in_place(&mut self) {
        let (a, b) = (self.random.pick(&self.mutable_reals), self.random.pick(&self.mutable_reals));
        let (i, j) = (self.index(), self.index());
        if !self.mutable_arrays.is_empty() && self.random.chance(60) {
            let array = self.random.pick(&self.mutable_arrays);
            let source = self.arrays.iter().find(|name| **name != array).cloned();
            match (self.random.below(3), source) {
                (0, Some(source)) => self.line(&format!("{array}.copy_from_slice(&{source}[..]);")),
                (1, _) => {
                    self.bind("v", false, 1);
                    let value = self.reals[self.reals.len() - 1].clone();
                    self.line(&format!("{array}[1..3].fill({value});"));
                }
                _ => self.line(&format!("{array}.swap({i}, {j});")),
            }
        } else if a != b {
            self.line(&format!("std::mem::swap(&mut {a}, &mut {b});"));
        } else {
            self.assign();
        }
    }

    fn labelled(&mut self, place: Place) {
        let (label, i, j) = (self.name("'l"), self.name("k"), self.name("k"));
        self.line(&format!("{label}: for {i} in 0..3 {{"));
        let scope = self.enter();
        self.indent += 1;
        self.integers.push(i);
        self.assign();
        self.line(&format!("for {j} in 0..{LENGTH} {{"));
        let inner = self.enter();
        self.integers.push(j);
        self.indent += 1;
        self.assign();
        let (condition, exit) = (self.condition(1), self.random.pick(&["break", "continue"]));
        self.line(&format!("if {condition} {{ {exit} {label}; }}"));
        self.inside(Place { depth: place.depth.saturating_sub(2), in_loop: true }, 1);
        self.leave(&inner);
        self.indent -= 1;
        self.line("}");
        self.assign();
        self.leave(&scope);
        self.indent -= 1;
        self.line("}");
    }

    fn growing(&mut self) {
        let (list, i, total) = (self.name("p"), self.name("k"), self.name("v"));
        self.line(&format!("let mut {list}: Vec<f64> = Vec::new();"));
        self.line(&format!("for {i} in 0..{LENGTH} {{"));
        let scope = self.enter();
        self.integers.push(i);
        let (condition, value) = (self.condition(1), self.real(2, true));
        self.line(&format!("    if {condition} {{ {list}.push({value}); }}"));
        self.leave(&scope);
        self.line("}");
        let last = self.real(1, true);
        self.line(&format!("{list}.push({last});"));
        self.line(&format!("{list}[0] *= {list}[{list}.len() - 1];"));
        self.line(&format!(
            "let {total} = {list}.iter().map(|e| e * e).sum::<f64>() + {list}.pop().unwrap();"
        ));
        self.reals.push(total);
    }

    /// A loop over the elements of an array that does not change.
    fn over_elements(&mut self, place: Place) {
        let fixed: Vec<String> =
            self.arrays.iter().filter(|a| !self.mutable_arrays.contains(a)).cloned().collect();
        if fixed.is_empty() {
            return self.chain();
        }
        let (array, other) = (self.random.pick(&fixed), self.random.pick(&fixed));
        let (e, d, i) = (self.name("v"), self.name("v"), self.name("k"));
        let scope = self.enter();
        self.reals.push(e.clone());
        let head = match self.random.below(4) {
            0 => format!("for &{e} in {array}.iter().rev()"),
            1 => {
                self.integers.push(i.clone());
                format!("for ({i}, &{e}) in {array}.iter().enumerate()")
            }
            2 => {
                self.reals.push(d.clone());
                format!("for ({e}, {d}) in {array}.iter().copied().zip({other}.iter().cloned())")
            }
            _ => format!("for {e} in {array}[1..].iter().copied()"),
        };
        let count = 1 + self.random.below(2);
        self.block(&head, Place { depth: place.depth - 1, in_loop: true }, count);
        self.leave(&scope);
    }

    /// A loop that changes every element of an array through a reference.
    fn in_place(&mut self) {
        if self.mutable_arrays.is_empty() {
            return self.array();
        }
        let array = self.random.pick(&self.mutable_arrays);
        let arrays = self.arrays.clone();
        self.arrays.retain(|name| *name != array);
        let value = self.with_reals(&["(*e)"], |w| w.real(2, true));
        self.arrays = arrays;
        self.line(&format!("for e in {array}.iter_mut() {{"));
        self.line(&format!("    *e = {value};"));
        self.line("}");
    }

    /// An array that changes its name, and another one under the old name.
    fn moved(&mut self) {
        let own: Vec<String> =
            self.mutable_arrays.iter().filter(|name| name.starts_with(['m', 'z'])).cloned().collect();
        if own.is_empty() {
            return self.array();
        }
        let (array, name) = (self.random.pick(&own), self.name("y"));
        let mutable = self.random.chance(40);
        self.line(&format!("let {}{name} = {array};", if mutable { "mut " } else { "" }));
        let arrays = self.arrays.clone();
        self.arrays.retain(|other| *other != array);
        let entries: Vec<String> = (0..LENGTH).map(|_| self.real(1, true)).collect();
        self.arrays = arrays;
        let vec = if array.starts_with('z') { "vec!" } else { "" };
        self.line(&format!("{array} = {vec}[{}];", entries.join(", ")));
        self.arrays.push(name.clone());
        if mutable {
            self.mutable_arrays.push(name);
        }
    }

    /// An element that is copied into an `Option`, which is asked after the element has changed.
    fn copied(&mut self) {
        if self.mutable_arrays.is_empty() {
            return self.array();
        }
        let array = self.random.pick(&self.mutable_arrays);
        let (kept, name, at) = (self.name("o"), self.name("v"), self.index());
        let copy = match self.random.below(5) {
            0 => "first().copied()".to_owned(),
            1 => "last().cloned()".to_owned(),
            2 => "iter().copied().last()".to_owned(),
            3 => format!("get({at} + {LENGTH} / 2).copied()"),
            _ => format!("get({at}).copied()"),
        };
        self.line(&format!("let {kept} = {array}.{copy};"));
        let place = self.random.pick(&["0", "3", &at]);
        let value = self.real(2, true);
        self.line(&format!("{array}[{place}] = {value};"));
        let otherwise = self.real(1, true);
        self.line(&format!("let {name} = {kept}.unwrap_or({otherwise});"));
        self.reals.push(name);
    }
}
