//! Where the tests look at each function: at smooth points of its domain, on both sides of zero where it has two.

use super::{Binary, Unary};

impl Unary {
    pub(crate) const ALL: [Unary; 32] = {
        use Unary::*;
        [
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
        ]
    };

    /// Operands at which the function is smooth.
    pub(crate) fn samples(self) -> &'static [f64] {
        use Unary::*;
        match self {
            Cbrt | Recip | Exp | Exp2 | ExpM1 | Sin | Cos | Tan | Atan | Sinh | Cosh | Tanh | Asinh | Abs
            | Signum | Floor | Ceil | Round | RoundTiesEven | Trunc | Fract | ToDegrees | ToRadians => {
                &[-1.3, 0.4, 2.7]
            }
            Sqrt | Ln | Ln1p | Log2 | Log10 => &[0.3, 2.7],
            Asin | Acos | Atanh => &[-0.8, 0.1, 0.7],
            Acosh => &[1.7],
        }
    }
}

impl Binary {
    /// All but the one whose exponent is an integer.
    pub(crate) const OF_REALS: [Binary; 9] = {
        use Binary::*;
        [Powf, Log, Atan2, Hypot, Copysign, Max, Min, RemEuclid, DivEuclid]
    };

    /// Pairs of operands at which the function is smooth.
    pub(crate) fn samples(self) -> &'static [[f64; 2]] {
        use Binary::*;
        match self {
            Powi => &[],
            Powf | Log => &[[1.7, 2.3], [2.9, 0.6], [0.4, 1.9]],
            Atan2 | Hypot | Copysign | Max | Min | RemEuclid | DivEuclid => {
                &[[1.7, 2.3], [2.9, 0.6], [0.4, 1.9], [-1.7, 2.3], [2.9, -0.6], [-0.4, -1.9]]
            }
        }
    }
}
