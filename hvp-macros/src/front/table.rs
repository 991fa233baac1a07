//! What is known of the standard library.

use syn::{Expr, ExprCall, ExprMethodCall};

use crate::ir::{Binary, Predicate, Unary};

pub(super) fn unary(name: &str) -> Option<Unary> {
    Some(match name {
        "sqrt" => Unary::Sqrt,
        "cbrt" => Unary::Cbrt,
        "recip" => Unary::Recip,
        "exp" => Unary::Exp,
        "exp2" => Unary::Exp2,
        "exp_m1" => Unary::ExpM1,
        "ln" => Unary::Ln,
        "ln_1p" => Unary::Ln1p,
        "log2" => Unary::Log2,
        "log10" => Unary::Log10,
        "sin" => Unary::Sin,
        "cos" => Unary::Cos,
        "tan" => Unary::Tan,
        "asin" => Unary::Asin,
        "acos" => Unary::Acos,
        "atan" => Unary::Atan,
        "sinh" => Unary::Sinh,
        "cosh" => Unary::Cosh,
        "tanh" => Unary::Tanh,
        "asinh" => Unary::Asinh,
        "acosh" => Unary::Acosh,
        "atanh" => Unary::Atanh,
        "abs" => Unary::Abs,
        "signum" => Unary::Signum,
        "floor" => Unary::Floor,
        "ceil" => Unary::Ceil,
        "round" => Unary::Round,
        "round_ties_even" => Unary::RoundTiesEven,
        "trunc" => Unary::Trunc,
        "fract" => Unary::Fract,
        "to_degrees" => Unary::ToDegrees,
        "to_radians" => Unary::ToRadians,
        _ => return None,
    })
}

pub(super) fn binary(name: &str) -> Option<Binary> {
    Some(match name {
        "powf" => Binary::Powf,
        "powi" => Binary::Powi,
        "log" => Binary::Log,
        "atan2" => Binary::Atan2,
        "hypot" => Binary::Hypot,
        "copysign" => Binary::Copysign,
        "max" => Binary::Max,
        "min" => Binary::Min,
        "rem_euclid" => Binary::RemEuclid,
        "div_euclid" => Binary::DivEuclid,
        _ => return None,
    })
}

pub(super) fn predicate(name: &str) -> Option<Predicate> {
    Some(match name {
        "is_nan" => Predicate::IsNan,
        "is_infinite" => Predicate::IsInfinite,
        "is_finite" => Predicate::IsFinite,
        "is_normal" => Predicate::IsNormal,
        "is_sign_negative" => Predicate::IsSignNegative,
        "is_sign_positive" => Predicate::IsSignPositive,
        _ => return None,
    })
}

/// Whether a float has this method and it gives real numbers.
pub(super) fn is_real_method(name: &str) -> bool {
    unary(name).is_some() || binary(name).is_some() || ["mul_add", "clamp", "sin_cos"].contains(&name)
}

/// Whether a float has a method of this name itself, which comes before that of any trait.
pub(super) fn is_inherent(name: &str) -> bool {
    const OTHERS: [&str; 12] = [
        "classify",
        "from_bits",
        "midpoint",
        "next_down",
        "next_up",
        "to_be_bytes",
        "to_bits",
        "to_int_unchecked",
        "to_le_bytes",
        "to_ne_bytes",
        "total_cmp",
        "is_subnormal",
    ];
    is_real_method(name) || predicate(name).is_some() || OTHERS.contains(&name)
}

/// Methods that only floats have: what they are called on is a real number.
pub(super) fn is_float_only(name: &str) -> bool {
    let shared = ["abs", "signum", "max", "min", "rem_euclid", "div_euclid", "clamp", "copysign", "log"];
    is_real_method(name) && !shared.contains(&name)
}

/// Methods of integers, and whether they give an integer.
pub(super) fn int_method(name: &str) -> Option<bool> {
    const INTS: [&str; 34] = [
        "pow",
        "abs",
        "min",
        "max",
        "clamp",
        "abs_diff",
        "signum",
        "rem_euclid",
        "div_euclid",
        "div_ceil",
        "saturating_sub",
        "saturating_add",
        "saturating_mul",
        "wrapping_add",
        "wrapping_sub",
        "wrapping_mul",
        "wrapping_neg",
        "isqrt",
        "ilog2",
        "ilog10",
        "count_ones",
        "leading_zeros",
        "trailing_zeros",
        "swap_bytes",
        "rotate_left",
        "rotate_right",
        "next_power_of_two",
        "unsigned_abs",
        "clone",
        "to_owned",
        "next_multiple_of",
        "wrapping_shl",
        "wrapping_shr",
        "reverse_bits",
    ];
    const BOOLS: [&str; 3] = ["is_power_of_two", "is_positive", "is_negative"];
    if INTS.contains(&name) { Some(true) } else { BOOLS.contains(&name).then_some(false) }
}

/// Whether a method of the standard library changes nothing and gives the same each time, by its name. Without an argument `get`
/// and `take` are methods of a `Cell`, which may hold something else the next time; `exp` with one is no method of a number.
pub(super) fn is_pure_method(call: &ExprMethodCall) -> bool {
    let name = call.method.to_string();
    let of_cell = call.args.is_empty() && (name == "get" || name == "take");
    let most = if unary(&name).is_some() {
        0
    } else if binary(&name).is_some() {
        1
    } else {
        usize::MAX
    };
    !of_cell && call.args.len() <= most && is_pure_method_name(&name)
}

fn is_pure_method_name(name: &str) -> bool {
    const PURE: [&str; 37] = [
        "len",
        "is_empty",
        "as_slice",
        "as_ref",
        "as_deref",
        "as_str",
        "clone",
        "cloned",
        "copied",
        "to_vec",
        "to_owned",
        "unwrap",
        "expect",
        "unwrap_or",
        "unwrap_or_default",
        "is_some",
        "is_none",
        "is_ok",
        "is_err",
        "eq",
        "ne",
        "cmp",
        "partial_cmp",
        "total_cmp",
        "lt",
        "le",
        "gt",
        "ge",
        "starts_with",
        "ends_with",
        "to_bits",
        "not",
        "neg",
        "nrows",
        "ncols",
        "ok",
        "is_positive",
    ];
    PURE.contains(&name)
        || may_have_state(name)
        || is_real_method(name)
        || predicate(name).is_some()
        || int_method(name).is_some()
}

/// Whether a method that changes nothing of a slice or a string may be one of a type that holds a state: of an iterator, a
/// channel, a source of numbers.
pub(super) fn may_have_state(name: &str) -> bool {
    const ACCESS: [&str; 28] = [
        "iter",
        "into_iter",
        "get",
        "first",
        "last",
        "nth",
        "take",
        "skip",
        "step_by",
        "zip",
        "enumerate",
        "chain",
        "rev",
        "collect",
        "sum",
        "product",
        "count",
        "contains",
        "windows",
        "chunks",
        "chunks_exact",
        "rchunks",
        "rchunks_exact",
        "split_at",
        "keys",
        "values",
        "bytes",
        "chars",
    ];
    ACCESS.contains(&name)
}

/// Whether a method of iterators and `Option`s changes nothing itself, and applies a closure.
pub(super) fn applies_a_closure(name: &str) -> bool {
    const APPLY: [&str; 24] = [
        "map",
        "filter",
        "filter_map",
        "flat_map",
        "take_while",
        "skip_while",
        "map_while",
        "any",
        "all",
        "position",
        "rposition",
        "find",
        "find_map",
        "fold",
        "min_by",
        "max_by",
        "min_by_key",
        "max_by_key",
        "map_or",
        "map_or_else",
        "and_then",
        "is_some_and",
        "is_none_or",
        "unwrap_or_else",
    ];
    APPLY.contains(&name)
}

/// Whether a method of the standard library takes its receiver by value: a variable that it is called on again and again is
/// a copy each time.
pub(super) fn takes_whole(call: &ExprMethodCall) -> bool {
    const WHOLE: [&str; 15] = [
        "map",
        "map_or",
        "map_or_else",
        "and_then",
        "or",
        "or_else",
        "xor",
        "filter",
        "flatten",
        "is_some_and",
        "is_none_or",
        "is_ok_and",
        "unwrap_or_else",
        "ok_or",
        "ok_or_else",
    ];
    WHOLE.iter().any(|name| call.method == name)
}

/// Calls that change nothing: constructors, conversions, functions of primitive types.
pub(super) fn is_pure_call(call: &ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else {
        return false;
    };
    let segments = &path.path.segments;
    let last = segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    let owner = segments.iter().rev().nth(1).map(|segment| segment.ident.to_string()).unwrap_or_default();
    let is_of_numbers = ["f64", "f32"].contains(&owner.as_str()) || super::types::is_integer(&owner);
    last.starts_with(char::is_uppercase) || is_of_numbers && is_function_of_numbers(&last)
}

/// A method of numbers, or another function that stands in their own `impl`s. A trait may give them others.
fn is_function_of_numbers(name: &str) -> bool {
    const OTHERS: [&str; 8] = [
        "from",
        "try_from",
        "from_bits",
        "from_str_radix",
        "from_be_bytes",
        "from_le_bytes",
        "from_str",
        "default",
    ];
    OTHERS.contains(&name) || is_pure_method_name(name) && !may_have_state(name)
}

/// Functions without arguments that float traits have.
pub(super) fn is_scalar_constant(name: &str) -> bool {
    const CONSTANTS: [&str; 18] = [
        "zero",
        "one",
        "infinity",
        "neg_infinity",
        "nan",
        "epsilon",
        "max_value",
        "min_value",
        "min_positive_value",
        "neg_zero",
        "pi",
        "two_pi",
        "frac_pi_2",
        "e",
        "from_f64",
        "from_f32",
        "from_usize",
        "default",
    ];
    CONSTANTS.contains(&name)
        || (name.len() > 1 && name.chars().all(|c| c.is_uppercase() || c == '_' || c.is_numeric()))
}

pub(super) fn is_pure_macro(name: &str) -> bool {
    ["vec", "matches", "concat", "stringify", "line", "file"].contains(&name)
}

pub(super) fn is_format_macro(name: &str) -> bool {
    is_effect_macro(name) || is_panic_macro(name) || name == "format"
}

/// Macros that are statements: asserts and prints.
pub(super) fn is_effect_macro(name: &str) -> bool {
    const EFFECTS: [&str; 12] = [
        "assert",
        "assert_eq",
        "assert_ne",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "print",
        "println",
        "eprint",
        "eprintln",
        "write",
        "writeln",
    ];
    EFFECTS.contains(&name)
}

pub(super) fn is_panic_macro(name: &str) -> bool {
    ["panic", "unreachable", "todo", "unimplemented"].contains(&name)
}
