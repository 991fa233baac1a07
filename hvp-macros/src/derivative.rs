//! The functions that are derived from one of the user's, by name.

/// A derived function that users call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Derivative {
    Grad,
    ValueAndGrad,
    Jvp,
    Hvp,
    GradAndHvp,
    Hessian,
    Vjp,
    Jacobian,
}

impl Derivative {
    pub(crate) const ALL: [Self; 8] = [
        Self::Grad,
        Self::ValueAndGrad,
        Self::Jvp,
        Self::Hvp,
        Self::GradAndHvp,
        Self::Hessian,
        Self::Vjp,
        Self::Jacobian,
    ];

    /// What an objective has.
    pub(crate) const OF_AN_OBJECTIVE: [Self; 6] =
        [Self::Grad, Self::ValueAndGrad, Self::Jvp, Self::Hvp, Self::GradAndHvp, Self::Hessian];

    /// What a function has that gives more than one number.
    pub(crate) const OF_A_VECTOR: [Self; 3] = [Self::Jvp, Self::Vjp, Self::Jacobian];

    /// What stands behind the stem in the function's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grad => "grad",
            Self::ValueAndGrad => "value_and_grad",
            Self::Jvp => "jvp",
            Self::Hvp => "hvp",
            Self::GradAndHvp => "grad_and_hvp",
            Self::Hessian => "hessian",
            Self::Vjp => "vjp",
            Self::Jacobian => "jacobian",
        }
    }
}

/// A function that the pipeline ends in: hidden, and called by what users see, by objectives or by callers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Core {
    /// A derived function that writes into given buffers.
    Of(Derivative),
    /// The part of a product that is done once at a point.
    Record,
    /// The part of a product that is done for each direction.
    Replay,
    /// The adjoints for weights that a caller gives.
    Pull,
    PullTangent,
    /// The forward sweep of a call, and the reverse sweep that uses what it kept.
    Both,
    BothTangent,
}

impl Core {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Of(derivative) => derivative.name(),
            Self::Record => "record",
            Self::Replay => "replay",
            Self::Pull => "pull",
            Self::PullTangent => "pull_tangent",
            Self::Both => "both",
            Self::BothTangent => "both_tangent",
        }
    }

    /// Whether its results go into memory of the caller's that need not be zero before.
    pub(crate) fn overwrites(self) -> bool {
        match self {
            Self::Of(derivative) => match derivative {
                Derivative::Grad | Derivative::ValueAndGrad | Derivative::Hvp | Derivative::GradAndHvp => {
                    true
                }
                Derivative::Jvp | Derivative::Hessian | Derivative::Vjp | Derivative::Jacobian => false,
            },
            Self::Replay => true,
            Self::Record | Self::Pull | Self::PullTangent | Self::Both | Self::BothTangent => false,
        }
    }
}
