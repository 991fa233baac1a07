//! Prints the table, or writes the pictures.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use hvp_bench::clock::Budget;
use hvp_bench::{chart, studies, table};

const USAGE: &str = "\
usage: hvp-bench table [NAME]      the table, or the rows whose function's name contains NAME
       hvp-bench report DIRECTORY  the table, and pictures in that directory";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let budget = Budget(Duration::from_secs(1));
    match arguments[..] {
        ["table"] => print!("{}", table::markdown(&table::rows("", budget))),
        ["table", only] => print!("{}", table::markdown(&table::rows(only, budget))),
        ["report", directory] => {
            if let Err(error) = report(Path::new(directory), budget) {
                eprintln!("{directory}: {error}");
                return ExitCode::FAILURE;
            }
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn report(directory: &Path, budget: Budget) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let rows = table::rows("", budget);
    print!("{}", table::markdown(&rows));
    let (names, series) = studies::ratios(&rows);
    let title = "Hessian-vector product: time ÷ the product by hand";
    std::fs::write(
        directory.join("ratios.svg"),
        chart::dots(title, "ratio", &names, &series),
    )?;
    let short = Budget(budget.0 / 4);
    std::fs::write(directory.join("scaling.svg"), studies::scaling(short).svg())?;
    std::fs::write(directory.join("blocks.svg"), studies::block_width(short).svg())?;
    std::fs::write(directory.join("linearized.svg"), studies::linearized(short).svg())
}
