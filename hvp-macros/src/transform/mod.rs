//! Passes from function to function.

