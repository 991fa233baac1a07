//! Small local arrays become numbers.
//!
//! ```text
//! let mut u = [a, b];                              let mut u_0 = a; let mut u_1 = b;
//! for j in 0..2 { u[j] += h * k[j]; }         →    u_0 += h * k_0; u_1 += h * k_1;
//! ```
//!
//! Numbers are carried, recorded and repeated one by one, their sums are collected, and no adjoint begins as a zero in memory. An
//! array fits if every index into it is known; loops of few iterations that go through such arrays are written out for that.

mod fit;
mod replace;
#[cfg(test)]
mod tests;
mod unroll;

use std::collections::{BTreeMap, BTreeSet};

use self::fit::Fit;
use self::replace::Replace;
use self::unroll::WrittenOut;
use crate::ir::{Atom, Elem, Func, Init, Kind, Len, Op, Slice, Stmt, VarId, any_stmt};

/// An array of more numbers stays an array.
const NUMBERS: usize = 9;

/// How many elements an array has in each dimension.
type Shapes = BTreeMap<VarId, Vec<usize>>;

/// `func`, in slot form, with numbers for all arrays that fit.
pub(crate) fn numbers(func: Func) -> Func {
    let mut small: BTreeSet<VarId> = shapes(&func, &integers(&func)).into_keys().collect();
    while !small.is_empty() {
        let mut written_out =
            WrittenOut { func: func.clone(), small: small.clone(), originals: BTreeMap::new() };
        while written_out.pass() {}
        let WrittenOut { func: mut out, originals, .. } = written_out;
        let known = integers(&out);
        let shapes = shapes(&out, &known);
        let original = |array: &VarId| originals.get(array).copied().unwrap_or(*array);
        let fitting = Fit::of(&out, &known, &shapes);
        let unfit = |array: &VarId| small.contains(&original(array)) && !fitting.contains(array);
        let unfit: BTreeSet<VarId> = shapes.keys().filter(|array| unfit(array)).map(original).collect();
        if unfit.is_empty() {
            let shapes = shapes.into_iter().filter(|(array, _)| small.contains(&original(array))).collect();
            Replace::new(&mut out, known, shapes).all();
            return out;
        }
        small.retain(|array| !unfit.contains(array));
    }
    func
}

/// The integers that are known.
fn integers(func: &Func) -> BTreeMap<VarId, usize> {
    let mut assigned = BTreeSet::new();
    any_stmt(&func.body, &mut |stmt| {
        assigned.extend(stmt.assigned());
        false
    });
    let mut known = BTreeMap::new();
    any_stmt(&func.body, &mut |stmt| {
        if let Stmt::Let { var, op } = stmt
            && *func.kind(*var) == Kind::Int
            && !assigned.contains(var)
        {
            let of = |atom: &Atom| value(atom, &known);
            let result = match op {
                Op::Copy(a) => of(a),
                Op::Add(a, b) => of(a).zip(of(b)).and_then(|(a, b)| a.checked_add(b)),
                Op::Sub(a, b) => of(a).zip(of(b)).and_then(|(a, b)| a.checked_sub(b)),
                Op::Mul(a, b) => of(a).zip(of(b)).and_then(|(a, b)| a.checked_mul(b)),
                _ => None,
            };
            known.extend(result.map(|result| (*var, result)));
        }
        false
    });
    known
}

fn value(atom: &Atom, known: &BTreeMap<VarId, usize>) -> Option<usize> {
    match atom.var() {
        Some(var) => known.get(&var).copied(),
        None => usize::try_from(atom.integer()?).ok(),
    }
}

/// The local arrays of few real numbers, each made in one place.
fn shapes(func: &Func, known: &BTreeMap<VarId, usize>) -> Shapes {
    let mut shapes = Shapes::new();
    let mut made = BTreeMap::new();
    any_stmt(&func.body, &mut |stmt| {
        if let Stmt::Alloc { var, init } = stmt {
            *made.entry(*var).or_insert(0) += 1;
            let shape = shape(init, known, &shapes).filter(|shape| {
                let count = shape.iter().try_fold(1_usize, |count, len| count.checked_mul(*len));
                count.is_some_and(|count| count <= NUMBERS)
                    && *func.kind(*var).element(shape.len()) == Kind::Real
            });
            shapes.extend(shape.map(|shape| (*var, shape)));
        }
        false
    });
    shapes.retain(|array, _| made[array] == 1);
    shapes
}

fn shape(init: &Init, known: &BTreeMap<VarId, usize>, shapes: &Shapes) -> Option<Vec<usize>> {
    let of = |elem: &Elem| match elem {
        Elem::Atom(_) => Some(Vec::new()),
        Elem::Array(init) => shape(init, known, shapes),
    };
    let (len, element) = match init {
        Init::List { elems, .. } => {
            let first = of(elems.first()?)?;
            (elems.len(), elems.iter().all(|elem| of(elem).as_ref() == Some(&first)).then_some(first)?)
        }
        Init::Repeat { value: elem, len: Len::Value(len), .. } => (value(len, known)?, of(elem)?),
        Init::CopyOf(slice) => return part(slice, known, shapes).map(|(shape, _)| shape.to_vec()),
        Init::Repeat { len: Len::Const(_), .. } | Init::ZerosLike(_) | Init::Empty(_) => return None,
    };
    Some([vec![len], element].concat())
}

/// The shape of a whole array or row, and the place of its first number among those of the array.
fn part<'s>(
    slice: &Slice,
    known: &BTreeMap<VarId, usize>,
    shapes: &'s Shapes,
) -> Option<(&'s [usize], usize)> {
    let shape = shapes.get(&slice.base).filter(|_| slice.range.is_none())?;
    let first = position(&slice.path, shape, known)?;
    Some((&shape[slice.path.len()..], first))
}

/// The place of the first number at `path` in an array of this shape.
fn position(path: &[Atom], shape: &[usize], known: &BTreeMap<VarId, usize>) -> Option<usize> {
    let mut first = 0;
    for (at, index) in path.iter().enumerate() {
        let index = value(index, known).filter(|index| index < &shape[at])?;
        first += index * shape[at + 1..].iter().product::<usize>();
    }
    Some(first)
}
