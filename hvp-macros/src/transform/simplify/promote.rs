//! A place to which a loop only adds is a variable while the loop runs.
//!
//! ```text
//! for j in lo..hi {                 let mut sum = 0.0;
//!     g[i] += a;            →       for j in lo..hi { sum += a; }
//! }                                 if lo < hi { g[i] += sum; }
//! ```

use super::facts::Facts;
use super::walk::{each_block, each_block_mut, leaves_mut};
use crate::ir::{
    Atom, Block, Carried, Compare, Func, Head, Kind, Loop, Name, Op, Place, Stmt, Term, Update, Var, VarId,
    VarMap, VarSet, declare, each_name_in,
};

pub(super) fn promote(func: &mut Func, facts: &mut Facts) -> bool {
    let exact = facts.exact(func);
    let n_vars = func.vars.len();
    let mut vars = std::mem::take(&mut func.vars);
    each_block_mut(&mut func.body, &mut |block| {
        let mut out = Vec::new();
        for stmt in std::mem::take(&mut block.stmts) {
            let Stmt::Loop(mut l) = stmt else {
                out.push(stmt);
                continue;
            };
            let after = in_loop(&mut l, &exact, &mut vars);
            out.push(Stmt::Loop(l));
            out.extend(after);
        }
        block.stmts = out;
    });
    func.vars = vars;
    func.vars.len() > n_vars
}

/// Takes the accumulations out of `l`; gives what comes after it.
fn in_loop(l: &mut Loop, exact: &VarSet, vars: &mut Vec<Var>) -> Vec<Stmt> {
    let Head::Range { lo, hi, inclusive, .. } = l.head.clone() else {
        return Vec::new();
    };
    let found = accumulations(l, exact);
    if found.is_empty() || leaves_function(&l.body) {
        return Vec::new();
    }
    let mut stores = Vec::new();
    let span = vars[found[0].1.base.0 as usize].span;
    for (at, place) in found {
        let Var { name, kind, span, .. } = vars[place.base.0 as usize].clone();
        let kind = kind.scalar().clone();
        let name = sum_name(&name, &place, vars);
        let mut variable = |name: String, named| {
            declare(vars, Var { name, kind: kind.clone(), named, span, element: false })
        };
        let [param, result] = [(); 2].map(|()| variable(name.clone(), true));
        let sum = variable("t".to_owned(), false);
        if let Stmt::Store { value, .. } = &l.body.stmts[at] {
            let op = Op::Add(Atom::Var(param), value.clone());
            l.body.stmts[at] = Stmt::Let { var: sum, op };
        }
        l.carried.push(Carried { param, init: Atom::zero(&kind), result });
        for values in leaves_mut(&mut l.body, Some(l.id)) {
            values.push(Atom::Var(sum));
        }
        stores.push(Stmt::Store { place, value: Atom::Var(result), update: Update::Add });
    }
    // Without an iteration the place need not exist.
    let ran = declare(vars, Var::temporary(Kind::Bool, span));
    let how = if inclusive { Compare::Le } else { Compare::Lt };
    vec![Stmt::Let { var: ran, op: Op::Compare(how, lo, hi) }, Stmt::run_if(ran, stores)]
}

/// `g_i` for `g[i]`, if the index has a name; `g_1` for `g[1]`.
fn sum_name(array: &str, place: &Place, vars: &[Var]) -> String {
    if let Some(Atom::Int(literal)) = place.path.last() {
        return format!("{array}_{literal}");
    }
    let index = place.path.last().and_then(Atom::var).map(|var| &vars[var.0 as usize]);
    match index.filter(|index| index.named) {
        Some(index) => format!("{array}_{}", index.name),
        None => format!("{array}_sum"),
    }
}

/// Where the body adds to a place that is the same in all iterations, and does nothing else with the array but add to other such
/// places.
fn accumulations(l: &Loop, exact: &VarSet) -> Vec<(usize, Place)> {
    let mut inside = VarSet::default();
    if let Head::Range { var, .. } = &l.head {
        inside.insert(*var);
    }
    inside.extend(l.carried.iter().map(|item| item.param));
    let mut touches: VarMap<usize> = VarMap::default();
    each_name_in(&l.body, |name| match name {
        Name::Def(var) => {
            inside.insert(var);
        }
        Name::Array(array, _) => *touches.slot(array) += 1,
        Name::Use(_) => {}
    });
    let mut found: Vec<(usize, Place)> = Vec::new();
    for (at, stmt) in l.body.stmts.iter().enumerate() {
        let Stmt::Store { place, update: Update::Add, .. } = stmt else {
            continue;
        };
        let mut stays = !inside.contains(place.base) && !exact.contains(place.base);
        stays &= place.path.iter().filter_map(Atom::var).all(|var| !inside.contains(var));
        if stays {
            found.push((at, place.clone()));
        }
    }
    let count = |array: VarId| found.iter().filter(|(_, place)| place.base == array).count();
    let is_only =
        |place: &Place| count(place.base) <= MOST && touches.get(place.base) == Some(&count(place.base));
    found.iter().filter(|(_, place)| is_only(place)).cloned().collect()
}

/// Places of one array that are sums at once at most.
const MOST: usize = 8;

fn leaves_function(body: &Block) -> bool {
    let mut leaves = false;
    each_block(body, &mut |block| {
        leaves |= matches!(block.term, Term::Escape(_) | Term::Panic(_) | Term::Return(_));
        leaves |= block.stmts.iter().any(|stmt| matches!(stmt, Stmt::Call(call) if call.leaves()));
    });
    leaves
}
