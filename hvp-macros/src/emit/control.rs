//! Branches, loops and the ends of blocks.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use super::Emit;
use super::expr::Prec;
use crate::ir::{
    Adaptor, Arm, Atom, Block, Branch, Head, Loop, Op, Selector, Stmt, Term, Touch, VarId, Visit, visit_op,
};

/// What the end of a block hands its values to.
#[derive(Clone, Copy)]
pub(super) enum Target<'t> {
    /// The block is an expression.
    Results(&'t [VarId]),
    /// The loop's variables.
    Loop(&'t [VarId]),
    /// What is to be added to the loop's variables.
    Sums(&'t [VarId]),
    /// The same, as an expression.
    Terms(&'t [VarId]),
    Function,
}

impl Emit<'_> {
    pub(super) fn branch(&self, branch: &Branch, results: &[VarId]) -> TokenStream {
        let choice = self.choice(branch, Target::Results(results));
        let names: Vec<TokenStream> = results.iter().map(|result| self.result_name(*result)).collect();
        match names.as_slice() {
            [] => choice,
            [name] => quote!(let #name = #choice;),
            names => quote!(let (#(#names),*) = #choice;),
        }
    }

    fn result_name(&self, result: VarId) -> TokenStream {
        let name = self.name(result);
        if self.webs.is_mutable(result) {
            quote!(mut #name)
        } else if self.is_used(result) {
            quote!(#name)
        } else {
            quote!(_)
        }
    }

    /// `if` or `match`, as an expression.
    fn choice(&self, branch: &Branch, target: Target<'_>) -> TokenStream {
        match (&branch.on, branch.arms.as_slice()) {
            (Selector::Bool(cond), [then, otherwise]) => {
                let cond = self.atom(cond);
                let then = self.block(&then.body, target);
                let otherwise = self.otherwise(&otherwise.body, target);
                quote!(if #cond { #then } #otherwise)
            }
            (Selector::Bool(_), _) => unreachable!("verify admits only branches with two arms on a Boolean"),
            (Selector::Match(scrutinee), arms) => {
                let scrutinee = self.opaque(scrutinee);
                let arms = arms.iter().map(|arm| self.arm(arm, target));
                quote!(match #scrutinee { #(#arms)* })
            }
        }
    }

    /// `else { … }`, `else if …`, or nothing.
    fn otherwise(&self, block: &Block, target: Target<'_>) -> TokenStream {
        if let Some(branch) = only_if(block) {
            let choice = self.choice(branch, target);
            return quote!(else #choice);
        }
        let tokens = self.block(block, target);
        if tokens.is_empty() { tokens } else { quote!(else { #tokens }) }
    }

    fn arm(&self, arm: &Arm, target: Target<'_>) -> TokenStream {
        let body = self.block(&arm.body, target);
        let Some(pattern) = &arm.pattern else {
            unreachable!("verify admits only arms with patterns in a `match`")
        };
        let code = self.source.fragment(pattern.code);
        let guard = pattern.guard.as_ref().map(|guard| {
            let tokens = self.block(guard, Target::Results(&[]));
            let stmts = !guard
                .stmts
                .iter()
                .all(|stmt| matches!(stmt, Stmt::Let { var, .. } if self.inlined.contains(*var)));
            if stmts { quote!(if { #tokens }) } else { quote!(if #tokens) }
        });
        let unused = pattern.binds.iter().filter(|bind| !self.is_used(**bind)).map(|bind| {
            let name = self.name(*bind);
            quote!(let _ = &#name;)
        });
        quote!(#code #guard => { #(#unused)* #body })
    }

    pub(super) fn block(&self, block: &Block, target: Target<'_>) -> TokenStream {
        let stmts = self.stmts(&block.stmts, &[], &block.term);
        let end = self.term(&block.term, target);
        quote!(#stmts #end)
    }

    fn term(&self, term: &Term, target: Target<'_>) -> TokenStream {
        match term {
            Term::Yield(values) => self.values(values, target),
            Term::Continue(_, values) => match target {
                Target::Sums(params) => self.added(values, params),
                Target::Terms(params) => self.terms(values, params),
                Target::Results(_) | Target::Loop(_) | Target::Function => self.assignments(values, target),
            },
            Term::Break(_, values) => {
                let assignments = self.assignments(values, target);
                quote!(#assignments break;)
            }
            Term::Return(values) => (self.returned)(self, values),
            Term::Branch(branch) => self.tail(branch, target),
            Term::Escape(opaque) => {
                let value = self.opaque(opaque);
                quote!(return #value;)
            }
            Term::Panic(opaque) => {
                let value = self.opaque(opaque);
                quote!(#value)
            }
        }
    }

    fn values(&self, values: &[Atom], target: Target<'_>) -> TokenStream {
        let values: Vec<TokenStream> = match target {
            Target::Results(results) if !results.is_empty() => {
                values.iter().zip(results).map(|(value, result)| self.typed_atom(value, *result)).collect()
            }
            Target::Results(_) | Target::Loop(_) | Target::Sums(_) | Target::Terms(_) | Target::Function => {
                values.iter().map(|value| self.atom(value)).map(|value| quote!(#value)).collect()
            }
        };
        match values.as_slice() {
            [] => TokenStream::new(),
            [value] => quote!(#value),
            values => quote!((#(#values),*)),
        }
    }

    fn typed_atom(&self, value: &Atom, like: VarId) -> TokenStream {
        let kind = self.func.kind(like);
        self.typed(&self.atom_of(value, kind), kind)
    }

    /// A branch at the end of a loop body or of the function. An arm that leaves stands before what goes on, so that
    /// the rest is not indented.
    fn tail(&self, branch: &Branch, target: Target<'_>) -> TokenStream {
        if let (Selector::Bool(cond), [then, otherwise]) = (&branch.on, branch.arms.as_slice()) {
            let cond = self.atom(cond);
            if leaves(&then.body, target) && !is_short(&otherwise.body, target) {
                let (exit, rest) = (self.exit(&then.body, target), self.block(&otherwise.body, target));
                return quote!(if #cond { #exit } #rest);
            }
            if leaves(&otherwise.body, target) && !is_short(&then.body, target) {
                let (exit, rest) = (self.exit(&otherwise.body, target), self.block(&then.body, target));
                let cond = cond.prefix(&quote!(!));
                return quote!(if #cond { #exit } #rest);
            }
        }
        self.choice(branch, target)
    }

    /// A block that leaves the loop or the function, with the word that says so.
    fn exit(&self, block: &Block, target: Target<'_>) -> TokenStream {
        let tokens = self.block(block, target);
        match block.term {
            Term::Return(_) => {
                let stmts = self.stmts(&block.stmts, &[], &block.term);
                let value = self.term(&block.term, target);
                if has_statements(&value) {
                    quote!(#stmts return { #value };)
                } else {
                    quote!(#stmts return #value;)
                }
            }
            Term::Panic(_)
            | Term::Yield(_)
            | Term::Continue(..)
            | Term::Break(..)
            | Term::Branch(_)
            | Term::Escape(_) => tokens,
        }
    }

    pub(super) fn looped(&self, l: &Loop) -> TokenStream {
        let inits = l.carried.iter().map(|carried| {
            let same =
                carried.init.var().is_some_and(|init| self.webs.of(init) == self.webs.of(carried.param));
            if same && !carried.init.var().is_some_and(|init| self.inlined.contains(init)) {
                return TokenStream::new();
            }
            let init = self.atom_of(&carried.init, self.func.kind(carried.param));
            self.declare(carried.param, true, &init)
        });
        let inits: TokenStream = inits.collect();
        let params: Vec<VarId> = l.carried.iter().map(|carried| carried.param).collect();
        let looped = match &l.head {
            Head::Range { .. } if self.runs_in_strips(l) => self.strips(l),
            Head::Range { .. } => {
                let target = if l.path.strips { Target::Sums(&params) } else { Target::Loop(&params) };
                let head = self.head(l);
                let body = self.inside_loop(|| self.block(&l.body, target));
                quote!(for #head { #body })
            }
            Head::Forever => self.inside_loop(|| self.forever(&l.body, &params)),
        };
        let windows = self.windows(l);
        quote!(#inits #windows #looped)
    }

    /// `while` where the body begins with a branch that ends the loop, else `loop`.
    fn forever(&self, body: &Block, params: &[VarId]) -> TokenStream {
        let target = Target::Loop(params);
        if let Term::Branch(Branch { on: Selector::Bool(cond), arms }) = &body.term
            && let [then, otherwise] = arms.as_slice()
            && self.stmts(&body.stmts, &[], &body.term).is_empty()
            && matches!(&otherwise.body.term, Term::Break(..))
        {
            let exit = self.block(&otherwise.body, target);
            if exit.to_string() == "break ;" {
                let (cond, then) = (self.atom(cond), self.block(&then.body, target));
                return quote!(while #cond { #then });
            }
        }
        let body = self.block(body, target);
        quote!(loop { #body })
    }

    /// What `write` writes, one loop further in.
    fn inside_loop(&self, write: impl FnOnce() -> TokenStream) -> TokenStream {
        self.depth.set(self.depth.get() + 1);
        let written = write();
        self.depth.set(self.depth.get() - 1);
        written
    }

    fn head(&self, l: &Loop) -> TokenStream {
        let Head::Range { var, lo, hi, inclusive, adaptors } = &l.head else {
            unreachable!("only counted loops have a head")
        };
        let var = if self.is_used(*var) {
            let name = self.name(*var);
            quote!(#name)
        } else {
            quote!(_)
        };
        let (lo, hi) = (self.atom(lo).at_least(Prec::Sum), self.atom(hi).at_least(Prec::Sum));
        let range = if *inclusive { quote!(#lo..=#hi) } else { quote!(#lo..#hi) };
        if adaptors.is_empty() {
            let range = self.with_room(l, range);
            return quote!(#var in #range);
        }
        self.traits.iterator.set(true);
        let adaptors = adaptors.iter().map(|adaptor| match adaptor {
            Adaptor::Rev => quote!(.rev()),
            Adaptor::StepBy(step) => {
                let step = self.atom(step);
                quote!(.step_by(#step))
            }
        });
        let range = self.with_room(l, quote!((#range) #(#adaptors)*));
        quote!(#var in #range)
    }

    /// The loop's variables get their next values: one after another where none is read after its assignment, else at once.
    fn assignments(&self, values: &[Atom], target: Target<'_>) -> TokenStream {
        let Target::Loop(params) = target else { unreachable!("only loops go on") };
        let mut waiting: Vec<(VarId, &Atom)> = params
            .iter()
            .copied()
            .zip(values)
            .filter(|(param, value)| !self.is_same(*param, value) && **value != Atom::Undef)
            .collect();
        let mut tokens = TokenStream::new();
        while !waiting.is_empty() {
            let free = (0..waiting.len()).find(|index| {
                let target = self.webs.of(waiting[*index].0);
                waiting
                    .iter()
                    .enumerate()
                    .all(|(other, (_, value))| other == *index || !self.reads(value, target))
            });
            let Some(index) = free else { break };
            let (param, value) = waiting.remove(index);
            tokens.extend(self.assignment(param, value));
        }
        if !waiting.is_empty() {
            let names = waiting.iter().map(|(param, _)| self.name(*param));
            let values = waiting.iter().map(|(param, value)| self.typed_atom(value, *param));
            tokens.extend(quote!((#(#names),*) = (#(#values),*);));
        }
        tokens
    }

    fn is_same(&self, param: VarId, value: &Atom) -> bool {
        value.var().is_some_and(|var| !self.inlined.contains(var) && self.webs.of(var) == self.webs.of(param))
    }

    fn reads(&self, value: &Atom, web: VarId) -> bool {
        let mut reads = Reads { emit: self, web, found: false };
        reads.atom(value);
        reads.found
    }

    fn assignment(&self, param: VarId, value: &Atom) -> TokenStream {
        let name = self.name(param);
        let op = value.var().and_then(|var| self.inlined.get(var));
        let (operator, by) = match op {
            Some(Op::Add(a, b)) if self.is_same(param, a) => (quote!(+=), b),
            Some(Op::Sub(a, b)) if self.is_same(param, a) => (quote!(-=), b),
            Some(Op::Mul(a, b)) if self.is_same(param, a) => (quote!(*=), b),
            Some(Op::Div(a, b)) if self.is_same(param, a) => (quote!(/=), b),
            _ => (quote!(=), value),
        };
        let kind = self.func.kind(param);
        let compound = operator.to_string() != "=";
        let only_adds = *kind == crate::ir::Kind::Tangent || self.env.suffix().is_none();
        if compound && only_adds && !matches!(operator.to_string().as_str(), "+=" | "-=") {
            let value = self.atom(value);
            return quote!(#name = #value;);
        }
        let by = self.atom_of(by, kind);
        quote!(#name #operator #by;)
    }
}

/// The `if` that is all there is in a block.
fn only_if(block: &Block) -> Option<&Branch> {
    let branch = match (block.stmts.as_slice(), &block.term) {
        ([], Term::Branch(branch)) => Some(branch),
        ([Stmt::Branch { branch, results }], Term::Yield(values))
            if values.len() == results.len()
                && values.iter().zip(results).all(|(value, result)| *value == Atom::Var(*result)) =>
        {
            Some(branch)
        }
        _ => None,
    };
    branch.filter(|branch| matches!(branch.on, Selector::Bool(_)))
}

/// Whether a value has statements before it.
fn has_statements(value: &TokenStream) -> bool {
    value.clone().into_iter().any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
}

/// Whether control never goes on behind the block.
fn leaves(block: &Block, target: Target<'_>) -> bool {
    match &block.term {
        Term::Break(..) | Term::Escape(_) | Term::Panic(_) => true,
        Term::Return(_) => matches!(target, Target::Function),
        Term::Yield(_) | Term::Continue(..) | Term::Branch(_) => false,
    }
}

/// Whether the block reads well inside braces.
fn is_short(block: &Block, target: Target<'_>) -> bool {
    let leaf = !matches!(block.term, Term::Branch(_));
    leaf && (block.stmts.is_empty()
        || matches!(target, Target::Loop(_)) && matches!(block.term, Term::Continue(..)))
}

/// Whether an operand, with all that is written in place in it, reads a variable.
struct Reads<'a> {
    emit: &'a Emit<'a>,
    web: VarId,
    found: bool,
}

impl Visit for Reads<'_> {
    fn atom(&mut self, atom: &Atom) {
        let Atom::Var(var) = atom else { return };
        match self.emit.inlined.get(*var) {
            Some(op) => visit_op(self, op),
            None => self.found |= self.emit.webs.of(*var) == self.web,
        }
    }

    fn array(&mut self, _: &VarId, _: Touch) {}

    fn def(&mut self, _: &VarId) {}
}
