"""Builds the copy with all switches, and tries one mutant."""
import functools, json, os, re, resource, shutil, subprocess, time

import points

SOURCES = points.SOURCES
# A mutant that takes ten times as long as the original, and this many seconds more, runs without end.
PATIENCE = 20
MEMORY = 6 << 30
QUICK = 0.3
# Tests that see panics alone, for seconds each.
BLIND = "half_typed::"
MODULE = """#![allow(dead_code, unused, clippy::all, missing_docs, missing_debug_implementations, unreachable_pub, reason = "as in the suite")]
#[path = "suite/support/mod.rs"]
pub mod support;
#[path = "suite/{0}.rs"]
mod {0};
"""


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@functools.cache
def libraries():
    """Where a test binary of a macro crate finds the compiler's libraries."""
    return subprocess.run(["rustc", "--print", "target-libdir"], capture_output=True, text=True).stdout.strip()


class Trials:
    def __init__(self, here, folder, mutants):
        self.root, self.mutants, self.folder = folder / "hvp", mutants, folder
        self.verdicts = {}
        if (folder / "state.json").exists():
            self.restore()
            return
        shutil.copytree(here, self.root, ignore=shutil.ignore_patterns("target", ".git"))
        self.build()
        self.time_tests()
        self.build_suite()
        self.replay_all()
        self.names = [mutant.name for mutant in mutants.values()]
        self.save()

    FIELDS = ("names", "unbuilt", "unit", "times", "tests_of", "modules", "items", "items_of")

    def save(self):
        (self.folder / "state.json").write_text(json.dumps({field: getattr(self, field) for field in self.FIELDS}))

    def restore(self):
        state = json.loads((self.folder / "state.json").read_text())
        for field in ("unbuilt", "tests_of", "items_of"):
            state[field] = {int(number): value for number, value in state[field].items()}
        self.__dict__.update(state)
        if self.names != [mutant.name for mutant in self.mutants.values()]:
            raise SystemExit(f"the sources have changed; remove {self.folder}")
        verdicts = self.folder / "verdicts"
        for line in verdicts.read_text().splitlines() if verdicts.exists() else ():
            name, what, how = line.split("\t")
            self.verdicts[name] = what, how

    def command(self, command, timeout, variables=None, suite=False):
        """The exit status (None if it takes too long) and the output."""
        level = {"CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL": "1"} if suite else {"CARGO_PROFILE_TEST_OPT_LEVEL": "1"}
        target = self.folder / ("target-suite" if suite else "target-unit")
        env = {**os.environ, "RUSTFLAGS": "-Awarnings", "CARGO_TERM_COLOR": "never", "CARGO_PROFILE_DEV_DEBUG": "0", **level,
               "CARGO_TARGET_DIR": str(target), "LD_LIBRARY_PATH": libraries(), **(variables or {})}
        limit = limited if command[0] != "cargo" else None
        process = subprocess.Popen(command, cwd=self.root / "hvp-macros" if limit else self.root, env=env, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit, start_new_session=True)
        try:
            out, err = process.communicate(timeout=timeout)
            return process.returncode, out + err
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate()
            return None, ""

    # What is done once.

    def build(self):
        """Builds the compiler with all switches; those that make no program are left out."""
        (self.root / SOURCES / "mutants.rs").write_text((self.root / "tools/mutants/switch.rs").read_text())
        entry = self.root / SOURCES / "lib.rs"
        text = entry.read_text().replace("mod ir;\n", "mod ir;\nmod mutants;\n")
        entry.write_text(text.replace("    TokenStream::from(complete(", "    mutants::note(&attribute.to_string(), &item.to_string());\n    TokenStream::from(complete(", 1))
        originals = {file: (self.root / file).read_text() for file in {mutant.file for mutant in self.mutants.values()}}
        self.unbuilt = {}
        check = ["cargo", "test", "-q", "-p", "hvp-macros", "--lib", "--no-run", "--message-format=json"]
        while True:
            lines = self.write_switches(originals)
            status, out = self.command(check, 1200)
            if status == 0:
                break
            self.leave_out(lines, [json.loads(line) for line in out.splitlines() if line.startswith("{")], out)
        built = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        self.unit = next(message["executable"] for message in built if message.get("executable"))

    def write_switches(self, originals):
        lines = {}
        for file, text in originals.items():
            here = {number: mutant for number, mutant in self.mutants.items() if mutant.file == file and number not in self.unbuilt}
            text, lines[file] = points.instrumented(text, here)
            (self.root / file).write_text(text)
        return lines

    def leave_out(self, lines, messages, out):
        before = len(self.unbuilt)
        for message in messages:
            message = message.get("message", message)
            if message.get("level") != "error":
                continue
            for span in message["spans"]:
                covers = [(last - first, number) for number, (first, last) in lines.get(span["file_name"], {}).items()
                          if first <= span["line_start"] and span["line_end"] <= last and self.mutants[number].name]
                if covers:
                    self.unbuilt[min(covers)[1]] = message["message"]
                    break
        if len(self.unbuilt) == before:
            raise SystemExit(f"the switches do not build:\n{out[-3000:]}")

    def time_tests(self):
        """Which unit tests ask which mutants, and how long each takes."""
        reached = self.folder / "reached"
        status, out = self.command([self.unit], 600, {"HVP_REACHED": str(reached)})
        if status != 0:
            raise SystemExit(f"the unit tests fail without any mutant:\n{out[-3000:]}")
        self.tests_of, self.times = {}, {}
        for line in reached.read_text().splitlines():
            test, number = line.split("\t")
            self.tests_of.setdefault(int(number), []).append(test)
        for test in sorted({test for tests in self.tests_of.values() for test in tests}):
            start = time.monotonic()
            self.command([self.unit, "--exact", test], 600)
            self.times[test] = time.monotonic() - start

    def build_suite(self):
        """Builds and runs each module of the suite by itself; keeps what the attribute was given there."""
        self.modules, self.items = {}, []
        for path in sorted((self.root / "tests/suite").glob("*.rs")):
            if path.stem != "main":
                (self.root / f"tests/m_{path.stem}.rs").write_text(MODULE.format(path.stem))
        self.command(["cargo", "test", "-q", "--test", "m_closures", "--no-run"], 1200, suite=True)
        for path in sorted(self.root.glob("tests/m_*.rs")):
            corpus = self.folder / f"corpus-{path.stem}"
            path.touch()
            start = time.monotonic()
            status, out = self.command(["cargo", "test", "-q", "--test", path.stem], 600, {"HVP_CORPUS": str(corpus)}, suite=True)
            if status != 0:
                raise SystemExit(f"{path.stem} fails without any mutant:\n{out[-3000:]}")
            self.modules[path.stem] = time.monotonic() - start
            count = corpus.read_text().count("\x1e") if corpus.exists() else 0
            self.items += [path.stem] * count
        texts = [self.folder / f"corpus-{module}" for module in self.modules]
        (self.folder / "corpus").write_text("".join(text.read_text() for text in texts if text.exists()))

    def replay(self, variables):
        """For each item that is expanded again: its hash, whether it is refused, and the mutants that it asked."""
        command = [self.unit, "--exact", "mutants::replay", "--nocapture"]
        status, out = self.command(command, 600, {"HVP_REPLAY": str(self.folder / "corpus"), **variables})
        found = re.findall(r"^(?:test mutants::replay \.\.\. )?@(\d+) (\w+) (true|false) ([\d,]*)$", out, re.M)
        return status, {int(item): (digest, refused == "true", asked) for item, digest, refused, asked in found}

    def replay_all(self):
        _, found = self.replay({})
        self.items_of = {}
        for item, (digest, refused, asked) in found.items():
            self.items[item] = [self.items[item], digest, refused]
            for number in filter(None, asked.split(",")):
                self.items_of.setdefault(int(number), []).append(item)

    # What is done for each mutant.

    def run(self, number):
        name = self.mutants[number].name
        if name not in self.verdicts:
            self.verdicts[name] = self.on_units(number) or self.on_suite(number)
            with (self.folder / "verdicts").open("a") as verdicts:
                verdicts.write("\t".join([name, *self.verdicts[name]]) + "\n")
        return self.verdicts[name]

    def on_units(self, number):
        tests = [test for test in self.tests_of.get(number, ()) if test in self.times and not test.startswith(BLIND)]
        quick = [test for test in tests if self.times[test] < QUICK]
        slow = sorted((test for test in tests if self.times[test] >= QUICK), key=self.times.get)
        for batch in [quick] * bool(quick) + [[test] for test in slow]:
            patience = PATIENCE + 10 * sum(self.times[test] for test in batch)
            status, out = self.command([self.unit, "--exact", *batch], patience, {"HVP_MUTANT": str(number)})
            if status is None:
                return "caught", f"{batch[0]} runs without end"
            if status != 0:
                failed = re.search(r"^test (\S+) \.\.\. FAILED", out, re.M)
                return "caught", failed.group(1) if failed else f"{batch[0]} ends it all"
        return None

    def on_suite(self, number):
        items = self.items_of.get(number)
        if not items:
            return "SURVIVES", "no function of the suite asks" if number not in self.tests_of else "asked by unit tests alone"
        variables = {"HVP_MUTANT": str(number), "HVP_ITEMS": ",".join(map(str, items))}
        status, found = self.replay(variables)
        if status != 0 or len(found) < len(items):
            return "caught", "the suite's expansion runs without end"
        refused = [self.items[item][0] for item in items if found[item][1] and not self.items[item][2]]
        if refused:
            return "caught", f"{refused[0]} does not build"
        changed = {self.items[item][0] for item in items if found[item][0] != self.items[item][1]}
        for module in sorted(changed, key=self.modules.get):
            how = self.on_module(number, module)
            if how:
                return "caught", how
        return "SURVIVES", f"changes {', '.join(sorted(changed))}" if changed else "changes no code"

    def on_module(self, number, module):
        (self.root / f"tests/{module}.rs").touch()
        patience = PATIENCE + 10 * self.modules[module]
        status, out = self.command(["cargo", "test", "-q", "--test", module], patience, {"HVP_MUTANT": str(number)}, suite=True)
        if status == 0:
            return None
        if status is None:
            return f"{module} runs without end"
        failed = re.search(r"^    (\w+::\S+)$", out, re.M)
        return failed.group(1) if failed else f"{module} does not build"
