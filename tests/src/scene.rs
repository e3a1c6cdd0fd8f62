//! A simulated repository, and a reference client that trusts its first root.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use sealift_metadata::Digest;

use crate::programs::Said;
use crate::published::Published;
use crate::reference::ReferenceClient;
use crate::simulator::{START, Simulator};

/// The path of the target.
pub const FILE: &str = "dir/file.txt";
/// The name that it is stored under.
pub const KEPT_FILE: &str = "dir%2Ffile.txt";
/// What it holds.
pub const CONTENT: &[u8] = b"what was signed";

/// A client that trusts the first root of a simulated repository.
#[derive(Debug)]
pub struct Scene {
    /// The repository.
    pub world: Simulator,
    /// Its files.
    pub published: Published,
    /// The client.
    pub client: ReferenceClient,
}

impl Scene {
    /// A scene whose top-level targets role lists [`FILE`].
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn new() -> Result<Self> {
        Self::of(|world| {
            let targets = world.draft("targets");
            targets.set_target(FILE, CONTENT.len() as u64, &Digest::of(CONTENT), None);
        })
    }

    /// A scene whose repository `change` made; the file of [`FILE`] is there in any case.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn of(change: impl FnOnce(&mut Simulator)) -> Result<Self> {
        let mut world = Simulator::new();
        change(&mut world);
        let mut client = ReferenceClient::new()?;
        client.set_now(START);
        let published = Published::of(&world, &client.repository())?;
        published.put_target(FILE, CONTENT)?;
        client.init(&published.metadata().join("1.root.json"))?;
        Ok(Self {
            world,
            published,
            client,
        })
    }

    /// Changes the repository and writes it out.
    ///
    /// # Errors
    /// What the file system says.
    pub fn publish(&mut self, change: impl FnOnce(&mut Simulator)) -> Result<()> {
        change(&mut self.world);
        Ok(self.published.publish(&self.world)?)
    }

    /// A refresh that is refused, naming `word`, and leaves what is kept byte for byte.
    ///
    /// # Errors
    /// When it does otherwise.
    pub fn refuses(&self, word: &str) -> Result<()> {
        let before = self.client.everything_kept()?;
        says(self.client.refresh()?, word)?;
        ensure!(self.client.everything_kept()? == before, "something moved");
        Ok(())
    }

    /// Every file below the scratch folder but for the repository.
    fn everything_written(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        let mut folders = vec![self.client.scratch().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() && path != self.client.repository() {
                    folders.push(path);
                } else if path.is_file() {
                    files.push(path);
                }
            }
        }
        Ok(files)
    }

    /// Checks that every file that was written lies in one of `folders`.
    ///
    /// # Errors
    /// When one does not.
    pub fn all_lie_in(&self, folders: &[PathBuf]) -> Result<()> {
        for file in self.everything_written()? {
            let parent = file.parent().map(Path::to_owned);
            ensure!(
                parent.is_some_and(|it| folders.contains(&it)),
                "{}",
                file.display()
            );
        }
        Ok(())
    }
}

/// Checks that the client refused, naming `word`.
///
/// # Errors
/// When it did otherwise.
pub fn says(said: Said, word: &str) -> Result<()> {
    let said = said.refused()?;
    ensure!(said.names(word), "{word}: {}", said.err);
    Ok(())
}
