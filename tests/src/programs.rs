//! The real programs, found where cargo built them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

/// The path of a program of this workspace, beside the test or the demo that asks for it.
///
/// # Errors
/// When it was not built.
pub fn path(name: &str) -> Result<PathBuf> {
    let me = std::env::current_exe().context("cannot tell where this program lies")?;
    let folders = me.ancestors().skip(1).take(2);
    let found = folders
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.with_context(|| format!("{name} was not built: run cargo xtask test"))
}

/// A command that runs a program of this workspace, deaf to the surroundings.
///
/// # Errors
/// When it was not built.
pub fn command(name: &str) -> Result<Command> {
    let mut command = Command::new(path(name)?);
    command.stdin(Stdio::null()).env("SEALIFT_LOG", "info");
    for variable in ["SEALIFT_HOME", "SEALIFT_TOKEN", "SEALIFT_DATA"] {
        command.env_remove(variable);
    }
    Ok(command)
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; -1 when a signal ended it.
    pub code: i32,
    /// What it printed as data.
    pub out: String,
    /// What it told the person.
    pub err: String,
}

impl Said {
    /// What it printed, if it ended well.
    ///
    /// # Errors
    /// What it said, if it did not.
    pub fn ok(self) -> Result<String> {
        ensure!(
            self.code == 0,
            "ended with {}: {}{}",
            self.code,
            self.out,
            self.err
        );
        Ok(self.out)
    }

    /// What it said, if it refused with a code other than 0.
    ///
    /// # Errors
    /// When it did not refuse.
    pub fn refused(self) -> Result<Self> {
        if self.code == 0 {
            bail!("was not refused: {}{}", self.out, self.err);
        }
        Ok(self)
    }

    /// Whether it named `word`, as data or to the person.
    pub fn names(&self, word: &str) -> bool {
        self.out.contains(word) || self.err.contains(word)
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs a program of this workspace to its end.
///
/// # Errors
/// When it cannot be started.
pub fn run<A: AsRef<OsStr>>(name: &str, args: impl IntoIterator<Item = A>) -> Result<Said> {
    let output = command(name)?.args(args).output();
    Ok(output
        .with_context(|| format!("cannot start {name}"))?
        .into())
}

/// Copies a folder with everything in it.
///
/// # Errors
/// What the file system says.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
