//! Installs what lint and test need, once per version, outside of the checkout.
//!
//! A tool is there when it answers, not when its folder exists: an interrupted
//! installation is found out and repaired by the next run.

mod bare_metal;
mod folder;
mod packages;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

pub(crate) use bare_metal::{BareMetal, bare_metal, bare_metal_clippy};

/// A program in a folder of the cache; the folder's name carries the version.
struct Tool {
    folder: &'static str,
    /// The program of the system that runs it, where it does not run by itself.
    runner: Option<&'static str>,
    /// The program inside of the folder, and the arguments with which it must succeed.
    program: &'static str,
    probe: &'static [&'static str],
    /// Fills the folder whose path it is given.
    install: fn(&Path) -> Result<()>,
}

/// Foreign TUF implementations, and the variables by which the tests find them.
const JUDGES: &[(&str, Tool)] = &[
    (
        "SEALIFT_PYTHON_TUF",
        Tool {
            folder: "python-tuf-7.0.1",
            runner: None,
            program: "bin/python",
            probe: &[
                "-c",
                "import tuf.ngclient, securesystemslib.signer, cryptography",
            ],
            install: |home| {
                let pins = ["tuf==7.0.1", "securesystemslib[crypto]==1.6.0"];
                python_packages(home, &pins)
            },
        },
    ),
    (
        "SEALIFT_TUF_JS",
        Tool {
            folder: "tuf-js-6.0.2",
            runner: Some("node"),
            program: "node_modules/tuf-js/dist/index.js",
            probe: &[],
            install: |home| node_packages(home, &["tuf-js@6.0.2"]),
        },
    ),
];

const CARGO_DENY: Tool = Tool {
    folder: "cargo-deny-0.20.2",
    runner: None,
    program: "bin/cargo-deny",
    probe: &["--version"],
    install: |home| cargo_tool(home, "cargo-deny@0.20.2"),
};

const CARGO_FUZZ: Tool = Tool {
    folder: "cargo-fuzz-0.13.2",
    runner: None,
    program: "bin/cargo-fuzz",
    probe: &["fuzz", "--version"],
    install: |home| cargo_tool(home, "cargo-fuzz@0.13.2"),
};

const CARGO_MUTANTS: Tool = Tool {
    folder: "cargo-mutants-27.1.0",
    runner: None,
    program: "bin/cargo-mutants",
    probe: &["mutants", "--version"],
    install: |home| cargo_tool(home, "cargo-mutants@27.1.0"),
};

/// Installs every judge and returns the variables by which the tests find them.
///
/// A test whose variable is missing fails and asks for `cargo xtask test`; it
/// never passes by being skipped.
pub(crate) fn judges() -> Result<Vec<(&'static str, PathBuf)>> {
    packages::ensure_present()?;
    let found = JUDGES
        .iter()
        .map(|(variable, tool)| Ok((*variable, tool.path()?)));
    found.collect()
}

/// Sees to the programs that a gateway's agent is measured beside.
pub(crate) fn shell() -> Result<()> {
    packages::ensure_shell()
}

/// The path of a `cargo-deny` of the pinned version.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    CARGO_DENY.path()
}

/// The path of a `cargo-fuzz` of the pinned version.
pub(crate) fn cargo_fuzz() -> Result<PathBuf> {
    // A fuzz target is linked with libFuzzer, which is C++.
    packages::ensure_present()?;
    CARGO_FUZZ.path()
}

/// The path of a `cargo-mutants` of the pinned version.
pub(crate) fn cargo_mutants() -> Result<PathBuf> {
    CARGO_MUTANTS.path()
}

impl Tool {
    /// The path of the program, which is installed first if it does not answer.
    fn path(&self) -> Result<PathBuf> {
        let works = |home: &Path| {
            let program = home.join(self.program);
            let mut command = match self.runner {
                Some(runner) => Command::new(runner),
                None => Command::new(&program),
            };
            command.args(self.runner.map(|_| &program)).args(self.probe);
            answers(&mut command)
        };
        let home = folder::installed(&cache()?, self.folder, works, self.install)?;
        Ok(home.join(self.program))
    }
}

/// Makes a virtual environment with the given packages.
fn python_packages(home: &Path, pins: &[&str]) -> Result<()> {
    succeed(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    let mut pip = Command::new(home.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet"]);
    succeed(pip.arg("--disable-pip-version-check").args(pins))
}

/// Installs the given packages of npm. What they would run while they are installed is not run.
fn node_packages(home: &Path, pins: &[&str]) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
    // The authors support newer releases of Node than some systems have, where it runs as well.
    npm.arg("--loglevel=error").arg("--prefix").arg(home);
    succeed(npm.args(pins))
}

/// Builds a published cargo tool with the dependencies that its authors locked.
fn cargo_tool(home: &Path, name_and_version: &str) -> Result<()> {
    let mut install = Command::new("cargo");
    install.args(["install", "--locked", "--root"]).arg(home);
    succeed(install.arg(name_and_version))
}

/// Where everything lies that is kept outside of the checkout.
pub(crate) fn cache() -> Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
    if let Some(cache) = set("SEALIFT_CACHE") {
        return std::path::absolute(cache).context("SEALIFT_CACHE is not a path");
    }
    let home = set("HOME").context("neither SEALIFT_CACHE nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache").join("sealift"))
}

/// Whether the command can be started and succeeds; what it prints is dropped.
fn answers(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = quiet.stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs a command whose output goes to stderr: stdout belongs to the verb.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let program = program.display();
    let status = command
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .status()
        .with_context(|| format!("cannot start {program}"))?;
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}
