//! Functions, blocks and statements.

use super::{Atom, Fragment, Kind, Name, Op, Opaque, Operand, Place, Slice, VarSet, each_name_in};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VarId(pub(crate) u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LoopId(pub(crate) u32);

/// The number of a source position in the front end's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SpanId(pub(crate) u32);

#[derive(Clone, Debug)]
pub(crate) struct Var {
    /// The name to print: the user's identifier, one made from it (`x_bar`, `x_dot`), or `t`.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The user (or a pass that wants the name seen) gave this name; the emitter keeps a `let` for it.
    pub(crate) named: bool,
    pub(crate) span: SpanId,
    /// It stands for an element of an array: what memory holds is taken to be finite.
    pub(crate) element: bool,
}

impl Var {
    /// One that the emitter may do without.
    pub(crate) fn temporary(kind: Kind, span: SpanId) -> Var {
        Var { name: "t".to_owned(), kind, named: false, span, element: false }
    }

    pub(crate) fn named(name: impl Into<String>, kind: Kind, span: SpanId) -> Var {
        Var { name: name.into(), kind, named: true, span, element: false }
    }
}

/// What a parameter or a result of a derived function is: the primal of something, its adjoint (`bar`), its tangent (`dot`)
/// or the tangent of its adjoint (both).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Role {
    pub(crate) what: What,
    pub(crate) bar: bool,
    pub(crate) dot: bool,
}

impl Role {
    pub(crate) fn primal(what: What) -> Role {
        Role { what, bar: false, dot: false }
    }
}

/// The `usize` counts the user's parameters, or the components of the user's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum What {
    Param(usize),
    Result(usize),
    /// What a linearised function records, in the order in which its products read it: the reals (0), the Booleans (1).
    /// The record is written as a `Vec` and read as a tape.
    Record(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) var: VarId,
    pub(crate) role: Role,
    /// Differentiated: a real parameter that the attribute chose. Only primal parameters are asked.
    pub(crate) differentiated: bool,
    /// Passed as `&mut`: written for the caller to see.
    pub(crate) mutable: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Func {
    pub(crate) name: String,
    pub(crate) vars: Vec<Var>,
    pub(crate) params: Vec<Param>,
    /// What a [`Term::Return`] returns, in order: scalars, or local arrays by value.
    pub(crate) results: Vec<Role>,
    pub(crate) body: Block,
    pub(crate) n_loops: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) stmts: Vec<Stmt>,
    pub(crate) term: Term,
}

impl Block {
    /// The arm of a branch that gives `values`.
    pub(crate) fn yielding(stmts: Vec<Stmt>, values: Vec<Atom>) -> Block {
        Block { stmts, term: Term::Yield(values) }
    }
}

/// An arm that does nothing.
impl Default for Block {
    fn default() -> Block {
        Block::yielding(Vec::new(), Vec::new())
    }
}

/// How a block ends.
#[derive(Clone, Debug)]
pub(crate) enum Term {
    /// The end of an arm: its values are the branch's results (none in slot form).
    Yield(Vec<Atom>),
    /// The next iteration, with these values of the carried variables (none in slot form).
    Continue(LoopId, Vec<Atom>),
    /// The end of the loop, with these final values of the carried variables (none in slot form).
    Break(LoopId, Vec<Atom>),
    /// The end of the function; an array atom is a local array or parameter, returned by value.
    Return(Vec<Atom>),
    /// Value form only: the block goes on in one of the arms.
    Branch(Branch),
    /// `return` of something without a real number in it (`Err(e)`, `None`), as it stands.
    Escape(Opaque),
    /// A diverging expression, such as `panic!(…)`.
    Panic(Opaque),
}

/// A choice between arms. `on` a Boolean there are two arms, then and else, without patterns.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) on: Selector,
    pub(crate) arms: Vec<Arm>,
}

impl Branch {
    /// Whether what it looks at may be another thing the second time, or be changed by the look.
    pub(crate) fn asks_once(&self) -> bool {
        match &self.on {
            Selector::Match(scrutinee) => !scrutinee.repeatable,
            Selector::Bool(_) => false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Selector {
    Bool(Atom),
    /// `match` of a passive scrutinee.
    Match(Opaque),
}

#[derive(Clone, Debug)]
pub(crate) struct Arm {
    pub(crate) pattern: Option<Pattern>,
    pub(crate) body: Block,
}

/// A pattern as the user wrote it, the variables that it binds (under the user's own identifiers), and a guard that yields
/// one Boolean.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) code: Fragment,
    pub(crate) binds: Vec<VarId>,
    pub(crate) guard: Option<Block>,
}

/// A value that an iteration hands to the next.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    pub(crate) param: VarId,
    pub(crate) init: Atom,
    pub(crate) result: VarId,
}

#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) id: LoopId,
    pub(crate) head: Head,
    pub(crate) carried: Vec<Carried>,
    pub(crate) body: Block,
    /// How the loop goes through memory; `transform::windows` fills it in, and the emitter alone reads it.
    pub(crate) path: Path,
}

impl Loop {
    /// A loop of which nothing is known but what it does.
    pub(crate) fn new(id: LoopId, head: Head, carried: Vec<Carried>, body: Block) -> Loop {
        Loop { id, head, carried, body, path: Path::default() }
    }

    /// The variables that may have another value in each iteration.
    pub(crate) fn inside(&self) -> VarSet {
        let mut inside: VarSet = self.carried.iter().map(|item| item.param).collect();
        if let Head::Range { var, .. } = &self.head {
            inside.insert(*var);
        }
        each_name_in(&self.body, |name| {
            if let Name::Def(var) = name {
                inside.insert(var);
            }
        });
        inside
    }
}

/// How a counted loop goes through memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    pub(crate) windows: Vec<Window>,
    /// The iterations touch nothing but the elements of the windows that are theirs, and their order does not matter:
    /// several run side by side. The leaves of the body then hold what is to be added to the carried values.
    pub(crate) strips: bool,
}

/// The part of an array through which a loop goes element by element, under a name of its own: iteration `j` finds
/// `of[plus + j - minus]` at `var[j]`, where `plus` and `minus` are sums.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) var: VarId,
    /// The array, and the indices before the one that goes up.
    pub(crate) of: Place,
    pub(crate) plus: Vec<Atom>,
    pub(crate) minus: Vec<Atom>,
    pub(crate) mutable: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Head {
    /// `for var in (lo..hi)` with the adaptors in the order of application. `lo` and `hi` are evaluated before.
    Range { var: VarId, lo: Atom, hi: Atom, inclusive: bool, adaptors: Vec<Adaptor> },
    /// `loop`; a `while` is one whose body begins with a branch that breaks.
    Forever,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Adaptor {
    Rev,
    StepBy(Atom),
}

/// Whether an iteration with these adaptors takes each number of its range once, from either end.
pub(crate) fn takes_each(adaptors: &[Adaptor]) -> bool {
    adaptors.iter().all(|adaptor| *adaptor == Adaptor::Rev)
}

/// How memory is made.
#[derive(Clone, Debug)]
pub(crate) enum Init {
    /// `[value; len]`, or `vec![value; len]`.
    Repeat { value: Box<Elem>, len: Len, vec: bool },
    /// `[a, b]`, or `vec![a, b]`.
    List { elems: Vec<Elem>, vec: bool },
    /// The same shape and contents (`to_vec`, `clone`, `let b = *a`).
    CopyOf(Slice),
    /// The same shape, all zeros of the new variable's kind.
    ZerosLike(Slice),
    /// `Vec::new()`, and what each of its elements is, as far as it is known: a `Vec` of rows of rows has two of these.
    Empty(Vec<Row>),
}

/// What a row of an array is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// `Vec<…>`
    Grown,
    /// `[…; N]` with this constant expression.
    Fixed(Fragment),
}

#[derive(Clone, Debug)]
pub(crate) enum Elem {
    Atom(Atom),
    Array(Init),
}

#[derive(Clone, Debug)]
pub(crate) enum Len {
    /// A constant expression, which must stay as it stands to be the length of an array.
    Const(Fragment),
    Value(Atom),
}

/// What a store does with the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    Set,
    /// `place += value`.
    Add,
}

#[derive(Clone, Debug)]
pub(crate) enum Stmt {
    Let {
        var: VarId,
        op: Op,
    },
    /// Slot form only: a new value of a variable that has one, or a first one of a variable declared without.
    Assign {
        var: VarId,
        op: Op,
    },
    /// Something done for its effect alone, as the user wrote it (`assert!`, `println!`, `rng.skip();`).
    Effect(Opaque),
    Alloc {
        var: VarId,
        init: Init,
    },
    Store {
        place: Place,
        value: Atom,
        update: Update,
    },
    /// `dst.copy_from_slice(src)`; the shapes are equal and the memory distinct.
    CopySlice {
        dst: Slice,
        src: Slice,
    },
    /// `dst[i] += src[i]` for all `i`, through all dimensions.
    AddSlice {
        dst: Slice,
        src: Slice,
    },
    Fill {
        dst: Slice,
        value: Atom,
    },
    /// `mem::swap(&mut a, &mut b)` of two arrays.
    Swap {
        a: VarId,
        b: VarId,
    },
    /// `array.push(value)`; a row is copied.
    VecPush {
        array: VarId,
        value: Operand,
    },
    /// `let var = array.pop()`, known to be there.
    VecPop {
        array: VarId,
        var: VarId,
    },
    Branch {
        branch: Branch,
        results: Vec<VarId>,
    },
    Loop(Loop),
    Call(Call),
    NewTape {
        tape: VarId,
    },
    /// At the top of a body whose reverse sweep runs later than its primal sweep: where the one ends and the other begins.
    Turn,
    /// Array operands are copied.
    Push {
        tape: VarId,
        values: Vec<Operand>,
    },
    /// An array variable becomes a new local array.
    Pop {
        tape: VarId,
        vars: Vec<VarId>,
    },
}

impl Stmt {
    /// `if condition { then } else { otherwise }`; `results` are what the arms yield.
    pub(crate) fn choice(condition: impl Into<Atom>, arms: [Block; 2], results: Vec<VarId>) -> Stmt {
        let arms = arms.map(|body| Arm { pattern: None, body }).into();
        Stmt::Branch { branch: Branch { on: Selector::Bool(condition.into()), arms }, results }
    }

    /// `if condition { stmts }`
    pub(crate) fn run_if(condition: VarId, stmts: Vec<Stmt>) -> Stmt {
        Stmt::choice(condition, [Block::yielding(stmts, Vec::new()), Block::default()], Vec::new())
    }

    /// `let result = if condition { stmts; value } else { otherwise };`
    pub(crate) fn value_if(
        condition: VarId,
        (stmts, value): (Vec<Stmt>, Atom),
        otherwise: Atom,
        result: VarId,
    ) -> Stmt {
        let otherwise = Block::yielding(Vec::new(), vec![otherwise]);
        Stmt::choice(condition, [Block::yielding(stmts, vec![value]), otherwise], vec![result])
    }

    /// The scalars that get another value, in slot form.
    pub(crate) fn assigned(&self) -> Vec<VarId> {
        if let Stmt::Assign { var, .. } = self {
            vec![*var]
        } else if let Stmt::Call(call) = self {
            let slot = |arg: &Arg| match &arg.value {
                ArgValue::ScalarMut { before, after } => {
                    Some(*after).filter(|_| before.var() == Some(*after))
                }
                ArgValue::Scalar(_)
                | ArgValue::Array(_)
                | ArgValue::ArrayMut(_)
                | ArgValue::ArrayByValue(_)
                | ArgValue::ArrayGone
                | ArgValue::ScalarGone => None,
            };
            call.args.iter().filter_map(slot).collect()
        } else {
            Vec::new()
        }
    }
}

/// The call of another differentiable function.
///
/// | entry | arguments | results |
/// |---|---|---|
/// | `Primal` | `value`s | the callee's results |
/// | `Forward` | `value`s | the callee's results, then the pullback |
/// | `Pull` | `value`s once more (not the `&mut` ones); of active ones the `bar`s: arrays, added to or, for `&mut`, consumed and replaced | the adjoint of each active scalar argument, in order |
///
/// With `tangent`, arguments and results come with their `dot`s: a result's tangent stands right behind it in `results`,
/// the tangent that a [`ArgValue::ScalarMut`] has after the call behind all results of the callee (in the order of arguments),
/// an argument's in `dot`, an adjoint's in `bar_dot`. `seeds` (of `Pull`) are the adjoints of the results, with
/// `tangent` each followed by its tangent.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) callee: Callee,
    pub(crate) entry: Entry,
    pub(crate) tangent: bool,
    pub(crate) args: Vec<Arg>,
    /// `Pull` only.
    pub(crate) pullback: Option<VarId>,
    pub(crate) seeds: Vec<Operand>,
    /// Scalars, and arrays that the call makes.
    pub(crate) results: Vec<VarId>,
    pub(crate) outcome: Outcome,
    pub(crate) span: SpanId,
    /// Whether it has run before, here or in another function.
    pub(crate) again: bool,
    /// Whether an argument refers to data that the caller made: no pullback outlives it.
    pub(crate) lends: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Callee {
    /// A path, as the user wrote it; `method` if its last-but-one segment is a type.
    Path { code: Fragment, associated: bool },
    /// `receiver.name(…)`; the receiver is passive.
    Method { receiver: Opaque, name: Fragment },
}

/// What the callee returns, as far as the place of the call tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The results.
    Plain,
    /// A `Result` or an `Option` of them, and `?` follows, perhaps behind a method that changes the error.
    Question(Option<Fragment>),
    /// A `Result` or an `Option` of them: a variable says whether they are there, else they are zero and another holds what
    /// stands in their place.
    Caught { present: VarId, error: VarId },
    /// The pullback of such a call, which does nothing where there were no results.
    Pulled,
}

impl Call {
    /// The arguments as the callee takes them: the components of a tuple together.
    pub(crate) fn places(&self) -> impl Iterator<Item = &[Arg]> {
        self.args.chunk_by(|one, next| one.tuple.is_some() && one.tuple == next.tuple)
    }

    /// Whether the function may end here.
    pub(crate) fn leaves(&self) -> bool {
        matches!(self.outcome, Outcome::Question(_))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Primal,
    Forward,
    Pull,
}

#[derive(Clone, Debug)]
pub(crate) struct Arg {
    pub(crate) value: ArgValue,
    /// The tuple of which this is a component, by its place in the call. Components stand side by side.
    pub(crate) tuple: Option<usize>,
    /// A real number that is passed as `&x`, which the callee may read through.
    pub(crate) lent: bool,
    /// Whether the argument is active in the function that was differentiated (set by activity analysis).
    pub(crate) active: bool,
    pub(crate) dot: Option<Operand>,
    pub(crate) bar: Option<Operand>,
    pub(crate) bar_dot: Option<Operand>,
}

#[derive(Clone, Debug)]
pub(crate) enum ArgValue {
    /// By value: a scalar of any kind.
    Scalar(Atom),
    /// `&a[…]`
    Array(Slice),
    /// `&mut a[…]`
    ArrayMut(Slice),
    /// An array by value.
    ArrayByValue(VarId),
    /// `&mut x` of a scalar: read before, assigned after; `out` is the new version (equal to the old one in slot form).
    ScalarMut { before: Atom, after: VarId },
    /// In a later reverse sweep ([`Entry::Pull`]), an array that was passed by `&mut`: only its adjoint is passed.
    ArrayGone,
    /// The same of a scalar.
    ScalarGone,
}

impl Arg {
    /// The adjoints, and their tangents, that a call adds to: those of memory that it only reads.
    pub(crate) fn added_to(&self) -> Vec<&Slice> {
        match &self.value {
            ArgValue::Array(_) | ArgValue::ArrayByValue(_) => {}
            ArgValue::Scalar(_)
            | ArgValue::ArrayMut(_)
            | ArgValue::ScalarMut { .. }
            | ArgValue::ArrayGone
            | ArgValue::ScalarGone => return Vec::new(),
        }
        let bars = [&self.bar, &self.bar_dot].into_iter().flatten();
        let slices = bars.filter_map(|bar| match bar {
            Operand::Array(slice) => Some(slice),
            Operand::Atom(_) => None,
        });
        slices.collect()
    }
}
