//! What the speed of the benchmarks depends on, in what is made of their own sources.

use std::path::Path;

use syn::{Item, Meta};

use crate::diag::Diag;
use crate::emit::Derived;
use crate::ir::Func;
use crate::{attr, driver};

/// All that is made of the function `name` in a file of the benchmarks.
fn derived(file: &str, name: &str) -> Derived {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/src").join(file);
    let text = std::fs::read_to_string(path).expect("a benchmark");
    let items = syn::parse_file(&text).expect("a benchmark that builds").items;
    let function = items.into_iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == name => Some(function),
        _ => None,
    });
    let mut function = function.expect("a function of the benchmark");
    let own = function.attrs.iter().position(|attr| attr.path().is_ident("differentiable"));
    let options = match function.attrs.remove(own.expect("its attribute")).meta {
        Meta::List(list) => list.tokens,
        Meta::Path(_) | Meta::NameValue(_) => proc_macro2::TokenStream::new(),
    };
    let mut diag = Diag::new();
    let options = attr::parse(options, &mut diag);
    driver::derive(&function, &options, &mut diag).expect("a function that is understood").1
}

/// How many lines of the printed form have `what` in them.
fn count(func: Option<&Func>, what: &str) -> usize {
    func.expect("a derivative that is asked for")
        .to_string()
        .lines()
        .filter(|line| line.contains(what))
        .count()
}

#[test]
fn jacobians_of_fits_come_by_rows() {
    for (file, name) in
        [("decay.rs", "misfits"), ("peaks.rs", "misfits"), ("arm.rs", "hand"), ("lens.rs", "error")]
    {
        let derived = derived(&format!("fits/{file}"), name);
        assert!(derived.jacobian.is_some(), "{file}");
        assert_eq!(count(derived.jacobian.as_ref(), "tape "), 0, "{file} records");
    }
}

/// Of each benchmark's gradient: how many of its loops at least add up in strips, and how many tapes it has at most; and whether
/// its Hessian-vector product is linearised.
const GRADIENTS: &[(&str, &str, usize, usize, bool)] = &[
    ("adjustment", "misfit", 0, 0, false),
    ("black_scholes", "mispricing", 0, 0, true),
    ("brusselator", "distance", 1, 3, true),
    ("burgers", "distance", 0, 2, true),
    ("clusters", "scatter", 1, 1, true),
    ("logistic", "deviance", 3, 0, true),
    ("lotka_volterra", "misfit", 0, 2, false),
    ("mixture", "likelihood", 5, 7, false),
    ("perceptron", "loss", 3, 1, false),
    ("recurrent", "loss", 8, 3, false),
    ("rosenbrock", "valley", 0, 0, false),
];

#[test]
fn gradients_of_workloads_add_up_in_strips_and_record_little() {
    for (file, name, strips, tapes, linear) in GRADIENTS {
        let derived = derived(&format!("workloads/{file}.rs"), name);
        assert!(count(derived.grad.as_ref(), " in strips") >= *strips, "{file}: fewer strips");
        let recorded = count(derived.grad.as_ref(), "  tape ");
        assert!(recorded <= *tapes, "{file}: {recorded} tapes");
        assert_eq!(derived.linear.is_some(), *linear, "{file}: linearised");
    }
}

/// Of the loops of the gradient only that over the steps still runs from the last iteration to the first: those over the cells, also
/// where they multiply with constants that have names, have become one for each place.
#[test]
fn the_adjoint_of_a_stencil_is_distributed() {
    let derived = derived("workloads/burgers.rs", "distance");
    assert_eq!(count(derived.grad.as_ref(), " rev"), 1);
}

#[test]
fn weights_that_are_read_once_leave_the_product_of_a_fit_in_strips() {
    let derived = derived("fits/decay.rs", "misfits");
    assert_eq!(count(derived.vjp.as_ref(), " in strips"), 1);
}
