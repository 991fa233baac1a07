#!/usr/bin/env python3
"""Breaks the compiler in one place at a time and sees the tests fail.

    python3 tools/mutate.py [--list] [--only TEXT] [--suite] [--every N]

The mutants are generated from the sources: each rule's partial derivative scaled by 1.001, each answer of an analysis inverted, each
statement that the reverse sweep writes (saves, restores, contributions) dropped. They are built in a copy of the repository, in a
temporary folder. A mutant is caught if the unit tests of hvp-macros fail or do not build; with --suite, what survives them
is tried on the tests of the facade, too. The last line counts; exit status 1 if any survives. It takes about half a minute
for each mutant.
"""
import argparse, os, re, shutil, subprocess, sys, tempfile
from pathlib import Path

SOURCES = "hvp-macros/src"


def braces(text, start):
    """The end of the bracketed text that begins at `start`."""
    pairs, depth = {"(": ")", "{": "}"}, 0
    opening = text[start]
    for at in range(start, len(text)):
        depth += text[at] == opening
        depth -= text[at] == pairs[opening]
        if depth == 0:
            return at + 1
    return len(text)


def variants(text, name):
    body = re.search(r"enum %s \{(.*?)\n\}" % name, text, re.S).group(1)
    return re.findall(r"^    (\w+),", body, re.M)


def rules(root):
    """Each rule's partial derivative, scaled."""
    table, operations = f"{SOURCES}/rules.rs", (root / f"{SOURCES}/ir/op.rs").read_text()
    text = (root / table).read_text()
    head = re.search(r"pub\(crate\) fn partial\(cx: &mut dyn Context, op: &Op, index: usize\) -> Factor \{\n", text)
    patterns = [(f"Op::Unary(Unary::{v}, _)", 1) for v in variants(operations, "Unary")]
    patterns += [(f"Op::Binary(crate::ir::Binary::{v}, _, _)", 2) for v in variants(operations, "Binary")]
    patterns += [(f"Op::{op}", 2) for op in ("Add(..)", "Sub(..)", "Mul(..)", "Div(..)", "Rem(..)")]
    patterns += [("Op::Neg(_)", 1), ("Op::MulAdd(..)", 3), ("Op::Clamp(..)", 3)]
    scaled = """
    if matches!(op, %s) && index == %d {
        let factor = partial_of(cx, op, index);
        let by = Atom::real(1.001);
        return match factor {
            Factor::Zero => Factor::Zero,
            Factor::One => Factor::Value(by),
            Factor::MinusOne => Factor::Value(Atom::real(-1.001)),
            Factor::Value(f) => Factor::Value(cx.emit(Kind::Real, Op::Mul(by, f))),
            Factor::Singular(f) => Factor::Singular(cx.emit(Kind::Real, Op::Mul(by, f))),
        };
    }
    partial_of(cx, op, index)
}

fn partial_of(cx: &mut dyn Context, op: &Op, index: usize) -> Factor {
"""
    for pattern, operands in patterns:
        for index in range(operands):
            yield f"partial {index} of {pattern}", table, text[: head.end()] + scaled % (pattern, index) + text[head.end():]


def analyses(root):
    """Each Boolean answer of an analysis, inverted."""
    for path in sorted((root / f"{SOURCES}/analysis").glob("*.rs")):
        text = path.read_text()
        for match in re.finditer(r"fn (\w+)[^;{]*-> bool \{", text):
            start = match.end() - 1
            end = braces(text, start)
            inverted = "{ !(|| -> bool " + text[start:end] + ")() }"
            yield f"{match.group(1)} inverted", str(path.relative_to(root)), text[:start] + inverted + text[end:]


def statements(root):
    """Each statement that the reverse sweep writes, dropped."""
    for path in sorted((root / f"{SOURCES}/transform/reverse").glob("*.rs")):
        if path.name == "tests.rs":
            continue
        text = path.read_text()
        for match in re.finditer(r"(self|pass)\.(push|contribute|contribute_to)\(", text):
            end = braces(text, match.end() - 1)
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path.name}:{line} dropped", str(path.relative_to(root)), text[: match.start()] + "()" + text[end:]


def passes(root, command):
    env = dict(os.environ, RUSTFLAGS="-Awarnings", CARGO_TERM_COLOR="never")
    try:
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        return False, "runs without end"
    if done.returncode == 0:
        return True, ""
    built = "test result" in done.stdout
    return False, "fails" if built else "does not build"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--suite", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    here = Path(__file__).resolve().parent.parent
    mutants = [m for make in (rules, analyses, statements) for m in make(here) if options.only in m[0]][:: options.every]
    if options.list:
        print("\n".join(name for name, _, _ in mutants))
        return 0
    root = Path(tempfile.mkdtemp(prefix="hvp-mutants-")) / "hvp"
    shutil.copytree(here, root, ignore=shutil.ignore_patterns("target", ".git"))
    unit = ["cargo", "test", "-q", "-p", "hvp-macros", "--lib"]
    suite = ["cargo", "test", "-q", "--test", "suite"]
    sound, how = passes(root, unit)
    if not sound:
        sys.exit(f"the unmutated tests fail: {how}")
    counts = {}
    for name, file, text in mutants:
        original = (root / file).read_text()
        (root / file).write_text(text)
        alive, how = passes(root, unit)
        if alive and options.suite:
            alive, how = passes(root, suite)
            how = "fails in the suite" if not alive else how
        (root / file).write_text(original)
        verdict = "SURVIVES" if alive else how
        counts[verdict] = counts.get(verdict, 0) + 1
        print(f"{name}: {verdict}", flush=True)
    shutil.rmtree(root.parent)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) + f" of {len(mutants)} mutants")
    return 1 if "SURVIVES" in counts else 0


if __name__ == "__main__":
    sys.exit(main())
