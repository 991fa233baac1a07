#!/usr/bin/env python3
"""Breaks the compiler in one place at a time and sees the tests fail.

    python3 tools/mutate.py [--list] [--only TEXT] [--every N] [--keep FOLDER [--minutes N]]

The mutants are generated from the sources (`mutants/points.py`): each partial derivative scaled by 1.001 or without its mark, each
answer of an analysis inverted or emptied, each statement that writes the reverse sweep or the tangents dropped. They are all built
at once into a copy of the repository, in a temporary folder, each behind a switch that an environment variable turns on.

A mutant is tried on those unit tests of hvp-macros that ask its switch, the quick ones first. What survives them is tried on the
modules of `tests/suite` whose generated code it changes. It is caught if a test fails, runs without end or does not build.
`mutants/equivalent.txt` lists those that change nothing but the cost, with the reason.

One line for each mutant; the last line counts; exit status 1 if any survives. With `--keep`, the copy stays in FOLDER, and a later run
goes on from there; `--minutes` ends a run after so long.
"""
import argparse, shutil, sys, tempfile, time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "mutants"))
import points, trial


def equivalents(here):
    """The mutants that are known to change no result, with the reason."""
    known, names = {}, []
    for line in (here / "tools/mutants/equivalent.txt").read_text().splitlines():
        if line.startswith("    "):
            known.update((name, line.strip()) for name in names)
        elif line and not line.startswith("#"):
            names = names + [line] if names and names[-1] not in known else [line]
    return known


def verdict(trials, number, name, known):
    if number in trials.unbuilt:
        return "no program", trials.unbuilt[number]
    if name in known:
        return "equivalent", known[name]
    return trials.run(number)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--minutes", type=float, default=1e9)
    options = parser.parse_args()
    here = Path(__file__).resolve().parent.parent
    mutants = points.all_mutants(here)
    chosen = [number for number, mutant in mutants.items() if mutant.name and options.only in mutant.name][::options.every]
    if options.list:
        print("\n".join(mutants[number].name for number in chosen))
        return 0
    folder = options.keep or Path(tempfile.mkdtemp(prefix="hvp-mutants-"))
    known = equivalents(here)
    for name in sorted(known.keys() - {mutant.name for mutant in mutants.values()}):
        print(f"equivalent.txt names what is no mutant: {name}")
    trials = trial.Trials(here, folder, mutants)
    counts, end = {}, time.monotonic() + 60 * options.minutes
    for number in chosen:
        if time.monotonic() > end:
            break
        name = mutants[number].name
        what, how = verdict(trials, number, name, known)
        counts[what] = counts.get(what, 0) + 1
        print(f"{name}: {what} ({how})" if how else f"{name}: {what}", flush=True)
    if not options.keep:
        shutil.rmtree(folder)
    print(f"{sum(counts.values())} of {len(chosen)} mutants: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    return 1 if "SURVIVES" in counts else 0


if __name__ == "__main__":
    sys.exit(main())
