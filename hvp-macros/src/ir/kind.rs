//! Kinds of variables: the little that a macro can know of a type.

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A real number of the function's scalar type (`f64`, `f32` or a type parameter).
    Real,
    /// A tangent: one direction, or several at once (`T: Tangent<S>` in the output).
    Tangent,
    /// An integer of any type.
    Int,
    Bool,
    /// A value of a type that the macro cannot see; it is only passed on.
    Opaque,
    /// Memory: slice, array or `Vec` of the inner kind.
    Array(Box<Kind>),
    /// A tuple; only parameters have this kind, and are taken apart by [`super::Op::Field`].
    Tuple(Vec<Kind>),
    /// A stack of records which the primal sweep fills and the reverse sweep empties.
    Tape,
    /// What a call's forward sweep leaves for its reverse sweep.
    Pullback,
}

impl Kind {
    pub(crate) fn array(of: Kind) -> Kind {
        Kind::Array(Box::new(of))
    }

    /// The kind of the scalars in it, through all dimensions of an array.
    pub(crate) fn scalar(&self) -> &Kind {
        match self {
            Kind::Array(inner) => inner.scalar(),
            Kind::Real
            | Kind::Tangent
            | Kind::Int
            | Kind::Bool
            | Kind::Opaque
            | Kind::Tuple(_)
            | Kind::Tape
            | Kind::Pullback => self,
        }
    }

    /// The kind after `depth` indices.
    pub(crate) fn element(&self, depth: usize) -> &Kind {
        match self {
            Kind::Array(inner) if depth > 0 => inner.element(depth - 1),
            _ => self,
        }
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Kind::Array(_))
    }

    /// Real numbers, alone, in memory or in a tuple: what can have a tangent and an adjoint.
    pub(crate) fn is_real(&self) -> bool {
        match self {
            Kind::Tuple(kinds) => kinds.iter().any(Kind::is_real),
            other => *other.scalar() == Kind::Real,
        }
    }

    /// The kind of the tangent that goes with a value of this kind.
    pub(crate) fn tangent(&self) -> Kind {
        match self {
            Kind::Real => Kind::Tangent,
            Kind::Array(inner) => Kind::array(inner.tangent()),
            Kind::Tuple(kinds) => Kind::Tuple(kinds.iter().map(Kind::tangent).collect()),
            Kind::Tangent | Kind::Int | Kind::Bool | Kind::Opaque | Kind::Tape | Kind::Pullback => {
                self.clone()
            }
        }
    }
}
