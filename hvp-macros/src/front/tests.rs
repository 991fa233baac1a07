//! Text in, printed IR out.

use crate::attr;
use crate::diag::Diag;
use crate::front;

fn lowered(options: &str, text: &str) -> Result<String, Vec<String>> {
    let item: syn::ItemFn = syn::parse_str(text).expect("the test's own text");
    let mut diag = Diag::new();
    let options = attr::parse(options.parse().expect("the test's own text"), &mut diag);
    match front::lower(&item, &options, &mut diag) {
        Some(lowered) => Ok(lowered.func.to_string()),
        None => Err(diag.messages()),
    }
}

fn check(text: &str, expected: &str) {
    match lowered("", text) {
        Ok(printed) => {
            let lines = |text: &str| text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect::<Vec<_>>();
            assert_eq!(lines(&printed), lines(expected), "\n{printed}");
        }
        Err(messages) => panic!("refused: {messages:#?}"),
    }
}

#[test]
fn arithmetic_keeps_order_and_association() {
    check(
        "fn f(x: f64, y: f64) -> f64 { x * y - 2.0 / x }",
        "
fn f
  %0 x: Real [param 0] differentiated
  %1 y: Real [param 1] differentiated
  gives result 0
  %2 t: Real = %0 * %1
  %3 t: Real = 2.0 / %0
  %4 t: Real = %2 - %3
  return %4
",
    );
}
