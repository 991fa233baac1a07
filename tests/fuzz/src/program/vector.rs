//! The function with a vector as its result, whose Jacobian is asked for.

use super::{LENGTH, Language, Place, Returns, Writer};

impl Writer<'_> {
    /// Some statements, and components that come one by one in a loop or all at once.
    pub(super) fn vector(&mut self) -> String {
        self.arrays.extend(["x".to_owned(), "w".to_owned()]);
        let x = self.random.pick(&["&[f64]", "&[f64; 4]"]);
        let (returns, result) =
            self.random.pick(&[(Returns::Array, "[f64; 4]"), (Returns::Vector, "Vec<f64>")]);
        self.returns = returns;
        self.line("#[differentiable(wrt(x))]");
        self.line(&format!("pub fn g(x: {x}, w: &[f64], n: usize) -> {result} {{"));
        self.indent += 1;
        self.line("let k = n % 4;");
        self.integers.push("k".to_owned());
        self.bind("r", true, 2);
        for _ in 0..self.random.below(4) {
            self.statement(Place { depth: 2, in_loop: false });
        }
        match self.random.below(8) {
            0 => {
                let components = self.components();
                self.line(&components);
            }
            1..=2 if returns == Returns::Vector => self.pushed(),
            3..=4 if returns == Returns::Vector && self.language == Language::Wide => self.collected(),
            _ => self.filled(),
        }
        self.indent -= 1;
        self.line("}");
        std::mem::take(&mut self.text)
    }

    /// A list of components.
    pub(super) fn components(&mut self) -> String {
        let fixed = self.returns == Returns::Array;
        let count = if fixed { LENGTH } else { 1 + self.random.below(3) };
        let components: Vec<String> = (0..count).map(|_| self.real(2, true)).collect();
        format!("{}[{}]", if fixed { "" } else { "vec!" }, components.join(", "))
    }

    /// An array of zeros whose elements are written in a loop, and sometimes once more behind it.
    fn filled(&mut self) {
        let vec = if self.returns == Returns::Array { "" } else { "vec!" };
        self.line(&format!("let mut out = {vec}[0.0_f64; {LENGTH}];"));
        if self.random.chance(25) {
            self.arrays.push("out".to_owned());
            self.mutable_arrays.push("out".to_owned());
        }
        self.rows(|writer, i| {
            let (value, condition) = (writer.real(3, true), writer.condition(1));
            let line = match writer.random.below(8) {
                0 => format!("out[{i}] += {value};"),
                1 => format!("out[{} - {i}] = {value};", LENGTH - 1),
                2 => format!("out[({i} + 1) % {LENGTH}] -= {value};"),
                3 => format!("if {condition} {{ out[{i}] = {value}; }}"),
                _ => format!("out[{i}] = {value};"),
            };
            writer.line(&line);
        });
        if self.random.chance(25) {
            let (at, value) = (self.index(), self.real(2, true));
            self.line(&format!("out[{at}] *= {value};"));
        }
        self.line("out");
    }

    fn pushed(&mut self) {
        self.line("let mut out: Vec<f64> = Vec::new();");
        self.rows(|writer, _| {
            let value = writer.real(3, true);
            writer.line(&format!("out.push({value});"));
            if writer.random.chance(30) {
                let (condition, value) = (writer.condition(1), writer.real(2, true));
                writer.line(&format!("if {condition} {{ out.push({value}); }}"));
            }
        });
        self.line("out");
    }

    /// A loop with some statements and what `component` writes, most often without anything that one row hands to the next.
    fn rows(&mut self, component: impl FnOnce(&mut Self, &str)) {
        let (i, range) = (self.name("k"), self.range());
        let apart = self.random.chance(70);
        let outside =
            (self.mutable_reals.clone(), self.mutable_arrays.clone(), self.mutable_integers.clone());
        if apart {
            self.mutable_reals.clear();
            self.mutable_arrays.clear();
            self.mutable_integers.clear();
        }
        let scope = self.enter();
        self.line(&format!("for {i} in {range} {{"));
        self.integers.push(i.clone());
        self.indent += 1;
        self.bind("v", true, 2);
        for _ in 0..self.random.below(4) {
            self.statement(Place { depth: 1, in_loop: true });
        }
        component(self, &i);
        self.indent -= 1;
        self.line("}");
        self.leave(&scope);
        (self.mutable_reals, self.mutable_arrays, self.mutable_integers) = outside;
    }

    fn collected(&mut self) {
        let (array, other) = (self.random.pick(&self.arrays), self.random.pick(&self.arrays));
        let scope = self.enter();
        self.integers.push("u".to_owned());
        self.reals.extend(["e".to_owned(), "d".to_owned()]);
        let (local, value) = (self.real(2, true), self.real(2, true));
        self.leave(&scope);
        let source = self.random.pick(&[
            "{a}.iter().zip(&{b}[..]).enumerate().map(|(u, (&e, &d))|",
            "{a}.iter().zip({b}.iter()).rev().enumerate().map(|(u, (&e, &d))|",
            "(0..4).map(|u| ({a}[u], {b}[3 - u], u)).map(|(e, d, u)|",
        ]);
        let source = source.replace("{a}", &array).replace("{b}", &other);
        self.line(&format!("{source} {{ let d = {local}; {value} }}).collect()"));
    }
}
