//! Compiles a batch of programs as the modules of one crate, and runs it.

use hvp_fuzz::module;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

/// What became of one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything agrees at so many points; at the others a number is not finite.
    Right { points: usize },
    /// The compiler's first message.
    Refused(String),
    /// What does not agree.
    Wrong(String),
}

/// Where batches are compiled, and with which `cargo`.
pub(crate) struct Workshop {
    folder: PathBuf,
    project: PathBuf,
}

impl Workshop {
    pub(crate) fn new() -> io::Result<Workshop> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.join("target"), PathBuf::from);
        let folder = target.join("fuzz");
        fs::create_dir_all(folder.join("src"))?;
        let path = project.display();
        let manifest = format!(
            "[package]\nname = \"batch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             hvp = {{ path = \"{path}\" }}\nhvp-twin = {{ path = \"{path}/tests/twin\" }}\n\
             rand = {{ version = \"0.10\", default-features = false, features = [\"std_rng\"] }}\n\
             [profile.dev]\ndebug = 0\nincremental = false\n\
             [profile.dev.build-override]\nopt-level = 2\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::copy(project.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Workshop { folder, project })
    }

    /// One outcome for each program.
    pub(crate) fn run(&self, programs: &[String]) -> io::Result<Vec<Outcome>> {
        for (number, program) in programs.iter().enumerate() {
            fs::write(self.folder.join(format!("src/p{number}.rs")), module(program))?;
        }
        let mut outcomes = BTreeMap::new();
        loop {
            let kept: Vec<usize> = (0..programs.len()).filter(|n| !outcomes.contains_key(n)).collect();
            fs::write(self.folder.join("src/main.rs"), self.main(&kept))?;
            let refused = self.build()?;
            if refused.is_empty() {
                break;
            }
            outcomes.extend(refused.into_iter().map(|(n, message)| (n, Outcome::Refused(message))));
        }
        for line in self.execute()?.lines() {
            if let Some((number, outcome)) = parse(line) {
                outcomes.insert(number, outcome);
            }
        }
        let missing = || Outcome::Wrong("the batch stopped before it".to_owned());
        Ok((0..programs.len()).map(|n| outcomes.remove(&n).unwrap_or_else(missing)).collect())
    }

    fn main(&self, kept: &[usize]) -> String {
        let support = self.project.join("tests/suite/support/mod.rs");
        let harness = self.project.join("tests/fuzz/src/harness.rs");
        let mut text = "#![allow(warnings)]\n".to_owned();
        for (name, path) in [("support", support), ("harness", harness)] {
            let _ = write!(text, "#[path = \"{path}\"]\nmod {name};\n", path = path.display());
        }
        for n in kept {
            let _ = writeln!(text, "mod p{n};");
        }
        text += "fn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n";
        for n in kept {
            let _ = writeln!(text, "    harness::report({n}, p{n}::check);");
        }
        text + "}\n"
    }

    fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args([command, "--offline"]).current_dir(&self.folder);
        cargo.env("CARGO_TARGET_DIR", self.folder.join("target"));
        cargo
    }

    /// The numbers of the programs that do not compile, with the first error of each.
    fn build(&self) -> io::Result<BTreeMap<usize, String>> {
        let output = self.cargo("build").args(["--message-format", "short"]).stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        let mut refused = BTreeMap::new();
        for line in text.lines().filter(|line| line.contains("error")) {
            let number = line.strip_prefix("src/p").and_then(|rest| rest.split('.').next()?.parse().ok());
            if let Some(number) = number {
                refused.entry(number).or_insert_with(|| line.to_owned());
            }
        }
        if output.status.success() || !refused.is_empty() {
            return Ok(refused);
        }
        Err(io::Error::other(format!("the batch does not build:\n{text}")))
    }

    fn execute(&self) -> io::Result<String> {
        let output = self.cargo("run").arg("--quiet").stdin(Stdio::null()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// `3 right 4` or `3 wrong gradient at …`.
fn parse(line: &str) -> Option<(usize, Outcome)> {
    let (number, rest) = line.split_once(' ')?;
    let (verdict, detail) = rest.split_once(' ')?;
    let outcome = match verdict {
        "right" => Outcome::Right { points: detail.parse().ok()? },
        "wrong" => Outcome::Wrong(detail.to_owned()),
        _ => return None,
    };
    Some((number.parse().ok()?, outcome))
}
