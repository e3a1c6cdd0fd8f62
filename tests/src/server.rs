//! The real server as a process on loopback, with a data directory that survives it.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use sealift_metadata::Digest;
use sealift_metadata::write::KeySpec;
use serde_json::{Value, json};

use crate::mirror::{Mirror, targets_of};
use crate::programs::{self, Said};

/// How long a server may take until it answers.
const START_SECONDS: u64 = 30;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
    /// Its data directory.
    pub data: PathBuf,
    /// Its admin token.
    pub token: String,
}

impl Server {
    /// Starts a server whose data directory is `folder/server`, for the first time or again.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub fn start(folder: &Path) -> Result<Self> {
        let data = folder.join("server");
        let (child, port) = spawn(folder, &data)?;
        let mut server = Self {
            child,
            port,
            data,
            token: String::new(),
        };
        server.wait_until_healthy()?;
        server.token = first_token(folder)?;
        Ok(server)
    }

    /// Ends the server as a power cut would, and starts it again on the same data.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub fn kill_and_restart(&mut self) -> Result<()> {
        self.kill()?;
        let folder = self.data.parent().context("the data lies in a folder")?;
        (self.child, self.port) = spawn(folder, &self.data)?;
        self.wait_until_healthy()
    }

    /// Ends the server as a power cut would.
    ///
    /// # Errors
    /// When there is no such process any more.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends the server while somebody else still talks to it.
    ///
    /// # Errors
    /// When there is no such process any more.
    pub fn signal_kill(&self) -> Result<()> {
        let status = Command::new("kill")
            .args(["-KILL", &self.child.id().to_string()])
            .status()?;
        ensure!(status.success(), "there is no server to kill");
        Ok(())
    }

    /// The public half of an online key, `snapshot` or `timestamp`.
    ///
    /// # Errors
    /// What `sealift-server online-key show` says.
    pub fn online_key(&self, role: &str) -> Result<KeySpec> {
        let output = programs::command("sealift-server")?
            .args(["online-key", "show", "--data"])
            .arg(&self.data)
            .output()?;
        let keys: Value = serde_json::from_str(&Said::from(output).ok()?)?;
        let public = keys[role]["keyval"]["public"]
            .as_str()
            .context("has a public half")?;
        Ok(KeySpec::ed25519(*Digest::parse(public)?.as_bytes())?)
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The URL of `path` below the metadata of the repository `default`.
    pub fn metadata(&self, path: &str) -> String {
        format!("{}/tuf/default/metadata/{path}", self.url())
    }

    /// The URL of `path` below the targets of the repository `default`.
    pub fn targets(&self, path: &str) -> String {
        format!("{}/tuf/default/targets/{path}", self.url())
    }

    /// Fetches a URL: its status and its body.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn get(url: &str) -> Result<(u16, Vec<u8>)> {
        answer(agent().get(url).call())
    }

    /// The file in which the server keeps the image of a role whose path contains `part`.
    ///
    /// # Errors
    /// When there is no such target.
    pub fn blob(&self, role: &str, part: &str) -> Result<PathBuf> {
        let copy = tempfile::tempdir()?;
        let version = Mirror::of(self, copy.path())?.version_of(role)?;
        let (_, document) = Self::get(&self.metadata(&format!("{version}.{role}.json")))?;
        let targets = targets_of(&document)?;
        let is_image = |path: &str| path.contains(part) && !path.ends_with(".blocks");
        let (_, sha256) = targets
            .iter()
            .find(|(path, _)| is_image(path))
            .context("no such target")?;
        Ok(self.data.join("blobs").join(&sha256[..2]).join(sha256))
    }

    /// Uploads a blob: the status, and the body as JSON.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn put_blob(&self, token: &str, sha256: &str, bytes: &[u8]) -> Result<(u16, Value)> {
        let url = format!("{}/api/v1/repositories/default/blobs/{sha256}", self.url());
        let request = agent()
            .put(&url)
            .header("authorization", format!("Bearer {token}"));
        as_json(answer(request.send(bytes))?)
    }

    /// Proposes documents, each with its role: the status, and the body as JSON.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn propose(&self, documents: &[(&str, &[u8])]) -> Result<(u16, Value)> {
        let documents: Vec<Value> = documents
            .iter()
            .map(|(role, bytes)| json!({"role": role, "document": String::from_utf8_lossy(bytes)}))
            .collect();
        let body = json!({ "documents": documents }).to_string();
        let url = format!("{}/api/v1/repositories/default/changes", self.url());
        let request = agent()
            .post(&url)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        as_json(answer(request.send(body))?)
    }

    fn wait_until_healthy(&mut self) -> Result<()> {
        let url = format!("{}/healthz", self.url());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(START_SECONDS) {
            if Self::get(&url).is_ok_and(|(status, _)| status == 200) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}: see server.log beside its data");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the server did not answer within {START_SECONDS} s")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be dead already; then there is nothing left to end.
        let _ = self.kill();
    }
}

fn spawn(folder: &Path, data: &Path) -> Result<(Child, u16)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let append = |name: &str| {
        File::options()
            .create(true)
            .append(true)
            .open(folder.join(name))
            .context(name.to_owned())
    };
    let child = programs::command("sealift-server")?
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data)
        .stdout(append("server.out")?)
        .stderr(append("server.log")?)
        .spawn()
        .context("cannot start sealift-server")?;
    Ok((child, port))
}

/// The admin token, which the first start prints and no later one.
fn first_token(folder: &Path) -> Result<String> {
    let printed = std::fs::read_to_string(folder.join("server.out"))?;
    let token = printed
        .split_whitespace()
        .find(|word| word.starts_with("sealift_"));
    Ok(token.context("the first start prints a token")?.to_owned())
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_mins(1)));
    config.build().into()
}

fn answer(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<(u16, Vec<u8>)> {
    let mut answer = answer?;
    let status = answer.status().as_u16();
    Ok((status, answer.body_mut().read_to_vec()?))
}

fn as_json((status, body): (u16, Vec<u8>)) -> Result<(u16, Value)> {
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body)?
    };
    Ok((status, body))
}
