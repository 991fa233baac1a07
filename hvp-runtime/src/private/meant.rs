//! Whether a path leads to the function that the macro takes it for.

/// Takes one function by two names: a function has a type of its own. Never called.
pub fn rename_yours_since_this_name_means_another<F>(_known: F, _named: F) {}
