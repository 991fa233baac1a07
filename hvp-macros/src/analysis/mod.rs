//! Facts about a function; nothing here edits one.

pub(crate) mod activity;
pub(crate) mod facts;
pub(crate) mod outlines;
mod private;
pub(crate) mod record;
pub(crate) mod refuse;
pub(crate) mod tapes;
