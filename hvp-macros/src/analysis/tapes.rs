//! What the iterations of loops leave on tapes for the reverse sweep.

use super::outlines::Outlines;
use crate::ir::{Block, Func, Head, Kind, Loop, Operand, Stmt, Term, VarId};

/// What one iteration of a loop records at most, inner loops apart.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    /// The counter, if the loop has one.
    pub(crate) counter: Option<VarId>,
    pub(crate) scalars: usize,
    pub(crate) arrays: Vec<VarId>,
    /// Calls whose forward sweep keeps something.
    pub(crate) calls: usize,
}

/// One entry for each loop that records, outer ones first; `None` for a function without loops.
pub(crate) fn of_loops(func: &Func) -> Option<Vec<Recorded>> {
    let mut found = None;
    in_block(func, &Outlines::find(func), &func.body, &mut found);
    found
}

fn in_block(func: &Func, outlines: &Outlines, block: &Block, found: &mut Option<Vec<Recorded>>) {
    for stmt in &block.stmts {
        if let Stmt::Loop(l) = stmt {
            let recorded = of_iteration(func, outlines, l);
            let found = found.get_or_insert_default();
            if recorded.scalars + recorded.arrays.len() + recorded.calls > 0 {
                found.push(recorded);
            }
        }
        stmt.blocks().into_iter().for_each(|inner| in_block(func, outlines, inner, found));
    }
    if let Term::Branch(branch) = &block.term {
        branch.blocks().into_iter().for_each(|inner| in_block(func, outlines, inner, found));
    }
}

fn of_iteration(func: &Func, outlines: &Outlines, l: &Loop) -> Recorded {
    let mut recorded = of_block(func, outlines, &l.body);
    recorded.counter = match &l.head {
        Head::Range { var, .. } => Some(*var),
        Head::Forever => None,
    };
    recorded
}

fn of_block(func: &Func, outlines: &Outlines, block: &Block) -> Recorded {
    let mut recorded = Recorded::default();
    for stmt in &block.stmts {
        if let Stmt::Push { tape, values } = stmt {
            let contents = values.iter().enumerate().filter(|(index, _)| !outlines.has(*tape, *index));
            contents.for_each(|(_, value)| recorded.count(func, value));
        } else if let Stmt::Branch { branch, .. } = stmt {
            recorded.add(most(func, outlines, branch.blocks()));
        }
    }
    if let Term::Branch(branch) = &block.term {
        recorded.add(most(func, outlines, branch.blocks()));
    }
    recorded
}

/// The arm that records most.
fn most(func: &Func, outlines: &Outlines, arms: Vec<&Block>) -> Recorded {
    let arms = arms.into_iter().map(|arm| of_block(func, outlines, arm));
    arms.max_by_key(|arm| (arm.arrays.len(), arm.calls, arm.scalars)).unwrap_or_default()
}

impl Recorded {
    fn count(&mut self, func: &Func, value: &Operand) {
        match value {
            Operand::Array(slice) => self.arrays.push(slice.base),
            Operand::Atom(atom) => match func.atom_kind(atom) {
                Kind::Array(_) => self.arrays.extend(atom.var()),
                Kind::Pullback => self.calls += 1,
                Kind::Real
                | Kind::Tangent
                | Kind::Int
                | Kind::Bool
                | Kind::Opaque
                | Kind::Tuple(_)
                | Kind::Tape => {
                    self.scalars += 1;
                }
            },
        }
    }

    fn add(&mut self, other: Recorded) {
        self.scalars += other.scalars;
        self.arrays.extend(other.arrays);
        self.calls += other.calls;
    }
}

#[cfg(test)]
mod tests {
    use super::of_loops;
    use crate::ir::parse;

    #[test]
    fn an_iteration_records_what_its_dearest_arm_pushes() {
        let func = parse(
            "fn f
               %0 x: Array(Real) [param 0] differentiated
               gives
               tape %1 tape: Tape
               %2 n: Int = len(%0)
               @0 for %3 i: Int in 0..%2
                 %4 t: Real = load %0[%3]
                 push %1 <- %4
                 %5 c: Bool = Lt(%4, 0.0)
                 if %5
                 arm
                   push %1 <- %4, %4
                   yield
                 arm
                   push %1 <- %4
                   yield
                 continue @0
               return",
        );
        let loops = of_loops(&func).expect("a loop");
        assert_eq!(loops.iter().map(|recorded| recorded.scalars).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_loop_that_records_nothing_is_not_listed() {
        let text = "fn f
               %0 x: Array(Real) [param 0] differentiated
               gives
               %1 n: Int = len(%0)
               @0 for %2 i: Int in 0..%1
                 continue @0
               return";
        assert!(of_loops(&parse(text)).expect("a loop").is_empty());
        assert!(of_loops(&parse("fn f\n gives\n return")).is_none());
    }
}
