//! Random programs: value bits, gradient, Hessian-vector product and symmetry, Jacobian and its products against a second definition.
//!
//! `cargo run -p hvp-fuzz -- --seed 1 --count 100` writes, compiles and compares programs 1 to 100; exit status 0 only where all agree.
//! `--wide` takes the wider language; `--print` shows the program of the seed; `--shrink` makes a failing one smaller.

use batch::{Outcome, Workshop};
use hvp_fuzz::{Language, program};
use std::process::ExitCode;

mod batch;
mod shrink;

/// Programs in one crate: enough to share the cost of linking, few enough to compile in parallel with little memory.
const BATCH: u64 = 100;

struct Options {
    seed: u64,
    count: u64,
    language: Language,
    print: bool,
    shrink: bool,
}

fn options() -> Result<Options, String> {
    let mut options = Options { seed: 1, count: 100, language: Language::Core, print: false, shrink: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|n| n.parse().ok()).ok_or(format!("{word} takes a number"));
        match word.as_str() {
            "--seed" => options.seed = number()?,
            "--count" => options.count = number()?,
            "--wide" => options.language = Language::Wide,
            "--print" => options.print = true,
            "--shrink" => options.shrink = true,
            _ => return Err(format!("unknown option {word}")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    let result = options().and_then(|options| run(&options).map_err(|error| error.to_string()));
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> std::io::Result<bool> {
    if options.print {
        println!("{}", program(options.seed, options.language));
        return Ok(true);
    }
    let workshop = Workshop::new()?;
    if options.shrink {
        println!("{}", shrink::shrink(&workshop, program(options.seed, options.language))?);
        return Ok(true);
    }
    let (mut right, mut points) = (0, 0);
    let end = options.seed + options.count;
    let mut start = options.seed;
    while start < end {
        let seeds: Vec<u64> = (start..end.min(start + BATCH)).collect();
        let programs: Vec<String> = seeds.iter().map(|&seed| program(seed, options.language)).collect();
        for (seed, outcome) in seeds.iter().zip(workshop.run(&programs)?) {
            match outcome {
                Outcome::Right { points: finite } => {
                    right += 1;
                    points += finite;
                }
                Outcome::Refused(message) => println!("program {seed} is refused: {message}"),
                Outcome::Wrong(message) => println!("program {seed} is wrong: {message}"),
            }
        }
        start += BATCH;
    }
    println!("{right} of {} programs agree, at {points} points", options.count);
    Ok(right == options.count)
}
