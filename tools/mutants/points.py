"""The mutants: where each is, and how the source asks for it."""
import re

import scan

SOURCES = "hvp-macros/src"
# Partials that are zero by convention: there is nothing to scale.
ZERO = {("Powi", 1), ("DivEuclid", 0), ("DivEuclid", 1), ("Copysign", 1)}
# Operands whose partial is written differently if they are literals.
TESTS = ("tests.rs", "random.rs", "elementary.rs")
# Where the tests of a file begin that stand in it.
UNIT_TESTS = "#[cfg(test)]\nmod tests {"
# What stands behind a text that `before` replaces.
REPLACED = None
LITERALS = {"Powi": [None, ("Int", "Var")], "Powf": [("Real", "Var"), ("Real", "Var")]}


class Mutant:
    """In `file`, the text from `start` to `end` stands between `before` and `after`, in which `@` is the mutant's number."""

    def __init__(self, name, file, start, end, before, after=""):
        self.name, self.file, self.start, self.end, self.before, self.after = name, file, start, end, before, after


def short(text):
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= 64 else text[:61] + "…"


def variants(text, name):
    body = re.search(r"enum %s \{(.*?)\n\}" % name, text, re.S).group(1)
    return re.findall(r"^    (\w+),", body, re.M)


def partials(root):
    """A pattern for each operation and operand that has a partial derivative."""
    operations = (root / SOURCES / "ir/op.rs").read_text()
    steps = re.search(r"=> \{?\s*Factor::Zero", (root / SOURCES / "rules/unary.rs").read_text())
    steps = re.findall(r"Unary::(\w+)", (root / SOURCES / "rules/unary.rs").read_text()[:steps.start()].rsplit(",\n", 1)[1])
    for unary in variants(operations, "Unary"):
        if unary not in steps:
            yield f"Op::Unary(Unary::{unary}, _)", 0
    for binary in variants(operations, "Binary"):
        for index in (index for index in range(2) if (binary, index) not in ZERO):
            path = f"Op::Binary(crate::ir::Binary::{binary}, "
            decides = LITERALS.get(binary, [None, None])
            other = 1 - index
            if decides[other] is None:
                yield f"{path}_, _)", index
                continue
            for literal in decides[other]:
                operands = ["_", "_"]
                operands[other] = f"Atom::{literal}(_)"
                yield path + ", ".join(operands) + ")", index
    yield from (("Op::Div(_, Atom::Real(_))", 0), ("Op::Div(_, Atom::Var(_))", 0), ("Op::Div(..)", 1))
    for op, operands in (("Copy(_)", [0]), ("Neg(_)", [0]), ("Add(..)", [0, 1]), ("Sub(..)", [0, 1]), ("Mul(..)", [0, 1]),
                         ("Rem(..)", [0, 1]), ("MulAdd(..)", [0, 1, 2]), ("Clamp(..)", [0, 1, 2]), ("Select(..)", [1, 2]),
                         ("ScaleOrZero(..)", [0, 1]), ("ScaleUnlessZero(..)", [0, 1])):
        yield from ((f"Op::{op}", index) for index in operands)


def rules(root):
    """Each partial derivative scaled, and each mark that keeps zeros taken off."""
    table = f"{SOURCES}/rules.rs"
    text = (root / table).read_text()
    head = "fn partial(cx: &mut dyn Context, op: &Op, index: usize) -> Factor {"
    at = text.index(head) + len(head)
    for pattern, index in partials(root):
        ask = f" if index == {index} && matches!(op, {pattern}) {{ let factor = partial_of(cx, op, index); "
        ask += "return crate::mutants::scaled(@, cx, factor); }"
        yield Mutant(f"rules: partial {index} of {pattern} scaled", table, at, at, ask, "")
    split = " partial_of(cx, op, index) } fn partial_of(cx: &mut dyn Context, op: &Op, index: usize) -> Factor {"
    yield Mutant("", table, at, at, split, "")
    for file in ["rules.rs"] + [f"rules/{name}.rs" for name in ("unary", "binary", "power")]:
        text = (root / SOURCES / file).read_text()
        masked = scan.mask(text)
        for match in re.finditer(r"Factor::(Singular|Choice)(?=\()", masked):
            start, end = match.span()
            line = text[text.rfind("\n", 0, start) + 1:text.find("\n", start)].strip()
            mark = match.group(1)
            ask = f"crate::mutants::{mark.lower()}(@, "
            yield Mutant(f"{file}: not marked {mark} in `{short(line)}`", f"{SOURCES}/{file}", start, end + 1, ask, REPLACED)


def files(root, *patterns):
    for pattern in patterns:
        for path in sorted((root / SOURCES).glob(pattern)):
            if path.name not in TESTS:
                yield path.relative_to(root / SOURCES).as_posix(), path.read_text().split(UNIT_TESTS)[0]


EMPTY = re.compile(r"(Option|Vec|BTreeSet|BTreeMap)<|VarSet\b")
CHANGED = re.compile(r"fn (\w+)(?:<[^>]*>)?\([^)]*&mut (?:Func|Block|Loop|Vec<Stmt>)\b")


def answers(root, *patterns, empty):
    """Each Boolean answer inverted, and, where `empty`, each answer that is a set or an option emptied."""
    for file, text in files(root, *patterns):
        masked = scan.mask(text)
        passes = set(CHANGED.findall(masked))
        for function in scan.functions(masked):
            if function.name in passes:
                continue  # It says whether it changed what it was given, which is no answer about the program.
            name = f"{file} {function.name}"
            if function.result == "bool":
                yield Mutant(f"{name}: inverted", f"{SOURCES}/{file}", function.start, function.end,
                             "{ crate::mutants::on(@) ^ (|| -> bool ", ")() }")
            elif empty and EMPTY.match(function.result):
                at = function.start + 1
                ask = " if crate::mutants::on(@) { return Default::default(); }"
                yield Mutant(f"{name}: gives nothing", f"{SOURCES}/{file}", at, at, ask, "")


def cases(root, *patterns):
    """Each case of a Boolean answer inverted."""
    for file, text in files(root, *patterns):
        masked = scan.mask(text)
        found = scan.functions(masked)
        for start, end in scan.arms(masked):
            function = scan.innermost(found, start)
            if function is None or function.result != "bool" or text[start:end].startswith("unreachable!"):
                continue
            arm = text[text.rfind("\n", 0, text.rfind("=>", 0, start)) + 1:end].strip()
            name = f"{file} {function.name}: inverted in `{short(arm)}`"
            yield Mutant(name, f"{SOURCES}/{file}", start, end, "crate::mutants::on(@) ^ (", ")")


def statements(root, *patterns):
    """Each statement dropped."""
    for file, text in files(root, *patterns):
        masked = scan.mask(text)
        found = scan.functions(masked)
        units = {function.name for function in found if function.result == ""}
        spans = list(scan.statements(masked))
        for start, end in scan.arms(masked):
            call = re.match(r"(?:self|pass)\.(\w+)\(", masked[start:end])
            if call and call.group(1) in units and scan.closing(masked, start + call.end() - 1) == end:
                spans.append((start, end))
        for start, end in sorted(spans):
            function = scan.innermost(found, start)
            if function is not None:
                name = f"{file} {function.name}: dropped `{short(text[start:end])}`"
                yield Mutant(name, f"{SOURCES}/{file}", start, end, "if !crate::mutants::on(@) { ", " }")


def all_mutants(root):
    """All mutants by number, from 1; those without a name are always on."""
    mutants = list(rules(root))
    mutants += answers(root, "analysis/*.rs", "transform/reverse/*.rs", empty=True)
    mutants += answers(root, "transform/tangent/*.rs", "transform/simplify/**/*.rs", "transform/windows/*.rs",
                       "transform/linearize/*.rs", "transform/normalize/*.rs", "transform/*.rs", empty=False)
    mutants += cases(root, "analysis/*.rs", "transform/reverse/*.rs", "transform/simplify/**/*.rs")
    mutants += statements(root, "analysis/*.rs", "transform/reverse/*.rs", "transform/tangent/*.rs",
                          "transform/simplify/exact.rs", "emit/call.rs")
    names = {}
    for mutant in mutants:
        names[mutant.name] = names.get(mutant.name, 0) + 1
        if mutant.name and names[mutant.name] > 1:
            mutant.name += f" ({names[mutant.name]})"
    return dict(enumerate(mutants, 1))


def instrumented(text, mutants):
    """`text` with the switches of `mutants` (by number) in it, and the lines that each of them covers."""
    inserted = []
    for number, mutant in mutants.items():
        if mutant.after is REPLACED:
            inserted.append((mutant.start, 1, -mutant.end, number, mutant.before, mutant.end - mutant.start))
            continue
        inserted.append((mutant.start, 1, -mutant.end if mutant.end > mutant.start else number - 10**9, number, mutant.before, 0))
        inserted.append((mutant.end, 0 if mutant.end > mutant.start else 1, -mutant.start, number, mutant.after, 0))
    parts, at, line, lines = [], 0, 1, {}
    for place, _, _, number, addition, replaced in sorted(inserted, key=lambda entry: entry[:4]):
        line += text.count("\n", at, place)
        parts += [text[at:place], addition.replace("@", str(number))]
        at = place + replaced
        first, _ = lines.get(number, (line, line))
        lines[number] = (first, line)
    return "".join(parts) + text[at:], lines
