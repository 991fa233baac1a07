//! A fixed batch of random programs.

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
fn random_programs_agree_with_a_second_definition() {
    agrees(&["--seed", "43", "--count", "18"]);
    agrees(&["--seed", "1", "--count", "20", "--wide"]);
}
