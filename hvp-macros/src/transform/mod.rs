//! Passes from function to function.

#[cfg(test)]
mod elementary;
pub(crate) mod jam;
mod normalize;
#[cfg(test)]
mod random;
pub(crate) mod reverse;
pub(crate) mod simplify;
pub(crate) mod tangent;

pub(crate) use normalize::normalize;
