//! What was changed of the code that verifies, as a diff.

use std::io::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

/// Everything that may be listed in `.cargo/mutants.toml`.
const VERIFYING: &str = "metadata/src";

/// The branches that a change goes to, as a clone and as a checkout of the whole know them.
const MAIN: [&str; 2] = ["origin/main", "main"];

/// The difference between the tree as it is and the commit that it goes back to; `None` where
/// there is no difference, or no commit before.
pub(super) fn diff() -> Result<Option<NamedTempFile>> {
    let Some(base) = base()? else {
        return Ok(None);
    };
    // Whatever the user's configuration makes of a diff, cargo-mutants has to read this one.
    let shape = [
        "--no-color",
        "--no-ext-diff",
        "--src-prefix=a/",
        "--dst-prefix=b/",
    ];
    let args = [&["diff"], &shape[..], &[&base, "--", VERIFYING]].concat();
    let text = git(&args)?.with_context(|| format!("git cannot compare with {base}"))?;
    if text.is_empty() {
        return Ok(None);
    }
    let mut file = NamedTempFile::with_suffix(".diff")?;
    file.write_all(text.as_bytes())?;
    Ok(Some(file))
}

/// Where this branch left the main one; on the main branch itself, the commit before.
fn base() -> Result<Option<String>> {
    let head = git(&["rev-parse", "HEAD"])?.context("git knows no commit here")?;
    for main in MAIN {
        let base = git(&["merge-base", "HEAD", main])?;
        if let Some(base) = base.filter(|base| *base != head) {
            return Ok(Some(base.trim().to_owned()));
        }
    }
    let before = git(&["rev-parse", "--verify", "--quiet", "HEAD~1"])?;
    Ok(before.map(|before| before.trim().to_owned()))
}

/// What git prints; `None` where it knows no answer.
fn git(args: &[&str]) -> Result<Option<String>> {
    let output = Command::new("git")
        .args(args)
        .output()
        .context("cannot start git")?;
    let text = String::from_utf8(output.stdout).context("git printed no text")?;
    Ok(output.status.success().then_some(text))
}
