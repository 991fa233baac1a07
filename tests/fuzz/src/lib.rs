//! Random programs in the accepted language, and the modules in which their derivatives are compared with a second definition.

mod module;
mod program;
mod random;

pub use module::module;
pub use program::{Language, program};
