//! Calls of other differentiable functions.
//!
//! An argument takes several places in an entry's list, the same for every callee, since the caller cannot see its signature:
//! a marker of activity, the value, and what the entry needs of tangent (`dot`), adjoint (`bar`) and both.
//!
//! | entry | an argument | gives |
//! |---|---|---|
//! | `accepts` | marker | nothing |
//! | `tangent` | marker, value, dot | `(result, its tangent)` |
//! | `forward` | value | `(result, state)` |
//! | `forward_tangent` | marker, value, dot | `(result, its tangent, state)` |
//! | `pull` | marker, value¹, bar | a tuple with the adjoint of each scalar argument |
//! | `pull_tangent` | marker, value¹, dot¹, bar, bar's dot | the same in pairs |
//!
//! ¹ not of a `&mut` argument. `pull` and its tangent take the state first and the adjoints of the results last, as one argument (and one of their tangents).

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use super::Emit;
use super::companion::{Member, Owner, alias, entry_name, mark_name};
use super::layout::tuple;
use super::results::dots_after;
use crate::front::Passing;
use crate::ir::{
    Arg, ArgValue, Atom, Block, Call, Callee, Entry, Kind, Operand, Outcome, Slice, Stmt, Term, VarId, What,
};

impl Emit<'_> {
    /// Questions to the called functions whether they take active arguments where they get them, so that rustc says once,
    /// and at the call, where they do not.
    pub(super) fn questions(&self, block: &Block) -> TokenStream {
        let mut tokens = TokenStream::new();
        for stmt in &block.stmts {
            if let Stmt::Call(call) = stmt
                && let Callee::Path { code, associated: false } = &call.callee
                && call.args.iter().any(|arg| arg.active)
            {
                let entry = entry_path(self.source.fragment(*code), Member::Accepts, false, None);
                let markers: Vec<TokenStream> = call.places().map(|place| self.marker(call, place)).collect();
                let question = called(&entry, &markers);
                tokens.extend(quote!(#question;));
            }
            tokens.extend(stmt.blocks().into_iter().map(|block| self.questions(block)));
        }
        if let Term::Branch(branch) = &block.term {
            tokens.extend(branch.blocks().into_iter().map(|block| self.questions(block)));
        }
        tokens
    }

    pub(super) fn call(&self, call: &Call) -> TokenStream {
        if let Some(pull) = self.given_pull(call) {
            return pull;
        }
        let before = self.scalars_by_reference(call);
        let entry = match (call.entry, call.tangent) {
            (Entry::Primal, false) => None,
            (Entry::Primal, true) => Some(Member::Tangent),
            (Entry::Forward, false) => Some(Member::Forward),
            (Entry::Forward, true) => Some(Member::ForwardTangent),
            (Entry::Pull, false) => Some(Member::Pull),
            (Entry::Pull, true) => Some(Member::PullTangent),
        };
        let callee = self.callee(call, entry);
        let args = self.call_args(call);
        let value = called(&callee, &args);
        let value = match call.outcome {
            Outcome::Plain => value,
            Outcome::Question(method) => {
                let method = method.map(|method| self.source.fragment(method));
                quote!(#value #method ?)
            }
            Outcome::Caught { present, error } => {
                let caught = self.caught(call, present, error, &value);
                let asked = self.asks_whether_it_may_run_again(call);
                return quote!(#before #caught #asked);
            }
            Outcome::Pulled => return self.pulled_if_caught(call, &value),
        };
        let asked = self.asks_whether_it_may_run_again(call);
        if let Some(state) = self.is_idle(call) {
            let (private, state) = (self.env.private(), self.name(state));
            let keep = if call.tangent { quote!(state_of_tangent) } else { quote!(state) };
            return quote!(let #state = #private::#keep(|| #value); #asked);
        }
        match self.call_pattern(call) {
            Some(pattern) => quote!(#before let #pattern = #value; #asked),
            None => quote!(#before #value; #asked),
        }
    }

    /// rustc knows it from the type of the state.
    fn asks_whether_it_may_run_again(&self, call: &Call) -> Option<TokenStream> {
        let state = call.results.last().filter(|_| call.again && call.entry == Entry::Forward)?;
        let (private, state) = (self.env.private(), self.name(*state));
        let asked = |state: &TokenStream| quote!({ use #private::MayRunAgain as _; #private::Rerun(#state).asked(); });
        Some(match call.outcome {
            Outcome::Caught { .. } => {
                let asked = asked(&state.to_token_stream());
                quote!(if let ::core::option::Option::Some(#state) = &#state #asked)
            }
            Outcome::Plain | Outcome::Question(_) | Outcome::Pulled => asked(&quote!(&#state)),
        })
    }

    /// `let (present, y, pullback) = match value { Some((y, pullback)) => (true, y, Some(pullback)), None => (false, 0.0, None) };`,
    /// also with the error, where it is used.
    fn caught(&self, call: &Call, present: VarId, error: VarId, value: &TokenStream) -> TokenStream {
        let (private, present) = (self.env.private(), self.name(present));
        let pattern = self.call_pattern(call).unwrap_or_else(|| quote!(_));
        let (mut names, mut given, mut absent) = (Vec::new(), Vec::new(), Vec::new());
        for result in &call.results {
            let (name, kind) = (self.name(*result), self.func.kind(*result));
            names.push(self.call_result(*result));
            if *kind == Kind::Pullback {
                given.push(quote!(::core::option::Option::Some(#name)));
                absent.push(quote!(::core::option::Option::None));
            } else {
                given.push(quote!(#name));
                absent.push(self.nothing());
            }
        }
        if self.is_used(error) {
            let error = self.name(error);
            return quote! {
                let (#present, #error, #(#names),*) = match #private::outcome_of(#value) {
                    ::core::result::Result::Ok(#pattern) => (true, ::core::option::Option::None, #(#given),*),
                    ::core::result::Result::Err(error) => (false, ::core::option::Option::Some(error), #(#absent),*),
                };
            };
        }
        quote! {
            let (#present, #(#names),*) = match #private::value_of(#value) {
                ::core::option::Option::Some(#pattern) => (true, #(#given),*),
                ::core::option::Option::None => (false, #(#absent),*),
            };
        }
    }

    /// The pullback of a call that was caught: where there is none, the adjoints are zero.
    fn pulled_if_caught(&self, call: &Call, value: &TokenStream) -> TokenStream {
        let private = self.env.private();
        let Some(state) = call.pullback.map(|state| self.name(state)) else {
            unreachable!("the pullback of a call has a state");
        };
        let pattern = self.call_pattern(call).unwrap_or_else(|| quote!(_));
        let names: Vec<TokenStream> = call.results.iter().map(|result| self.call_result(*result)).collect();
        let zeros: Vec<TokenStream> = call.results.iter().map(|_| self.nothing()).collect();
        let message = "what came out once comes out again";
        quote! {
            let (#(#names,)*) = match #state {
                ::core::option::Option::Some(#state) => {
                    let #pattern = #private::value_of(#value).expect(#message);
                    (#(#names,)*)
                }
                ::core::option::Option::None => (#(#zeros,)*),
            };
        }
    }

    /// The state of a forward sweep that serves nothing else. Where the callee keeps nothing, it need not run.
    fn is_idle(&self, call: &Call) -> Option<VarId> {
        let written = |arg: &Arg| matches!(arg.value, ArgValue::ArrayMut(_) | ArgValue::ScalarMut { .. });
        let (state, results) = call.results.split_last()?;
        let used = results.iter().any(|result| self.is_used(*result) || self.func.kind(*result).is_array());
        let idle = call.entry == Entry::Forward
            && call.outcome == Outcome::Plain
            && !used
            && !call.args.iter().any(written);
        idle.then_some(*state)
    }

    /// `let mut after = before;` for each scalar that is passed by `&mut`, tangents too.
    fn scalars_by_reference(&self, call: &Call) -> TokenStream {
        let mut dots = dots_after(call).into_iter();
        let mut tokens = TokenStream::new();
        for arg in &call.args {
            let ArgValue::ScalarMut { before, after } = &arg.value else {
                continue;
            };
            tokens.extend(self.declare(*after, true, &self.atom_of(before, self.func.kind(*after))));
            if let (true, Some(Operand::Atom(dot)), Some(after)) = (call.tangent, &arg.dot, dots.next()) {
                tokens.extend(self.declare(after, true, &self.atom_of(dot, &Kind::Tangent)));
            }
        }
        tokens
    }

    pub(super) fn callee(&self, call: &Call, entry: Option<Member>) -> TokenStream {
        match &call.callee {
            Callee::Path { code, associated } => {
                let path = self.source.fragment(*code);
                match entry {
                    None => path,
                    Some(entry) => {
                        let markers = if entry == Member::Forward { 0 } else { call.places().count() };
                        entry_path(path, entry, *associated, Some(markers + usize::from(call.tangent)))
                    }
                }
            }
            Callee::Method { receiver, name } => {
                let (receiver, name) = (self.opaque(receiver).receiver(), self.source.fragment(*name));
                match (entry, syn::parse2::<Ident>(name.clone())) {
                    (Some(entry), Ok(name)) => {
                        let entry = entry_name(entry, Owner::Method(&name), name.span());
                        let mark = called(&mark_name(&name, name.span()).into_token_stream(), &[]);
                        quote_spanned!(name.span()=> #receiver.#mark.#entry)
                    }
                    (None | Some(_), _) => quote!(#receiver.#name),
                }
            }
        }
    }

    pub(super) fn call_args(&self, call: &Call) -> Vec<TokenStream> {
        let mut tokens = Vec::new();
        if let Some(state) = call.pullback {
            let state = self.name(state);
            tokens.push(quote!(#state));
        }
        for place in call.places() {
            let pull = call.entry == Entry::Pull;
            if pull || call.tangent {
                tokens.push(self.marker(call, place));
            }
            if let Some(value) = self.value_at(place) {
                tokens.push(value);
                if call.tangent {
                    tokens.push(self.dot_at(call, place));
                }
            }
            if pull {
                tokens.push(self.exclusive_slot(place[0].bar.as_ref()));
                if call.tangent {
                    tokens.push(self.exclusive_slot(place[0].bar_dot.as_ref()));
                }
            }
        }
        if call.entry == Entry::Pull {
            tokens.extend(self.seeds(call));
        }
        tokens
    }

    /// The adjoints of the results in one argument, and their tangents in another. Where the results were dropped, the
    /// caller does not know how many there are.
    fn seeds(&self, call: &Call) -> Vec<TokenStream> {
        let each = 1 + usize::from(call.tangent);
        let seeds = |which: usize| {
            let seeds: Vec<TokenStream> = call
                .seeds
                .iter()
                .skip(which)
                .step_by(each)
                .map(|seed| self.shared_slot(Some(seed)))
                .collect();
            if seeds.is_empty() { self.nothing() } else { tuple(&seeds) }
        };
        (0..each).map(seeds).collect()
    }

    /// Whether the callee may skip what belongs to this argument.
    fn marker(&self, call: &Call, place: &[Arg]) -> TokenStream {
        let private = self.env.private();
        let operands = place.iter().flat_map(|arg| [&arg.dot, &arg.bar]);
        let own = operands.flatten().find_map(|operand| match operand {
            Operand::Array(Slice { base, .. }) | Operand::Atom(Atom::Var(base)) => self.guards.get(base),
            Operand::Atom(_) => None,
        });
        let active = place.iter().any(|arg| arg.active);
        let marker = match own {
            Some(guard) if active => {
                let value = &guard.value;
                quote!(#value)
            }
            Some(_) | None if active => quote!(#private::Active),
            Some(_) | None => quote!(#private::Passive),
        };
        // What rustc says of a marker it says at the call.
        respan(marker, self.source.span(call.span))
    }

    /// The value of an argument; the callee says whether it takes a tuple by reference.
    fn value_at(&self, place: &[Arg]) -> Option<TokenStream> {
        if place[0].tuple.is_none() {
            return self.arg_value(&place[0]);
        }
        let (private, parts) = (self.env.private(), place.iter().filter_map(|arg| self.arg_value(arg)));
        Some(quote!(#private::lent(&(#(#parts,)*))))
    }

    fn dot_at(&self, call: &Call, place: &[Arg]) -> TokenStream {
        if place[0].tuple.is_none() {
            return self.arg_dot(call, &place[0]);
        }
        if place.iter().all(|arg| arg.dot.is_none()) {
            return self.nothing();
        }
        let dots = place.iter().map(|arg| self.arg_dot(call, arg));
        quote!((#(#dots,)*))
    }

    fn arg_value(&self, arg: &Arg) -> Option<TokenStream> {
        Some(match &arg.value {
            ArgValue::Scalar(atom) => {
                let value = self.atom(atom);
                if arg.lent {
                    let (private, value) = (self.env.private(), value.receiver());
                    return Some(quote!(#private::lent(&#value)));
                }
                if atom.var().is_some_and(|var| self.is_moved_again(var)) {
                    let (private, value) = (self.env.private(), value.receiver());
                    // What rustc would coerce at the call, it coerces behind the block.
                    return Some(quote!({ let again = #private::again(&#value); again }));
                }
                quote!(#value)
            }
            ArgValue::Array(slice) => self.borrow(slice),
            ArgValue::ArrayMut(slice) => self.borrow_mut(slice),
            ArgValue::ArrayByValue(array) => {
                let array = self.name(*array);
                quote!(::core::clone::Clone::clone(&#array))
            }
            ArgValue::ScalarMut { after, .. } => {
                let after = self.name(*after);
                quote!(&mut #after)
            }
            ArgValue::ArrayGone | ArgValue::ScalarGone => return None,
        })
    }

    /// Whether a variable may hold data that is passed by value, of which each sweep passes one.
    fn is_moved_again(&self, var: VarId) -> bool {
        let changes = self.source.changing.contains(&var) || self.source.exclusive.contains(&var);
        let reference = self.func.params.iter().any(|param| match param.role.what {
            What::Param(index) => {
                param.var == var && self.source.signature.params[index].passing != Passing::Value
            }
            What::Result(_) | What::Record(_) => false,
        });
        *self.func.kind(var) == Kind::Opaque && !self.inlined.contains(var) && !changes && !reference
    }

    fn arg_dot(&self, call: &Call, arg: &Arg) -> TokenStream {
        match &arg.value {
            ArgValue::ArrayMut(_) => self.exclusive_slot(arg.dot.as_ref()),
            ArgValue::ScalarMut { after, .. } => {
                let is_one = |arg: &&Arg| arg.active && matches!(arg.value, ArgValue::ScalarMut { .. });
                let index = call.args.iter().filter(is_one).position(
                    |other| matches!(other.value, ArgValue::ScalarMut { after: other, .. } if other == *after),
                );
                match index.and_then(|index| dots_after(call).get(index).copied()) {
                    Some(dot) => {
                        let dot = self.name(dot);
                        quote!(&mut #dot)
                    }
                    None => self.nothing(),
                }
            }
            ArgValue::Scalar(_)
            | ArgValue::Array(_)
            | ArgValue::ArrayByValue(_)
            | ArgValue::ArrayGone
            | ArgValue::ScalarGone => self.shared_slot(arg.dot.as_ref()),
        }
    }

    pub(super) fn nothing(&self) -> TokenStream {
        let private = self.env.private();
        quote!(#private::nothing())
    }

    /// A tangent or seed that the callee reads.
    fn shared_slot(&self, operand: Option<&Operand>) -> TokenStream {
        match operand {
            None => self.nothing(),
            Some(Operand::Atom(atom)) => {
                let value = self.atom(atom);
                quote!(#value)
            }
            Some(Operand::Array(slice)) => self.guarded_slot(slice, self.borrow(slice), &quote!(&[])),
        }
    }

    /// A tangent or adjoint that the callee writes.
    fn exclusive_slot(&self, operand: Option<&Operand>) -> TokenStream {
        match operand {
            Some(Operand::Array(slice)) => self.guarded_slot(slice, self.borrow_mut(slice), &quote!(&mut [])),
            other => self.shared_slot(other),
        }
    }

    fn guarded_slot(&self, slice: &Slice, borrowed: TokenStream, empty: &TokenStream) -> TokenStream {
        match self.guards.get(&slice.base) {
            Some(guard) if slice.range.is_some() || !slice.path.is_empty() => {
                let (private, ty) = (self.env.private(), &guard.ty);
                quote!(if <#ty as #private::Activity>::ACTIVE { #borrowed } else { #empty })
            }
            Some(_) | None => borrowed,
        }
    }
}

/// `module::g` becomes `__hvp_module__g::entry`, `Type::g` becomes `Type::entry_of_g`; type arguments go along where the entry has
/// the function's type parameters, with as many `inferred` ones behind them.
fn entry_path(path: TokenStream, entry: Member, associated: bool, inferred: Option<usize>) -> TokenStream {
    let Ok(mut path) = syn::parse2::<syn::ExprPath>(path.clone()) else {
        return path;
    };
    let Some(last) = path.path.segments.last_mut() else {
        return quote!(#path);
    };
    let span = last.ident.span();
    let mut arguments = std::mem::take(&mut last.arguments);
    match (inferred, &mut arguments) {
        (None, arguments) => *arguments = syn::PathArguments::None,
        (Some(inferred), syn::PathArguments::AngleBracketed(arguments)) => {
            arguments.args.extend((0..inferred).map(|_| -> syn::GenericArgument { syn::parse_quote!(_) }));
        }
        (Some(_), _) => {}
    }
    if associated {
        last.ident = entry_name(entry, Owner::Type(&last.ident), span);
        last.arguments = arguments;
        return quote!(#path);
    }
    let (alias, entry) = (alias(&path.path), entry_name(entry, Owner::Companion, span));
    quote_spanned!(span=> #alias::#entry #arguments)
}

/// `callee(args)`, where what rustc says of the call stands at the callee.
fn called(callee: &TokenStream, args: &[TokenStream]) -> TokenStream {
    let span = callee.clone().into_iter().last().map_or_else(Span::call_site, |token| token.span());
    let mut group = Group::new(Delimiter::Parenthesis, quote!(#(#args),*));
    group.set_span(Span::call_site().located_at(span));
    quote!(#callee #group)
}

/// `tokens`, which resolve as before, at another place.
pub(super) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let one = |token| {
        let (mut token, at) = match token {
            TokenTree::Group(group) => {
                let at = group.span();
                (TokenTree::from(Group::new(group.delimiter(), respan(group.stream(), span))), at)
            }
            other => {
                let at = other.span();
                (other, at)
            }
        };
        token.set_span(at.located_at(span));
        token
    };
    tokens.into_iter().map(one).collect()
}
