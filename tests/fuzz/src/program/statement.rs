//! Random statements.

use super::{LENGTH, Language, Place, Returns, SCALARS, SLICE, Writer};

impl Writer<'_> {
    pub(super) fn statement(&mut self, place: Place) {
        if self.language == Language::Wide && self.random.chance(40) {
            return self.wide_statement(place);
        }
        let nested = place.depth > 0;
        match self.random.below(30) {
            0..=2 => {
                let mutable = self.random.chance(50);
                self.bind("v", mutable, 3);
            }
            3 => self.shadow(),
            8..=9 => self.array(),
            10..=13 => self.store(),
            14..=16 if nested => self.branch(place),
            17..=21 if nested => self.counted(place),
            22 if nested => self.repeated(place),
            22 | 23 if self.random.chance(40) => self.table(),
            23 => self.passive_state(),
            24 if place.in_loop => self.leave_loop(),
            25 if self.returns != Returns::Nothing => self.return_early(),
            26 => self.exchange(),
            27 => self.call_with_output(),
            28 => self.tuple(),
            _ => self.assign(),
        }
    }

    fn shadow(&mut self) {
        let Some(name) = self.reals.iter().rfind(|name| name.starts_with('v')).cloned() else {
            return self.assign();
        };
        if self.mutable_reals.contains(&name) {
            return self.assign();
        }
        let value = self.real(2, true);
        self.line(&format!("let {name} = {value} + {name};"));
    }

    pub(super) fn assign(&mut self) {
        let name = self.random.pick(&self.mutable_reals);
        let value = self.real(3, true);
        let line = match self.random.below(6) {
            0 => format!("{name} += {value};"),
            1 => format!("{name} -= {value};"),
            2 => format!("{name} *= ({value}).cos();"),
            3 => format!("{name} /= 1.0 + ({value}).abs();"),
            4 => format!("{name} = {name}.sin() * {value};"),
            _ => format!("{name} = {value};"),
        };
        self.line(&line);
    }

    pub(super) fn array(&mut self) {
        let kind = self.random.below(4);
        let name = self.name(if kind == 1 || kind == 2 { "z" } else { "m" });
        let line = match kind {
            0 => format!("let mut {name} = [{}; {LENGTH}];", self.real(1, true)),
            1 => format!("let mut {name} = vec![{}; {LENGTH}];", self.real(1, true)),
            // What iterations make like this is made once.
            2 => format!("let mut {name} = vec![0.0_f64; {LENGTH}];"),
            _ => {
                let entries: Vec<String> = (0..LENGTH).map(|_| self.real(1, true)).collect();
                format!("let mut {name} = [{}];", entries.join(", "))
            }
        };
        self.line(&line);
        self.arrays.push(name.clone());
        self.mutable_arrays.push(name);
    }

    fn store(&mut self) {
        if self.mutable_arrays.is_empty() {
            return self.array();
        }
        let array = self.random.pick(&self.mutable_arrays);
        let (at, value) = (self.index(), self.real(3, true));
        let line = match self.random.below(6) {
            0 | 1 => format!("{array}[{at}] += {value};"),
            2 => format!("{array}[{at}] -= {value};"),
            3 => format!("{array}[{at}] *= ({value}).sin();"),
            _ => format!("{array}[{at}] = {value};"),
        };
        self.line(&line);
    }

    fn branch(&mut self, place: Place) {
        let inner = Place { depth: place.depth - 1, ..place };
        let condition = self.condition(2);
        self.line(&format!("if {condition} {{"));
        let count = 1 + self.random.below(3);
        self.inside(inner, count);
        if self.random.chance(30) {
            let condition = self.condition(1);
            self.line(&format!("}} else if {condition} {{"));
            self.inside(inner, 1);
        }
        if self.random.chance(60) {
            self.line("} else {");
            let count = 1 + self.random.below(2);
            self.inside(inner, count);
        }
        self.line("}");
    }

    fn counted(&mut self, place: Place) {
        let name = self.name("k");
        let range = self.range();
        let scope = self.enter();
        self.integers.push(name.clone());
        let count = 1 + self.random.below(3);
        self.block(&format!("for {name} in {range}"), Place { depth: place.depth - 1, in_loop: true }, count);
        self.leave(&scope);
    }

    pub(super) fn range(&mut self) -> String {
        match self.random.below(8) {
            0 => format!("(0..{LENGTH}).rev()"),
            1 => format!("0..={}", LENGTH - 1),
            2 => format!("(0..{LENGTH}).step_by(2)"),
            3 => format!("1..{LENGTH}"),
            4 if !self.integers.is_empty() => format!("0..{}", self.random.pick(&self.integers)),
            5 => format!("(0..={}).rev()", LENGTH - 2),
            _ => format!("0..{LENGTH}"),
        }
    }

    /// A `while` or `loop` that ends after some rounds at the latest, and often earlier.
    fn repeated(&mut self, place: Place) {
        let counter = self.name("c");
        let rounds = 1 + self.random.below(5);
        self.line(&format!("let mut {counter} = 0;"));
        let condition = self.condition(1);
        let inner = Place { depth: place.depth - 1, in_loop: true };
        let count = 1 + self.random.below(2);
        if self.random.chance(60) {
            self.line(&format!("while {counter} < {rounds} && ({condition}) {{"));
            self.line(&format!("    {counter} += 1;"));
        } else {
            self.line("loop {");
            self.line(&format!("    {counter} += 1;"));
            self.line(&format!("    if {counter} > {rounds} || {condition} {{"));
            self.line("        break;");
            self.line("    }");
        }
        self.inside(inner, count);
        self.line("}");
    }

    /// Integers and flags that change and steer what follows.
    fn passive_state(&mut self) {
        match self.mutable_integers.last().cloned() {
            Some(name) => {
                let step = self.index();
                let line = match self.random.below(3) {
                    0 => format!("{name} = ({name} * 3 + {step}) % {LENGTH};"),
                    1 => format!("if {name} > 0 {{ {name} -= 1; }}"),
                    _ => format!("{name} = if {} {{ 0 }} else {{ {step} }};", self.condition(1)),
                };
                self.line(&line);
            }
            None if self.random.chance(70) => {
                let (name, start) = (self.name("j"), self.index());
                self.line(&format!("let mut {name}: usize = {start};"));
                self.integers.push(name.clone());
                self.mutable_integers.push(name);
            }
            None => {
                let (name, value) = (self.name("b"), self.condition(1));
                self.line(&format!("let {name} = {value};"));
                self.flags.push(name);
            }
        }
    }

    /// An array of indices, or a change of one.
    fn table(&mut self) {
        if self.tables.is_empty() {
            let (name, a, b) = (self.name("q"), self.index(), self.index());
            self.line(&format!("let mut {name}: [usize; {LENGTH}] = [{a}, 1, {b}, 0];"));
            self.tables.push(name);
            return;
        }
        let (table, at) = (self.random.pick(&self.tables), self.random.below(LENGTH));
        let (next, flag) = (self.index(), self.condition(0));
        let line = match self.random.below(4) {
            0 => format!("{table}[{at}] = ({table}[{at}] + 1) % {LENGTH};"),
            1 => format!(
                "match {next} {{ 0 | 2 if {flag} => {table}[{at}] = 3, 1 => {table}[{at}] = 0, _ => {table}[1] = 2 }}"
            ),
            2 => format!("for _ in 0..{next} {{ {table}[{at}] = ({table}[{at}] + 1) % {LENGTH}; }}"),
            _ => format!("{table}[{at}] = {next};"),
        };
        self.line(&line);
    }

    fn leave_loop(&mut self) {
        let condition = self.condition(1);
        let exit = self.random.pick(&["break", "continue"]);
        self.line(&format!("if {condition} {{ {exit}; }}"));
    }

    fn return_early(&mut self) {
        if self.returns != Returns::Real && self.helpers > 0 {
            // Beside calls with constants, arrays are returned at the end alone.
            return self.assign();
        }
        let condition = self.condition(1);
        let value = match self.returns {
            Returns::Nothing | Returns::Real => self.real(2, true),
            Returns::Array | Returns::Vector => self.components(),
        };
        self.line(&format!("if {condition} && {} > 1.2 {{ return {value}; }}", self.reals[0].clone()));
    }

    fn exchange(&mut self) {
        if self.mutable_arrays.is_empty() {
            return self.array();
        }
        let array = self.random.pick(&self.mutable_arrays);
        let (a, b, t) = (self.index(), self.index(), self.name("t"));
        self.line(&format!("let {t} = {array}[{a}];"));
        self.line(&format!("{array}[{a}] = {array}[{b}];"));
        self.line(&format!("{array}[{b}] = {t};"));
    }

    /// A call of a helper that writes into `&mut`.
    fn call_with_output(&mut self) {
        let writers: Vec<usize> = (0..self.helpers).filter(|h| h % 3 != SCALARS && h % 3 != SLICE).collect();
        if writers.is_empty() || self.mutable_arrays.is_empty() {
            return self.store();
        }
        let number = self.random.pick(&writers);
        let output = self.random.pick(&self.mutable_arrays);
        let inputs: Vec<String> = self.arrays.iter().filter(|a| **a != output).cloned().collect();
        if inputs.is_empty() {
            return self.store();
        }
        let input = self.random.pick(&inputs);
        let argument = self.real(2, true);
        let name = self.name("v");
        self.line(&format!("let {name} = {argument};"));
        self.line(&format!("h{number}(&{input}[..], &mut {output}[..], {name});"));
        self.reals.push(name);
    }

    fn tuple(&mut self) {
        let (a, b) = (self.name("v"), self.name("v"));
        let (left, right) = (self.real(2, true), self.real(2, true));
        self.line(&format!("let ({a}, {b}) = ({left}, {right});"));
        self.reals.extend([a, b]);
    }
}
