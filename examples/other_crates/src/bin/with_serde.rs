//! A run that is stopped, written to a file, read again and finished: with the bits of one that never stopped.
//!
//! `cargo run --release -p other_crates --features serde --bin with_serde`

use std::error::Error;
use std::fs;
use std::ops::ControlFlow::{Break, Continue};

use hvp::{State, TrustRegion};
use other_crates::{energy, held};

const LINKS: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let f = energy::objective();
    let mut method = TrustRegion::default();
    method.stop.gradient = 1e-6;
    println!("The energy of a chain of {LINKS} links is minimised.\n");

    let evening = method.minimize_with(&f, &held(LINKS), |state| {
        if state.counts.products < 300 { Continue(()) } else { Break(()) }
    });
    let path = std::env::temp_dir().join("hvp_chain.json");
    fs::write(&path, serde_json::to_string(&evening.state)?)?;
    report("in the evening", &evening);
    println!("written to {}: {} bytes", path.display(), fs::metadata(&path)?.len());

    let state: State = serde_json::from_str(&fs::read_to_string(&path)?)?;
    fs::remove_file(&path)?;
    let morning = method.resume(&f, state).finish();
    report("in the morning", &morning);
    let at_once = method.minimize(&f, &held(LINKS));
    report("without a stop", &at_once);
    assert_eq!(morning, at_once);
    println!("\nThe last two are the same to the last bit.");
    Ok(())
}

fn report(when: &str, outcome: &hvp::Outcome) {
    let state = &outcome.state;
    println!(
        "{when}  {:<12} {:>4} steps {:>5} products  energy {:.12}  |gradient| {:.1e}",
        format!("{:?}", outcome.status),
        state.iterations,
        state.counts.products,
        state.value,
        state.gradient_norm
    );
}
