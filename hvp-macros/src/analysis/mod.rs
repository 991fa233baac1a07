//! Facts about a function; nothing here edits one.

pub(crate) mod activity;
