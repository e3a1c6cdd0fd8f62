//! `cargo xtask fixtures`: makes the golden files anew.

use anyhow::Result;

use crate::step::Step;

/// Makes the golden files of `tests/fixtures` from the code as it is.
///
/// A difference in a golden file is a difference on the wire: look at it before
/// it is committed.
pub(crate) fn run() -> Result<()> {
    let args = "run --quiet --package sealift-tests --bin sealift-fixtures";
    Step::new("fixtures", env!("CARGO"), args).run()
}
