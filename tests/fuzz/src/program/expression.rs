//! Random expressions.

use super::{LENGTH, SCALARS, SLICE, Writer};

impl Writer<'_> {
    /// An index in bounds of every array.
    pub(super) fn index(&mut self) -> String {
        let literal = self.random.below(LENGTH).to_string();
        if !self.tables.is_empty() && self.random.chance(20) {
            return format!("{}[{literal}]", self.random.pick(&self.tables));
        }
        if self.integers.is_empty() || self.random.chance(40) {
            return literal;
        }
        let i = self.random.pick(&self.integers);
        match self.random.below(4) {
            0 => format!("({i} + {literal}) % {LENGTH}"),
            1 => format!("{} - {i}", LENGTH - 1),
            _ => i,
        }
    }

    fn literal(&mut self) -> &'static str {
        self.random.pick(&["0.5", "1.0", "2.0", "0.25", "1.5", "0.1", "3.0"])
    }

    /// A real. Where `typed` is set, its type is plain without what stands around it.
    pub(super) fn real(&mut self, depth: usize, typed: bool) -> String {
        if depth == 0 {
            return self.leaf(typed);
        }
        let d = depth - 1;
        match self.random.below(24) {
            0..=2 => self.leaf(typed),
            3..=5 => format!("({} + {})", self.real(d, typed), self.real(d, false)),
            6..=7 => format!("({} - {})", self.real(d, typed), self.real(d, false)),
            8..=10 => format!("({} * {})", self.real(d, typed), self.real(d, false)),
            11 => {
                let divisor = self.real(d, true);
                format!("({} / (1.0 + {divisor} * {divisor}))", self.real(d, typed))
            }
            12 => format!("-{}", self.real(d, typed)),
            13..=16 => self.unary(d),
            17..=18 => self.binary(d),
            19 => {
                let condition = self.condition(d);
                format!("(if {condition} {{ {} }} else {{ {} }})", self.real(d, typed), self.real(d, false))
            }
            20 => {
                let (inner, name) = (self.real(d, true), self.name("q"));
                format!("{{ let {name} = {inner}; {name} * {} + {name} }}", self.real(d, false))
            }
            _ => self.call(d).unwrap_or_else(|| self.leaf(typed)),
        }
    }

    fn leaf(&mut self, typed: bool) -> String {
        match self.random.below(8) {
            0 if !self.integers.is_empty() => format!("({} as f64)", self.random.pick(&self.integers)),
            1 => self.literal().to_owned() + if typed { "_f64" } else { "" },
            2..=4 if !self.arrays.is_empty() => {
                let array = self.random.pick(&self.arrays);
                format!("{array}[{}]", self.index())
            }
            _ if self.reals.is_empty() => "0.75_f64".to_owned(),
            _ => self.random.pick(&self.reals),
        }
    }

    fn unary(&mut self, depth: usize) -> String {
        let e = self.real(depth, true);
        let shape = self.random.pick(&[
            "({e}).sin()",
            "({e}).cos()",
            "f64::tanh({e})",
            "({e}).tanh().exp()",
            "(1.0 + {e} * {e}).sqrt()",
            "(1.5 + {e} * {e}).ln()",
            "({e}).atan()",
            "({e}).abs()",
            "({e}).powi(2)",
            "f64::powi({e}, 3).tanh()",
            "({e}).asinh()",
            "(1.0 + ({e}).abs()).powf(1.5).ln_1p()",
            "(2.0 + ({e}).sin()).recip()",
            "({e}).sin().floor()",
            "({e}).signum()",
            "({e}).clamp(-0.5, 1.5)",
        ]);
        shape.replace("{e}", &e)
    }

    fn binary(&mut self, depth: usize) -> String {
        let (a, b) = (self.real(depth, true), self.real(depth, true));
        let shape = self.random.pick(&[
            "({a}).max({b})",
            "({a}).min({b})",
            "f64::hypot({a}, {b})",
            "({a}).atan2(1.5 + {b} * {b})",
            "({a}).mul_add({b}, {a})",
            "({a}).copysign({b})",
            "(1.0 + {a} * {a}).powf(({b}).sin())",
            "({a}) % (1.0 + {b} * {b})",
        ]);
        shape.replace("{a}", &a).replace("{b}", &b)
    }

    /// A call of a helper that returns a real.
    fn call(&mut self, depth: usize) -> Option<String> {
        if self.helpers == 0 {
            return None;
        }
        let number = self.random.below(self.helpers);
        match number % 3 {
            SCALARS => Some(format!("h{number}({}, {})", self.real(depth, false), self.real(depth, false))),
            SLICE if !self.arrays.is_empty() => {
                let array = self.random.pick(&self.arrays);
                Some(format!("h{number}(&{array}[..], {})", self.real(depth, false)))
            }
            _ => None,
        }
    }

    pub(super) fn condition(&mut self, depth: usize) -> String {
        match self.random.below(8) {
            0 if !self.flags.is_empty() => self.random.pick(&self.flags),
            1 if !self.integers.is_empty() => {
                let (i, literal) = (self.random.pick(&self.integers), self.random.below(LENGTH));
                match self.random.below(4) {
                    0 => format!("{i} > 0"),
                    1 => format!("{i} + 1 < {LENGTH}"),
                    _ => format!("{i} == {literal}"),
                }
            }
            2 if depth > 0 => format!("({}) && !({})", self.condition(depth - 1), self.condition(depth - 1)),
            3 if depth > 0 => format!("({}) || {}", self.condition(depth - 1), self.condition(0)),
            4 => format!("0.3 < {}", self.leaf(false)),
            _ => {
                let order = self.random.pick(&["<", ">", "<=", ">="]);
                format!("({}) {order} {}", self.real(depth.min(1), true), self.leaf(false))
            }
        }
    }
}
