//! What a caller finds where a called function has no companion.

/// Not a function, and its name says what to do: rustc shows it when it is called.
#[derive(Clone, Copy, Debug)]
pub struct PutDifferentiableOnThisFunction;

/// Stands for the companion of a function that is not marked `#[differentiable]`.
#[derive(Debug)]
pub enum Unmarked {}

/// Stands for an entry of a function that callers beside it inline, and no other can call.
#[derive(Clone, Copy, Debug)]
pub struct OnlyInlinedIntoFunctionsBesideIt;

macro_rules! entries {
    ($($entry:ident)*) => {
        #[expect(non_upper_case_globals, reason = "they stand where functions would")]
        impl Unmarked {
            $(
                #[doc = concat!("Instead of the entry `", stringify!($entry), "`.")]
                pub const $entry: PutDifferentiableOnThisFunction = PutDifferentiableOnThisFunction;
            )*
        }
    };
}

entries! { accepts tangent forward forward_tangent pull pull_tangent }

/// Stands for the derivatives of a function that takes or gives functions or structs, or changes the length of a `Vec` that it is passed:
/// they are known only where it is called, from another function that carries the attribute.
#[derive(Debug)]
pub struct OnlyInlinedIntoItsCallers;
