//! Installs what lint and test need, once per version, outside of the checkout.
//!
//! A tool is there when it answers, not when its folder exists: an interrupted
//! installation is found out and repaired by the next run.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::step::timed;

/// Bump both when python-tuf is updated: the folder's name carries its version.
const PYTHON_TUF: &str = "python-tuf-7.0.1";
const PYTHON_TUF_PINS: &[&str] = &["tuf==7.0.1", "securesystemslib[crypto]==1.6.0"];

const CARGO_DENY: &str = "cargo-deny-0.20.2";
const CARGO_DENY_VERSION: &str = "0.20.2";

/// What the tests expect of the operating system, by its Debian package.
const SYSTEM_PACKAGES: &[SystemPackage] = &[
    SystemPackage {
        probe: &["cc", "--version"],
        package: "build-essential",
    },
    SystemPackage {
        probe: &["python3", "-c", "import ensurepip, venv"],
        package: "python3-venv",
    },
];

/// A Debian package, and the command that succeeds where it is installed.
struct SystemPackage {
    probe: &'static [&'static str],
    package: &'static str,
}

/// Installs every judge and returns the variables by which the tests find them.
///
/// A test whose variable is missing fails and asks for `cargo xtask test`; it
/// never passes by being skipped.
pub(crate) fn judges() -> Result<Vec<(&'static str, PathBuf)>> {
    system_packages()?;
    Ok(vec![("SEALIFT_PYTHON_TUF", python_tuf()?)])
}

/// The path of a `cargo-deny` of the pinned version.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let program = |home: &Path| home.join("bin").join("cargo-deny");
    let works = |home: &Path| answers(Command::new(program(home)).arg("--version"));
    let home = installed(&cache()?, CARGO_DENY, works, |home| {
        let mut install = Command::new("cargo");
        install.args(["install", "--locked", "--version", CARGO_DENY_VERSION]);
        succeed(install.arg("--root").arg(home).arg("cargo-deny"))
    })?;
    Ok(program(&home))
}

/// The interpreter of a virtual environment that holds the pinned python-tuf.
fn python_tuf() -> Result<PathBuf> {
    let python = |home: &Path| home.join("bin").join("python");
    let imports = "import tuf.ngclient, securesystemslib.signer, cryptography";
    let works = |home: &Path| answers(Command::new(python(home)).args(["-c", imports]));
    let home = installed(&cache()?, PYTHON_TUF, works, |home| {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(home))?;
        let mut pip = Command::new(python(home));
        pip.args(["-m", "pip", "install", "--quiet"]);
        succeed(pip.arg("--disable-pip-version-check").args(PYTHON_TUF_PINS))
    })?;
    Ok(python(&home))
}

/// Returns the folder `name` of the cache, building it first if it does not work.
///
/// It is built beside its place and renamed at the end, under a lock, so that
/// neither an interruption nor a second run leaves half of it behind.
fn installed(
    cache: &Path,
    name: &str,
    works: impl Fn(&Path) -> bool,
    build: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let home = cache.join(name);
    if works(&home) {
        return Ok(home);
    }
    fs::create_dir_all(cache).with_context(|| format!("cannot create {}", cache.display()))?;
    let lock = File::create(cache.join(format!("{name}.lock")))?;
    lock.lock().context("cannot lock the cache")?;
    if works(&home) {
        return Ok(home);
    }
    timed(&format!("install {name}"), || {
        let draft = cache.join(format!("{name}.tmp"));
        remove(&draft)?;
        build(&draft)?;
        remove(&home)?;
        fs::rename(&draft, &home)?;
        ensure!(works(&home), "{name} was installed but does not run");
        Ok(())
    })
    .with_context(|| format!("cannot install {name} into {}", cache.display()))?;
    Ok(home)
}

/// Installs missing system packages where that is allowed, and names them where not.
fn system_packages() -> Result<()> {
    let missing: Vec<_> = SYSTEM_PACKAGES
        .iter()
        .filter(|entry| !entry.is_present())
        .map(|entry| entry.package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !(is_root() && answers(Command::new("apt-get").arg("--version"))) {
        bail!(
            "these packages are missing: {packages}; on Debian and Ubuntu run \
             `sudo apt-get install -y --no-install-recommends {packages}`"
        );
    }
    timed(&format!("install {packages}"), || {
        // A fresh container has no package lists at all.
        succeed(apt_get().arg("update"))?;
        let install = ["install", "-y", "--no-install-recommends"];
        succeed(apt_get().args(install).args(&missing))
    })
}

impl SystemPackage {
    fn is_present(&self) -> bool {
        self.probe
            .split_first()
            .is_some_and(|(program, args)| answers(Command::new(program).args(args)))
    }
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("-q").env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn cache() -> Result<PathBuf> {
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
    quiet
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command whose output goes to stderr: stdout belongs to the verb.
fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let status = command
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    ensure!(
        status.success(),
        "{} ended with {status}",
        program.display()
    );
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn works(home: &Path) -> bool {
        home.join("tool").exists()
    }

    fn build(home: &Path) -> Result<()> {
        fs::create_dir(home)?;
        fs::write(home.join("tool"), "")?;
        Ok(())
    }

    #[test]
    fn an_interrupted_installation_is_repaired_by_the_next_run() {
        let cache = tempfile::tempdir().unwrap();
        let interrupted = installed(cache.path(), "tool-1", works, |home| {
            build(home)?;
            bail!("the power went")
        });
        assert!(interrupted.is_err());
        assert!(!cache.path().join("tool-1").exists());

        let home = installed(cache.path(), "tool-1", works, build).unwrap();
        assert!(works(&home));
        assert!(!cache.path().join("tool-1.tmp").exists());
    }

    #[test]
    fn a_folder_that_does_not_answer_is_built_again() {
        let cache = tempfile::tempdir().unwrap();
        fs::create_dir(cache.path().join("tool-1")).unwrap();
        let home = installed(cache.path(), "tool-1", works, build).unwrap();
        assert!(works(&home));
    }

    #[test]
    fn a_working_tool_is_not_built_again() {
        let cache = tempfile::tempdir().unwrap();
        build(&cache.path().join("tool-1")).unwrap();
        installed(cache.path(), "tool-1", works, |_| bail!("built again")).unwrap();
    }

    #[test]
    fn a_build_that_yields_nothing_usable_is_an_error() {
        let cache = tempfile::tempdir().unwrap();
        let empty = |home: &Path| fs::create_dir(home).map_err(Into::into);
        assert!(installed(cache.path(), "tool-1", works, empty).is_err());
    }
}
