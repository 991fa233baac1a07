//! Prints the table, or writes the pictures.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use hvp_bench::clock::Budget;
use hvp_bench::{chart, jacobians, linear, studies, table};

const USAGE: &str = "\
usage: hvp-bench table [NAME]      the table, or the rows whose function's name contains NAME
       hvp-bench jacobians [NAME]  the table of functions with many results
       hvp-bench linear [NAME]     what linearising costs, and what it saves
       hvp-bench report DIRECTORY  the table, and a picture of it in that directory
       hvp-bench growth DIRECTORY  pictures of times by size and by width of a block";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let budget = Budget(Duration::from_secs(1));
    let written = match arguments[..] {
        ["table"] => Ok(markdown("", budget)),
        ["table", only] => Ok(markdown(only, budget)),
        ["jacobians"] => Ok(jacobians::markdown("", budget)),
        ["jacobians", only] => Ok(jacobians::markdown(only, budget)),
        ["linear"] => Ok(linear::markdown("", budget)),
        ["linear", only] => Ok(linear::markdown(only, budget)),
        ["report", directory] => report(Path::new(directory), budget),
        ["growth", directory] => growth(Path::new(directory), budget).map(|()| String::new()),
        _ => Err(std::io::Error::other(USAGE)),
    };
    match written {
        Ok(text) => print!("{text}"),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn markdown(only: &str, budget: Budget) -> String {
    table::markdown(&table::rows(only, budget))
}

fn report(directory: &Path, budget: Budget) -> std::io::Result<String> {
    let rows = table::rows("", budget);
    let (names, series) = studies::ratios(&rows);
    let title = "Hessian-vector product: time ÷ the product by hand";
    std::fs::write(directory.join("performance_ratios.svg"), chart::dots(title, "ratio", &names, &series))?;
    Ok(table::markdown(&rows))
}

fn growth(directory: &Path, budget: Budget) -> std::io::Result<()> {
    let scaling = studies::scaling(Budget(budget.0 / 4));
    std::fs::write(directory.join("performance_scaling.svg"), scaling.svg())?;
    let blocks = studies::block_width(Budget(budget.0 / 2));
    std::fs::write(directory.join("performance_blocks.svg"), blocks.svg())
}
