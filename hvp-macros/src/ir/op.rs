//! Atoms, places and the elementary operations on scalars.

use std::collections::BTreeSet;

use super::{Kind, VarId, VarSet};

/// The number of a piece of the user's text in the front end's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fragment(pub(crate) u32);

/// What keeps a value of unknown type in an `Option`, and takes it out again.
pub(crate) struct Wraps {
    pub(crate) keep: Fragment,
    pub(crate) take: Fragment,
    /// What gives an `Option` already.
    pub(crate) options: BTreeSet<Fragment>,
    /// Variables that are no values: they change in place, or are `&mut`.
    pub(crate) fixed: VarSet,
}

/// An operand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Atom {
    Var(VarId),
    /// A real constant. The text is the user's own digits (without suffix), or the shortest that reads back as the number.
    Real(String),
    /// The zero of the tangents.
    ZeroTangent,
    /// An integer literal, with the user's suffix if there is one.
    Int(String),
    Bool(bool),
    /// Never read: the value of a variable on a path that does not use it.
    Undef,
}

impl Atom {
    pub(crate) fn real(value: f64) -> Atom {
        Atom::Real(format!("{value:?}"))
    }

    /// What stands for a number or a Boolean of this kind where there is none.
    pub(crate) fn zero(kind: &Kind) -> Atom {
        match kind {
            Kind::Real => Atom::real(0.0),
            Kind::Tangent => Atom::ZeroTangent,
            Kind::Int => Atom::Int("0".to_owned()),
            Kind::Bool => Atom::Bool(false),
            Kind::Opaque | Kind::Array(_) | Kind::Tuple(_) | Kind::Tape | Kind::Pullback => {
                unreachable!("only numbers and Booleans have a zero")
            }
        }
    }

    pub(crate) fn var(&self) -> Option<VarId> {
        match self {
            Atom::Var(var) => Some(*var),
            Atom::Real(_) | Atom::ZeroTangent | Atom::Int(_) | Atom::Bool(_) | Atom::Undef => None,
        }
    }

    /// The number that a literal stands for.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Atom::Real(text) => text.replace('_', "").parse().ok(),
            Atom::Var(_) | Atom::ZeroTangent | Atom::Int(_) | Atom::Bool(_) | Atom::Undef => None,
        }
    }

    /// The value of an integer literal, whatever its suffix.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Atom::Int(text) => {
                let digits = text.split(['i', 'u']).next()?;
                digits.replace('_', "").parse().ok()
            }
            Atom::Var(_) | Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) | Atom::Undef => None,
        }
    }

    /// Whether this is the real constant `value`.
    pub(crate) fn is_real(&self, value: f64) -> bool {
        self.number().is_some_and(|number| number.to_bits() == value.to_bits())
    }

    pub(crate) fn is_zero(&self) -> bool {
        *self == Atom::ZeroTangent || self.is_real(0.0)
    }
}

impl From<VarId> for Atom {
    fn from(var: VarId) -> Atom {
        Atom::Var(var)
    }
}

/// One element of an array: `base[path[0]][path[1]]…`, as many indices as the array has dimensions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) base: VarId,
    pub(crate) path: Vec<Atom>,
}

/// A part of an array: `base[path…][start..end]`, or all of `base[path…]` without a range.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slice {
    pub(crate) base: VarId,
    pub(crate) path: Vec<Atom>,
    pub(crate) range: Option<(Atom, Atom)>,
}

impl Slice {
    pub(crate) fn whole(base: VarId) -> Slice {
        Slice { base, path: Vec::new(), range: None }
    }
}

/// What is handed on as it is: a number, or an array.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operand {
    Atom(Atom),
    Array(Slice),
}

impl Operand {
    /// The number.
    pub(crate) fn atom(&self) -> Option<&Atom> {
        match self {
            Operand::Atom(atom) => Some(atom),
            Operand::Array(_) => None,
        }
    }

    pub(crate) fn atom_mut(&mut self) -> Option<&mut Atom> {
        match self {
            Operand::Atom(atom) => Some(atom),
            Operand::Array(_) => None,
        }
    }

    /// The number, or the variable that is the array.
    pub(crate) fn name(&self) -> Atom {
        match self {
            Operand::Atom(atom) => atom.clone(),
            Operand::Array(slice) => Atom::Var(slice.base),
        }
    }

    /// The variable or the array that it names.
    pub(crate) fn var(&self) -> Option<VarId> {
        match self {
            Operand::Atom(atom) => atom.var(),
            Operand::Array(slice) => Some(slice.base),
        }
    }
}

/// Functions of one real. Each stands for the method of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unary {
    Sqrt,
    Cbrt,
    Recip,
    Exp,
    Exp2,
    ExpM1,
    Ln,
    Ln1p,
    Log2,
    Log10,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Abs,
    Signum,
    Floor,
    Ceil,
    Round,
    RoundTiesEven,
    Trunc,
    Fract,
    ToDegrees,
    ToRadians,
}

/// Where the value of a function is a finite number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// For every operand that is a number, infinite ones too.
    Bounded,
    /// For finite operands.
    Finite,
    /// Not for all: it has a domain or a pole, or overflows.
    Partial,
}

impl Unary {
    /// Costs no more than an addition.
    pub(crate) fn is_cheap(self) -> bool {
        self.is_step() || matches!(self, Unary::Abs | Unary::Fract | Unary::ToDegrees | Unary::ToRadians)
    }

    /// Constant between its jumps.
    pub(crate) fn is_step(self) -> bool {
        matches!(
            self,
            Unary::Signum | Unary::Floor | Unary::Ceil | Unary::Round | Unary::RoundTiesEven | Unary::Trunc
        )
    }

    /// May be another number where its operand differs in the last bit or in the sign of a zero.
    pub(crate) fn jumps(self) -> bool {
        self.is_step() || self == Unary::Fract
    }

    pub(crate) fn range(self) -> Range {
        match self {
            Unary::Atan | Unary::Tanh | Unary::Signum => Range::Bounded,
            Unary::Sin
            | Unary::Cos
            | Unary::Cbrt
            | Unary::Asinh
            | Unary::Abs
            | Unary::Floor
            | Unary::Ceil
            | Unary::Round
            | Unary::RoundTiesEven
            | Unary::Trunc
            | Unary::Fract
            | Unary::ToDegrees
            | Unary::ToRadians => Range::Finite,
            Unary::Sqrt
            | Unary::Recip
            | Unary::Exp
            | Unary::Exp2
            | Unary::ExpM1
            | Unary::Ln
            | Unary::Ln1p
            | Unary::Log2
            | Unary::Log10
            | Unary::Tan
            | Unary::Asin
            | Unary::Acos
            | Unary::Sinh
            | Unary::Cosh
            | Unary::Acosh
            | Unary::Atanh => Range::Partial,
        }
    }
}

/// Functions of two reals, the receiver first. Each stands for the method of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Binary {
    Powf,
    /// The second operand is an `i32`.
    Powi,
    /// `a.log(base)`.
    Log,
    Atan2,
    Hypot,
    Copysign,
    Max,
    Min,
    RemEuclid,
    DivEuclid,
}

impl Binary {
    /// Costs no more than an addition.
    pub(crate) fn is_cheap(self) -> bool {
        matches!(self, Binary::Max | Binary::Min | Binary::Copysign)
    }

    /// See [`Unary::jumps`].
    pub(crate) fn jumps(self) -> bool {
        match self {
            Binary::Copysign | Binary::Atan2 | Binary::RemEuclid | Binary::DivEuclid => true,
            Binary::Powf | Binary::Powi | Binary::Log | Binary::Hypot | Binary::Max | Binary::Min => false,
        }
    }
}

/// Questions about one real; each stands for the method of the same name.
#[expect(clippy::enum_variant_names, reason = "each is named as its method")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Predicate {
    IsNan,
    IsInfinite,
    IsFinite,
    IsNormal,
    IsSignNegative,
    IsSignPositive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Compare {
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

/// A pure operation on scalars. `Add` to `Rem` work on reals, tangents and integers alike; both operands have one kind, but
/// that `Mul(tangent, real)` and `Div(tangent, real)` scale a tangent (in this order).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Op {
    Copy(Atom),
    Neg(Atom),
    Add(Atom, Atom),
    Sub(Atom, Atom),
    Mul(Atom, Atom),
    Div(Atom, Atom),
    Rem(Atom, Atom),
    Unary(Unary, Atom),
    Binary(Binary, Atom, Atom),
    /// `a * b + c` with one rounding: `a.mul_add(b, c)`.
    MulAdd(Atom, Atom, Atom),
    /// `x.clamp(lo, hi)`.
    Clamp(Atom, Atom, Atom),
    /// `a * b`, but zero where `a` is zero, even if `b` is infinite or NaN. `a` may be a tangent, `b` is real:
    /// then lane by lane.
    ScaleOrZero(Atom, Atom),
    /// `t * g` for a tangent or real `t` and a real `g`, but zero where `g` is zero, even if `t` is infinite or NaN.
    ScaleUnlessZero(Atom, Atom),
    /// `if cond { a } else { b }`, both already computed.
    Select(Atom, Atom, Atom),
    Compare(Compare, Atom, Atom),
    Test(Predicate, Atom),
    Not(Atom),
    /// Both operands are computed before; short circuits are branches.
    And(Atom, Atom),
    Or(Atom, Atom),
    /// A comparison, cast or other expression of the user's that gives no real number with a derivative:
    /// `code` with its holes filled by `args`. Its kind is that of the variable it defines.
    Opaque(Opaque),
    /// A passive operand, `f64` or a reference to it, or an `i32` (an exponent), as a real number.
    ToReal(Atom),
    Len(Slice),
    Load(Place),
    /// Component of a tuple parameter.
    Field(VarId, usize),
    /// The sum of all scalars in a slice (of reals or tangents).
    Sum(Slice),
}

/// A passive expression that passes through as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Opaque {
    pub(crate) code: Fragment,
    /// What stands in its holes; an array is read there.
    pub(crate) args: Vec<Operand>,
    /// Whether it may be evaluated again, later, with the same result: no call, no macro, nothing that changes.
    pub(crate) repeatable: bool,
    /// Whether an active argument is harmless, since the result is constant almost everywhere or none is used
    /// (a cast to an integer, an assertion, a print).
    pub(crate) inert: bool,
}

impl Opaque {
    /// The variables and arrays that stand in its holes.
    pub(crate) fn vars(&self) -> impl Iterator<Item = VarId> {
        self.args.iter().filter_map(Operand::var)
    }
}
