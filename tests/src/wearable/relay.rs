//! The gateway beside a wearable: `sealift-gateway relay` as a process.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result};

use super::PRODUCT;
use crate::programs;

/// A relay that runs until it is dropped.
#[derive(Debug)]
pub struct Relay {
    child: Child,
    /// `127.0.0.1:PORT`
    pub address: String,
}

impl Relay {
    /// Starts a relay in `folder` for one origin of metadata and one of targets.
    ///
    /// # Errors
    /// When it does not begin to listen.
    pub fn start(folder: &Path, metadata: &str, targets: &str) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let config = folder.join("gateway.toml");
        let mut text = String::new();
        writeln!(text, "metadata = [{:?}]", metadata.trim_end_matches('/'))?;
        writeln!(text, "targets = [{:?}]", targets.trim_end_matches('/'))?;
        writeln!(text, "root = \"1.root.json\"\nstate = \"state\"")?;
        writeln!(text, "product = {PRODUCT:?}\nhardware = \"rev-a\"")?;
        writeln!(text, "component = \"app\"\nchannel = \"stable\"")?;
        std::fs::write(&config, text)?;
        let mut child = programs::command("sealift-gateway")?
            .arg("--config")
            .arg(&config)
            .args(["relay", "--listen", "127.0.0.1:0"])
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("relay.log"))?)
            .spawn()
            .context("cannot start sealift-gateway")?;
        let stdout = child.stdout.take().context("it was piped")?;
        let mut said = String::new();
        // It speaks at once, or ends.
        BufReader::new(stdout).read_line(&mut said)?;
        let address = said.trim().strip_prefix("listening on ").map(str::to_owned);
        let relay = Self {
            child,
            address: address.clone().unwrap_or_default(),
        };
        address.with_context(|| format!("the relay said {said:?}"))?;
        Ok(relay)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
