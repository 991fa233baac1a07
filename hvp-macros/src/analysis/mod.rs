//! Facts about a function; nothing here edits one.

