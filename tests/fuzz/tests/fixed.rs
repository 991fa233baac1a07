//! The command, on a few programs; `tests/random.rs` has the fixed batch.

use std::process::Command;

fn agrees(arguments: &[&str]) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_hvp-fuzz")).args(arguments).output().expect("the command starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.contains("programs agree"), "{text}");
}

#[test]
fn programs_of_the_command_agree() {
    agrees(&["--seed", "61", "--count", "4"]);
    agrees(&["--seed", "31", "--count", "4", "--wide"]);
}
