//! `sealift-tuf-client` as a process, with folders of its own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sealift_metadata::Time;
use tempfile::TempDir;

use crate::programs::{self, Said};

/// A reference client and the scratch folder that everything of it lies in.
#[derive(Debug)]
pub struct ReferenceClient {
    scratch: TempDir,
    now: Option<Time>,
}

impl ReferenceClient {
    /// A client that trusts nothing yet; it reads the repository that lies in
    /// [`repository`](Self::repository).
    ///
    /// # Errors
    /// What the file system says.
    pub fn new() -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        Ok(Self { scratch, now: None })
    }

    /// Sets the client's clock.
    pub fn set_now(&mut self, now: Time) {
        self.now = Some(now);
    }

    /// The folder that holds all others.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// The folder of the repository, with `metadata` and `targets`.
    pub fn repository(&self) -> PathBuf {
        self.scratch().join("repository")
    }

    /// The folder of what the client accepted.
    pub fn kept(&self) -> PathBuf {
        self.scratch().join("kept")
    }

    /// The folder of what it downloaded.
    pub fn downloads(&self) -> PathBuf {
        self.scratch().join("downloads")
    }

    /// Trusts a root.
    ///
    /// # Errors
    /// When it is refused.
    pub fn init(&self, root: &Path) -> Result<()> {
        self.run([OsString::from("init"), root.into()])?.ok()?;
        Ok(())
    }

    /// Brings its metadata up to date with [`repository`](Self::repository).
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn refresh(&self) -> Result<Said> {
        let metadata = self.repository().join("metadata");
        self.run(["--metadata-url".into(), metadata.into(), "refresh".into()])
    }

    /// Downloads targets from [`repository`](Self::repository).
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn download(&self, names: &[&str]) -> Result<Said> {
        let repository = self.repository();
        let mut args: Vec<OsString> = vec![
            "--metadata-url".into(),
            repository.join("metadata").into(),
            "--target-base-url".into(),
            repository.join("targets").into(),
        ];
        args.extend(self.wanted(names));
        self.run(args)
    }

    /// The options of a download but for those that name the repository.
    pub fn wanted(&self, names: &[&str]) -> Vec<OsString> {
        let mut args = vec!["--target-dir".into(), self.downloads().into()];
        for name in names {
            args.extend(["--target-name".into(), OsString::from(name)]);
        }
        args.push("download".into());
        args
    }

    /// Runs the client with [`kept`](Self::kept) and these options.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, args: impl IntoIterator<Item = OsString>) -> Result<Said> {
        let mut command = programs::command("sealift-tuf-client")?;
        if let Some(now) = self.now {
            let now = now.to_string().replace('T', " ").replace('Z', "+00:00");
            command.env("FAKE_NOW", now);
        }
        command.arg("--metadata-dir").arg(self.kept()).args(args);
        Ok(command.output()?.into())
    }

    /// What was downloaded under a name.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn downloaded(&self, name: &str) -> Result<Vec<u8>> {
        Ok(fs::read(self.downloads().join(name))?)
    }

    /// Every file that is kept, with its bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub fn everything_kept(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.kept())? {
            let path = entry?.path();
            let name = path.file_name().context("has a name")?;
            files.push((name.to_string_lossy().into_owned(), fs::read(&path)?));
        }
        files.sort();
        Ok(files)
    }
}
