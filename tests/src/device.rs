//! A gateway as a real process, its state in a folder that survives it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::ceremony::PRODUCT;
use crate::programs::{self, Said};
use crate::server::Server;

/// A device with its configuration and its state below one folder.
#[derive(Debug)]
pub struct Device {
    folder: PathBuf,
}

impl Device {
    /// A device that knows the repository's first root and polls `server`.
    ///
    /// # Errors
    /// When the server has no root yet.
    pub fn new(folder: &Path, server: &Server) -> Result<Self> {
        let device = Self {
            folder: folder.to_owned(),
        };
        std::fs::create_dir_all(folder)?;
        let (_, root) = Server::get(&server.metadata("1.root.json"))?;
        std::fs::write(folder.join("1.root.json"), root)?;
        device.poll(server)?;
        Ok(device)
    }

    /// Lets the device poll `server` from now on.
    ///
    /// # Errors
    /// What the file system says.
    pub fn poll(&self, server: &Server) -> Result<()> {
        self.configure(&server.metadata(""), &server.targets(""), "")
    }

    /// Writes the configuration; `extra` lines follow the usual ones.
    ///
    /// # Errors
    /// What the file system says.
    pub fn configure(&self, metadata: &str, targets: &str, extra: &str) -> Result<()> {
        let config = self.config();
        let program = programs::path("sealift-gateway")?;
        let quote = |path: &Path| format!("{:?}", path.to_string_lossy());
        let mut text = String::new();
        writeln!(text, "metadata = [{:?}]", metadata.trim_end_matches('/'))?;
        writeln!(text, "targets = [{:?}]", targets.trim_end_matches('/'))?;
        writeln!(text, "root = {}", quote(&self.folder.join("1.root.json")))?;
        writeln!(text, "state = {}", quote(&self.state()))?;
        writeln!(
            text,
            "product = {PRODUCT:?}\nhardware = \"rev-a\"\ncomponent = \"app\""
        )?;
        writeln!(text, "channel = \"stable\"\ntries = 2")?;
        let (program, own) = (quote(&program), quote(&config));
        writeln!(
            text,
            "reboot = [{program}, \"--config\", {own}, \"boot\", \"--\", \"--version\"]"
        )?;
        text.push_str(extra);
        Ok(std::fs::write(&config, text)?)
    }

    /// Runs the agent with one verb and its arguments.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn run(&self, args: &[&str]) -> Result<Said> {
        let mut command = programs::command("sealift-gateway")?;
        let output = command
            .arg("--config")
            .arg(self.config())
            .args(args)
            .output();
        Ok(output.context("cannot start sealift-gateway")?.into())
    }

    /// What `status --json` says.
    ///
    /// # Errors
    /// When it says nothing that can be read.
    pub fn status(&self) -> Result<serde_json::Value> {
        let said = self.run(&["status", "--json"])?.ok()?;
        Ok(serde_json::from_str(&said)?)
    }

    /// What the program in the running slot says of its version.
    ///
    /// # Errors
    /// When nothing boots.
    pub fn boot(&self) -> Result<String> {
        self.run(&["boot", "--", "--version"])?.ok()
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    fn config(&self) -> PathBuf {
        self.folder.join("gateway.toml")
    }
}
