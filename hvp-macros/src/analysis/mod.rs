//! Facts about a function; nothing here edits one.

pub(crate) mod activity;
pub(crate) mod facts;
pub(crate) mod one_sweep;
pub(crate) mod outlines;
pub(crate) mod polynomial;
mod private;
pub(crate) mod record;
pub(crate) mod refuse;
pub(crate) mod saved;
pub(crate) mod tapes;
