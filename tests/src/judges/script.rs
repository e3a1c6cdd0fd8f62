//! Judges that are programs of another language, one script for each.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{Origin, Verdict};

pub(super) fn python_tuf(origin: &Origin, memory: &Path, targets: &[&str]) -> Result<Verdict> {
    let mut command = Command::new(installed("SEALIFT_PYTHON_TUF")?);
    command.arg(script("python_tuf.py"));
    ask(command, origin, memory, targets).context("python-tuf")
}

pub(super) fn tuf_js(origin: &Origin, memory: &Path, targets: &[&str]) -> Result<Verdict> {
    let mut command = Command::new("node");
    command.arg(script("tuf_js.js"));
    command.arg(installed("SEALIFT_TUF_JS")?);
    ask(command, origin, memory, targets).context("tuf-js")
}

fn installed(variable: &str) -> Result<OsString> {
    std::env::var_os(variable)
        .with_context(|| format!("{variable} is not set: run cargo xtask test"))
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("judges")
        .join(name)
}

fn ask(mut command: Command, origin: &Origin, memory: &Path, targets: &[&str]) -> Result<Verdict> {
    let root = memory.join("pinned.json");
    std::fs::write(&root, &origin.root)?;
    command.arg(root).args([&origin.metadata, &origin.targets]);
    command.arg(memory).args(targets).stdin(Stdio::null());
    let said = command.output()?;
    let error = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success(), "{error}");
    verdict(&String::from_utf8(said.stdout)?)
}

fn verdict(line: &str) -> Result<Verdict> {
    let seen: Value = serde_json::from_str(line)?;
    let members = |name: &str| seen[name].as_object().cloned().context("has the member");
    let versions = members("versions")?.into_iter();
    let targets = members("targets")?.into_iter();
    Ok(Verdict {
        versions: versions
            .map(|(role, version)| (role, version.as_u64().unwrap_or(0)))
            .collect(),
        targets: targets
            .map(|(path, sha256)| (path, sha256.as_str().unwrap_or_default().to_owned()))
            .collect(),
    })
}
