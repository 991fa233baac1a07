#!/usr/bin/env python3
"""How long `#[differentiable]` takes: compiles the suite in the development profile and prints what the macro says of each function.

    python3 tools/expansion.py
"""
import os, re, resource, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ["cargo", "build", "--test", "suite"]


def processor_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    subprocess.run(BUILD, cwd=ROOT, check=True, capture_output=True)
    # The test crate alone is compiled again.
    os.utime(ROOT / "tests/suite/main.rs")
    before = processor_time()
    run = subprocess.run(BUILD, cwd=ROOT, check=True, capture_output=True, text=True, env=dict(os.environ, HVP_TIME="1"))
    seconds = processor_time() - before
    found = [(int(lines), float(ms), name) for name, lines, ms in re.findall(r"^hvp: `(\w+)`, (\d+) lines: ([\d.]+) ms$", run.stderr, re.M)]
    if not found:
        sys.exit("the macro has printed nothing")
    times = sorted(ms for _, ms, _ in found)
    total = sum(times) / 1e3
    print(f"{len(found)} functions: {total:.2f} s in the macro, {seconds:.2f} s of processor time for the test crate")
    print(f"median {times[len(times) // 2]:.1f} ms, nine tenths below {times[len(times) * 9 // 10]:.1f} ms")
    print(f"{1e3 * total / sum(lines for lines, _, _ in found):.2f} ms for each line")
    for lines, ms, name in sorted(found, reverse=True)[:8]:
        print(f"  {name}: {lines} lines, {ms:.1f} ms")
    lines, ms, name = max(found, key=lambda entry: entry[1])
    print(f"the slowest: {name}, {lines} lines, {ms:.0f} ms")


if __name__ == "__main__":
    main()
