//! A place to which a loop only adds is a variable while the loop runs, also if it adds to other places of the array.
//!
//! ```text
//! for j in lo..hi {                 let mut sum = 0.0;
//!     let k = 3 * i;                for j in lo..hi { sum += a; g[3 * j] -= a; }
//!     g[k] += a;            →       if lo < hi {
//!     g[3 * j] -= a;                    let k = 3 * i;
//! }                                     g[k] += sum;
//!                                   }
//! ```

use super::facts::Facts;
use super::walk::{each_block, each_block_mut, leaves_mut};
use crate::ir::{
    Atom, Block, Carried, Compare, Func, Head, Kind, Loop, Name, Op, Place, Rewrite, Slice, Stmt, Term,
    Touch, Update, Var, VarId, VarMap, VarSet, declare, each_name_in, rewrite_stmt,
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
    let steady = Steady::of(l, vars);
    let found = accumulations(l, exact, &steady);
    if found.is_empty() || leaves_function(&l.body) {
        return Vec::new();
    }
    let mut after = steady.again(&found, vars);
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
        let place = after.place(place);
        after.stmts.push(Stmt::Store { place, value: Atom::Var(result), update: Update::Add });
    }
    // Without an iteration the place need not exist.
    let ran = declare(vars, Var::temporary(Kind::Bool, span));
    let how = if inclusive { Compare::Le } else { Compare::Lt };
    vec![Stmt::Let { var: ran, op: Op::Compare(how, lo, hi) }, Stmt::run_if(ran, after.stmts)]
}

/// What is the same in all iterations of a loop.
struct Steady {
    /// What is not.
    inside: VarSet,
    /// Integers that each iteration computes from what is the same.
    indices: Vec<(VarId, Op)>,
}

impl Steady {
    fn of(l: &Loop, vars: &[Var]) -> Steady {
        let mut inside = l.inside();
        let mut indices = Vec::new();
        for stmt in &l.body.stmts {
            if let Stmt::Let { var, op: op @ (Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b)) } = stmt
                && vars[var.0 as usize].kind == Kind::Int
                && [a, b].into_iter().filter_map(Atom::var).all(|operand| !inside.contains(operand))
            {
                inside.remove(*var);
                indices.push((*var, op.clone()));
            }
        }
        Steady { inside, indices }
    }

    fn has(&self, place: &Place) -> bool {
        !self.inside.contains(place.base)
            && place.path.iter().filter_map(Atom::var).all(|var| !self.inside.contains(var))
    }

    /// Computes the indices of the places once more, behind a loop that had an iteration.
    fn again(&self, places: &[(usize, Place)], vars: &mut Vec<Var>) -> After {
        let mut asked: VarSet =
            places.iter().flat_map(|(_, place)| &place.path).filter_map(Atom::var).collect();
        for (var, op) in self.indices.iter().rev() {
            if asked.contains(*var) {
                asked.extend(op.operands().iter().filter_map(Atom::var));
            }
        }
        let mut after = After { names: VarMap::default(), stmts: Vec::new() };
        for (var, op) in self.indices.iter().filter(|(var, _)| asked.contains(*var)) {
            let again = declare(vars, vars[var.0 as usize].clone());
            let mut stmt = Stmt::Let { var: again, op: op.clone() };
            rewrite_stmt(&mut after, &mut stmt);
            after.stmts.push(stmt);
            after.names.insert(*var, again);
        }
        after
    }
}

/// What stands behind a loop, where variables of its body have other names.
struct After {
    names: VarMap<VarId>,
    stmts: Vec<Stmt>,
}

impl After {
    fn place(&mut self, mut place: Place) -> Place {
        place.path.iter_mut().for_each(|index| self.atom(index));
        place
    }
}

impl Rewrite for After {
    fn atom(&mut self, atom: &mut Atom) {
        if let Atom::Var(var) = atom
            && let Some(again) = self.names.get(*var)
        {
            *var = *again;
        }
    }

    fn array(&mut self, _: &mut VarId, _: Touch) {}

    fn def(&mut self, _: &mut VarId) {}
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

/// Where the body adds to a place that is the same in all iterations, of an array to which the loop only adds.
fn accumulations(l: &Loop, exact: &VarSet, steady: &Steady) -> Vec<(usize, Place)> {
    let mut touches: VarMap<usize> = VarMap::default();
    each_name_in(&l.body, |name| {
        if let Name::Array(array, _) = name {
            *touches.slot(array) += 1;
        }
    });
    let mut additions: VarMap<usize> = VarMap::default();
    each_block(&l.body, &mut |block| {
        for stmt in &block.stmts {
            if let Stmt::Store { place: Place { base, .. }, update: Update::Add, .. }
            | Stmt::AddSlice { dst: Slice { base, .. }, .. } = stmt
            {
                *additions.slot(*base) += 1;
            }
        }
    });
    let mut found: Vec<(usize, Place)> = Vec::new();
    for (at, stmt) in l.body.stmts.iter().enumerate() {
        if let Stmt::Store { place, update: Update::Add, .. } = stmt
            && steady.has(place)
            && !exact.contains(place.base)
            && touches.get(place.base) == additions.get(place.base)
        {
            found.push((at, place.clone()));
        }
    }
    let count = |array: VarId| found.iter().filter(|(_, place)| place.base == array).count();
    found.iter().filter(|(_, place)| count(place.base) <= MOST).cloned().collect()
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
