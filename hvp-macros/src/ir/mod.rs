//! The language between the front end and the emitter.
//!
//! A [`Func`] is a tree of [`Block`]s: straight-line statements, branches and loops, closed by a [`Term`].
//! There is no control-flow graph, since what comes out must read like Rust.
//!
//! # Two forms
//!
//! *Slot form* is what the front end writes.
//! A scalar variable may be assigned any number of times ([`Stmt::Assign`]), branches and loops have neither results nor
//! carried values, and `break`, `continue` and `return` may stand in any arm ([`Term::Break`], …).
//!
//! *Value form* is what `transform::normalize` makes of it and what every later pass reads and writes.
//! Each variable is defined once; a branch has results, a loop has carried values; exits stand in tail position only:
//! a loop body is a tree of [`Term::Branch`] whose leaves are [`Term::Continue`] or [`Term::Break`] of that loop,
//! a function body one whose leaves are [`Term::Return`], and the arms of a [`Stmt::Branch`] end in [`Term::Yield`].
//! [`Term::Escape`] and [`Term::Panic`] leave the function at once and may end any block.
//!
//! # Scalars are values, arrays are memory
//!
//! A variable of kind `Real`, `Tangent`, `Int`, `Bool` or `Opaque` is a value.
//! A variable of kind [`Kind::Array`] is a place in memory: parameters that are slices, arrays or `Vec`s, and local ones
//! made by [`Stmt::Alloc`]. It is read by [`Op::Load`] and written by [`Stmt::Store`] and its kin; two array variables
//! never share memory. A view (`&x[a..b]`, a row) is no variable: it is a [`Slice`] of the array that owns the memory.
//!
//! # What the macro cannot see
//!
//! The IR knows neither `syn` nor `quote`. Pieces of the user's text that pass through untouched are [`Fragment`]s: numbers
//! of token streams that the front end keeps in a table beside the function. A fragment has holes, which are filled
//! with the arguments that stand beside it, so that a later version of a variable can take an earlier one's place.

mod func;
mod given;
#[cfg(test)]
pub(crate) mod interp;
mod kind;
mod op;
#[cfg(test)]
mod parse;
mod print;
mod rule;
#[cfg(test)]
mod samples;
mod table;
mod verify;
mod visit;

pub(crate) use func::*;
pub(crate) use given::Given;
pub(crate) use kind::*;
pub(crate) use op::*;
#[cfg(test)]
pub(crate) use parse::{parse, renumbered};
pub(crate) use rule::Rule;
pub(crate) use table::{VarGraph, VarMap, VarSet};
pub(crate) use verify::verify;
pub(crate) use visit::*;
