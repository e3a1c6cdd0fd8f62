//! A repository copied into a folder, as a mirror or a USB stick carries it: and what an attacker
//! who owns the server can do with such a copy.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealift_metadata::Digest;
use sealift_metadata::name::Version;
use sealift_metadata::write::{Draft, SecretKey, Value};

use crate::server::Server;
use crate::simulator::sign_with;

/// A static copy of a repository: `metadata/` and `targets/`.
#[derive(Debug)]
pub struct Mirror {
    folder: PathBuf,
}

impl Mirror {
    /// Copies everything that the repository `default` serves now.
    ///
    /// # Errors
    /// When a file that must be there is not.
    pub fn of(server: &Server, folder: &Path) -> Result<Self> {
        let mirror = Self {
            folder: folder.to_owned(),
        };
        let mut root = 1;
        while let (200, bytes) = Server::get(&server.metadata(&format!("{root}.root.json")))? {
            mirror.write(&format!("metadata/{root}.root.json"), &bytes)?;
            root += 1;
        }
        let timestamp = mirror.fetch(server, "timestamp.json")?;
        let version = listed(&timestamp)?.remove(0).1;
        let snapshot = mirror.fetch(server, &format!("{version}.snapshot.json"))?;
        for (file, version) in listed(&snapshot)? {
            let role = mirror.fetch(server, &format!("{version}.{file}"))?;
            for (path, sha256) in targets_of(&role)? {
                let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
                let path = format!("{folder}/{sha256}.{name}");
                let (status, bytes) = Server::get(&server.targets(&path))?;
                ensure!(status == 200, "{path}: {status}");
                mirror.write(&format!("targets/{path}"), &bytes)?;
            }
        }
        Ok(mirror)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The version of a targets role in the copy.
    ///
    /// # Errors
    /// When it is not listed.
    pub fn version_of(&self, role: &str) -> Result<u64> {
        let snapshot = listed(&self.read("metadata/timestamp.json")?)?.remove(0).1;
        let roles = listed(&self.read(&format!("metadata/{snapshot}.snapshot.json"))?)?;
        let file = format!("{role}.json");
        let found = roles.into_iter().find(|(name, _)| *name == file);
        Ok(found.context("the role is not listed")?.1)
    }

    /// Puts a file into the copy.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        Ok(std::fs::write(path, bytes)?)
    }

    /// Puts a targets role into the copy and has snapshot and timestamp point at it, signed with
    /// the online keys of the server whose data directory is `data`: the attacker owns it.
    ///
    /// # Errors
    /// When the copy or the keys cannot be read.
    pub fn forge(&self, data: &Path, role: &str, document: &[u8]) -> Result<()> {
        let keys = std::fs::read(data.join("online-keys.json"))?;
        let keys: serde_json::Value = serde_json::from_slice(&keys)?;
        let version = Draft::of_document(document)?.version()?;
        self.write(&format!("metadata/{version}.{role}.json"), document)?;

        let mut timestamp = Draft::of_document(&self.read("metadata/timestamp.json")?)?;
        let old = listed_in(timestamp.value())?.remove(0).1;
        let path = format!("metadata/{old}.snapshot.json");
        let mut snapshot = Draft::of_document(&self.read(&path)?)?;
        snapshot.set_meta(&format!("{role}.json"), version, document);
        let version = Version::new(old)?.next();
        snapshot.set_version(version);
        let snapshot = sign_with(snapshot.value(), &[online_key(&keys, "snapshot")?]);
        self.write(&format!("metadata/{version}.snapshot.json"), &snapshot)?;

        timestamp.set_meta("snapshot.json", version, &snapshot);
        timestamp.set_version(timestamp.version()?.next());
        let timestamp = sign_with(timestamp.value(), &[online_key(&keys, "timestamp")?]);
        self.write("metadata/timestamp.json", &timestamp)
    }

    /// Reads a file of the copy.
    ///
    /// # Errors
    /// What the file system says.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        std::fs::read(self.folder.join(path)).with_context(|| path.to_owned())
    }

    fn fetch(&self, server: &Server, file: &str) -> Result<Vec<u8>> {
        let (status, bytes) = Server::get(&server.metadata(file))?;
        ensure!(status == 200, "{file}: {status}");
        self.write(&format!("metadata/{file}"), &bytes)?;
        Ok(bytes)
    }
}

/// The files and versions that a timestamp or a snapshot lists.
fn listed(document: &[u8]) -> Result<Vec<(String, u64)>> {
    listed_in(Draft::of_document(document)?.value())
}

fn listed_in(signed: &Value) -> Result<Vec<(String, u64)>> {
    let meta = signed
        .get("meta")
        .and_then(Value::as_object)
        .context("has a list")?;
    let version = |meta: &Value| meta.get("version").and_then(Value::as_u64).unwrap_or(0);
    Ok(meta
        .iter()
        .map(|(file, meta)| (file.clone(), version(meta)))
        .collect())
}

/// The targets that a role lists, each with its digest.
///
/// # Errors
/// When the document is not a targets role.
pub fn targets_of(document: &[u8]) -> Result<Vec<(String, String)>> {
    let draft = Draft::of_document(document)?;
    let targets = draft.value().get("targets").and_then(Value::as_object);
    let sha256 = |target: &Value| {
        let hashes = target.get("hashes").and_then(|hashes| hashes.get("sha256"));
        hashes
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let targets = targets.context("is a targets role")?;
    Ok(targets
        .iter()
        .map(|(path, target)| (path.clone(), sha256(target)))
        .collect())
}

/// One of the two private keys that a server keeps; see `docs/server.md`.
fn online_key(keys: &serde_json::Value, role: &str) -> Result<SecretKey> {
    let seed = keys[role]["keyval"]["private"]
        .as_str()
        .context("an online key has a seed")?;
    Ok(SecretKey::from_seed(Digest::parse(seed)?.as_bytes()))
}
