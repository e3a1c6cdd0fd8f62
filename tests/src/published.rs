//! A simulated repository as files in a folder, as a mirror serves them.

use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};

use sealift_metadata::Digest;
use sealift_metadata::name::{Quoted, Version};

use crate::simulator::Simulator;

/// A folder with `metadata/` and `targets/`.
#[derive(Debug)]
pub struct Published {
    folder: PathBuf,
}

impl Published {
    /// Writes all metadata of `world` into `folder`, over what lies there already.
    ///
    /// # Errors
    /// What the file system says.
    pub fn of(world: &Simulator, folder: &Path) -> Result<Self> {
        let published = Self {
            folder: folder.to_owned(),
        };
        published.publish(world)?;
        Ok(published)
    }

    /// Writes what `world` has now; versioned files of before stay.
    ///
    /// # Errors
    /// What the file system says.
    pub fn publish(&self, world: &Simulator) -> Result<()> {
        for (index, root) in world.roots.iter().enumerate() {
            self.put(&format!("{}.root.json", index + 1), root)?;
        }
        for (role, draft) in &world.targets {
            let version = draft.version().map_or(0, Version::get);
            let name = format!("{version}.{}.json", Quoted(role));
            self.put(&name, &world.fetch(role))?;
        }
        let snapshot = format!("{}.snapshot.json", world.snapshot_version);
        self.put(&snapshot, &world.fetch_snapshot())?;
        self.put("timestamp.json", &world.fetch_timestamp())
    }

    /// Puts a document under a name of the attacker's choice.
    ///
    /// # Errors
    /// What the file system says.
    pub fn put(&self, name: &str, document: &[u8]) -> Result<()> {
        write(&self.metadata().join(name), document)
    }

    /// Puts the file of the target `path`, under the digest of `content`.
    ///
    /// # Errors
    /// What the file system says.
    pub fn put_target(&self, path: &str, content: &[u8]) -> Result<()> {
        self.put_target_as(path, &Digest::of(content), content)
    }

    /// Puts `content` where the target `path` of this digest is looked for.
    ///
    /// # Errors
    /// What the file system says.
    pub fn put_target_as(&self, path: &str, digest: &Digest, content: &[u8]) -> Result<()> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = self.targets().join(folder);
        write(&folder.join(format!("{digest}.{name}")), content)
    }

    /// Where the metadata lies.
    pub fn metadata(&self) -> PathBuf {
        self.folder.join("metadata")
    }

    /// Where the targets lie.
    pub fn targets(&self) -> PathBuf {
        self.folder.join("targets")
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
