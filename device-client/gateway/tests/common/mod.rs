//! A gateway in a scratch directory, and origins that may be hostile.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test takes its own part of the world"
)]

/// A tiny HTTP server.
pub mod origin;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::{Compress, Compression, FlushCompress};
use sealift_gateway::{Agent, Config};
use sealift_metadata::Time;
use sealift_tests::repository::{Build, Files, Repository, START};
use tempfile::TempDir;

/// A device with its state and its configuration.
pub struct Gateway {
    pub scratch: TempDir,
}

impl Gateway {
    /// A device that polls the folder `repository` of its scratch directory.
    pub fn new(repository: &Repository) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let gateway = Self { scratch };
        fs::write(gateway.path("1.root.json"), repository.first_root()).unwrap();
        gateway.serve(&repository.files);
        gateway.configure("[\"repository/metadata\"]", "[\"repository/targets\"]", "");
        gateway
    }

    /// Writes the files into the folder that the device polls.
    pub fn serve(&self, files: &Files) {
        let _ = fs::remove_dir_all(self.path("repository"));
        write_files(&self.path("repository"), files);
    }

    pub fn configure(&self, metadata: &str, targets: &str, extra: &str) {
        let text = format!(
            "metadata = {metadata}\ntargets = {targets}\nroot = \"1.root.json\"\n\
             state = \"state\"\nproduct = \"watch\"\nhardware = \"rev-a\"\n\
             component = \"app\"\nchannel = \"stable\"\ntries = 2\n{extra}"
        );
        fs::write(self.path("gateway.toml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    pub fn state(&self, name: &str) -> PathBuf {
        self.path("state").join(name)
    }

    /// The agent in process.
    pub fn agent(&self) -> Agent {
        Agent::new(Config::read(&self.path("gateway.toml")).unwrap()).unwrap()
    }

    /// The agent as a process.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealift-gateway"));
        command
            .arg("--config")
            .arg(self.path("gateway.toml"))
            .args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        Said::of(&self.command(args).output().unwrap())
    }

    /// What runs, by its own word.
    pub fn boots(&self) -> String {
        let said = self.run(&["boot", "--", "--version"]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        said.out.trim().to_owned()
    }

    /// Installs, boots and confirms what the repository offers now.
    pub fn update(&self, now: Time) {
        let agent = self.agent();
        let outcome = agent.once(now).unwrap();
        assert!(
            matches!(outcome, sealift_gateway::Outcome::Installed { .. }),
            "{outcome:?}"
        );
        self.boots();
        agent.confirm(now).unwrap();
    }

    /// Every state file but those that only speak.
    pub fn snapshot(&self) -> Files {
        let names = ["boot.0", "boot.1", "root.json"];
        let read = |name: &&str| Some(((*name).into(), fs::read(self.state(name)).ok()?));
        names.iter().filter_map(read).collect()
    }
}

/// What a process said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into(),
            err: String::from_utf8_lossy(&output.stderr).into(),
        }
    }
}

/// A build that says its version when it is started.
pub fn script(version: &'static str, sequence: u64, length: usize) -> Build {
    let mut build = Build::new(version, sequence, length);
    let head = format!("#!/bin/sh\necho runs {version}\nexit 0\n");
    build.bytes[..head.len()].copy_from_slice(head.as_bytes());
    build.block_bytes = 4096;
    build
}

pub fn zstd(block: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(block, 3).unwrap()
}

pub fn deflate(block: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(2 * block.len() + 64);
    Compress::new(Compression::best(), false)
        .compress_vec(block, &mut encoded, FlushCompress::Finish)
        .unwrap();
    encoded
}

/// A repository that offers 1.0.0, and a device that runs it.
pub fn installed() -> (Repository, Gateway) {
    let mut repository = Repository::new();
    repository.release(&script("1.0.0", 1, 20_000), |_| {});
    repository.publish();
    let gateway = Gateway::new(&repository);
    gateway.update(START);
    (repository, gateway)
}

pub fn write_files(folder: &Path, files: &Files) {
    for (address, bytes) in files {
        let path = folder.join(address);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
