//! A hand-made repository on a server, and judges who read it.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use sealift_metadata::write::{Draft, SPEC_VERSION};
use sealift_metadata::{Digest, Time};
use tempfile::TempDir;

use crate::judges::{Judge, Origin, Verdict};
use crate::published::Published;
use crate::shelf::Shelf;
use crate::simulator::{PRODUCT, Simulator};

/// A target that the top-level role lists.
pub const TOP: &str = "top.txt";
/// A target that a delegated role lists.
pub const DELEGATED: &str = "images/watch/app/1/firmware.bin";
/// What both hold.
pub const CONTENT: &[u8] = b"what was signed";

/// A repository that everybody reads until something is changed. Judges have clocks of their
/// own, so that it does not expire.
#[derive(Debug)]
pub struct Court {
    /// The repository.
    pub world: Simulator,
    /// Its files.
    pub published: Published,
    /// Who serves them.
    pub shelf: Shelf,
    spec_version: &'static str,
    scratch: TempDir,
}

impl Court {
    /// A repository in the way that we write them: [`TOP`], and [`DELEGATED`] in a terminating
    /// role that two keys sign for and whose paths are a pattern.
    ///
    /// # Errors
    /// What the system says.
    pub fn new() -> Result<Self> {
        Self::new_but(|_| ())
    }

    /// The repository of [`Court::new`] but for what `change` changes.
    ///
    /// # Errors
    /// What the system says.
    pub fn new_but(change: impl FnOnce(&mut Simulator)) -> Result<Self> {
        Self::of(SPEC_VERSION, change)
    }

    /// A repository of the specification 1.0.0 with [`TOP`] and without delegations.
    ///
    /// # Errors
    /// What the system says.
    pub fn plain() -> Result<Self> {
        Self::plain_but("1.0.0", |_| ())
    }

    /// The repository of [`Court::plain`] but for the specification and what `change` changes.
    ///
    /// # Errors
    /// What the system says.
    pub fn plain_but(
        spec_version: &'static str,
        change: impl FnOnce(&mut Simulator),
    ) -> Result<Self> {
        Self::of(spec_version, |world| {
            world.targets.retain(|role, _| role == "targets");
            world.draft("targets").remove("delegations");
            change(world);
        })
    }

    /// A repository that this judge reads, and the target in it that says most of the judge.
    ///
    /// # Errors
    /// What the system says.
    pub fn readable_by(judge: Judge) -> Result<(Self, &'static str)> {
        match judge {
            Judge::RustTuf => Ok((Self::plain()?, TOP)),
            _ => Ok((Self::new()?, DELEGATED)),
        }
    }

    fn of(spec_version: &'static str, change: impl FnOnce(&mut Simulator)) -> Result<Self> {
        let mut world = Simulator::new();
        let late = Time::parse("2099-01-01T00:00:00Z")?;
        world.online_expires = late;
        let (length, digest) = (CONTENT.len() as u64, Digest::of(CONTENT));
        let targets = world.draft("targets");
        targets.set_target(TOP, length, &digest, None);
        let product = world.draft(PRODUCT);
        product.set_target(DELEGATED, length, &digest, None);
        change(&mut world);
        for draft in world.targets.values_mut().chain([&mut world.root]) {
            draft.set("spec_version", spec_version);
            draft.set_expires(late);
        }
        world.roots.clear();
        world.publish_root();

        let scratch = tempfile::tempdir()?;
        let published = Published::of(&world, scratch.path())?;
        for path in [TOP, DELEGATED] {
            published.put_target(path, CONTENT)?;
        }
        let court = Self {
            shelf: Shelf::open(scratch.path())?,
            world,
            published,
            spec_version,
            scratch,
        };
        court.publish()?;
        Ok(court)
    }

    /// Writes what the repository has now; versioned files of before stay.
    ///
    /// # Errors
    /// What the file system says.
    pub fn publish(&self) -> Result<()> {
        let world = &self.world;
        self.published.publish(world)?;
        let snapshot = self.signed("snapshot", &world.fetch_snapshot())?;
        let timestamp = self.signed("timestamp", &world.timestamp_of(&snapshot))?;
        let name = format!("{}.snapshot.json", world.snapshot_version);
        self.published.put(&name, &snapshot)?;
        Ok(self.published.put("timestamp.json", &timestamp)?)
    }

    /// The document of an online role, of the specification that the others are of.
    fn signed(&self, role: &str, document: &[u8]) -> Result<Vec<u8>> {
        let mut draft = Draft::of_document(document)?;
        draft.set("spec_version", self.spec_version);
        Ok(self.world.sign(role, &draft))
    }

    /// Changes a text in a file of the repository to another one.
    ///
    /// # Errors
    /// When the text is not there.
    pub fn alter(&self, file: &str, old: &str, new: &str) -> Result<()> {
        let file = self.scratch.path().join(file);
        let text = fs::read_to_string(&file)?;
        ensure!(text.contains(old), "{} has no {old}", file.display());
        Ok(fs::write(file, text.replacen(old, new, 1))?)
    }

    /// Where the repository is, and its first root.
    pub fn origin(&self) -> Origin {
        Origin {
            metadata: self.shelf.url("metadata/"),
            targets: self.shelf.url("targets/"),
            root: self.world.first_root().to_owned(),
        }
    }

    /// A judge without a memory reads one target.
    ///
    /// # Errors
    /// What the judge refused.
    pub fn ask(&self, judge: Judge, target: &str) -> Result<Verdict> {
        let memory = tempfile::tempdir()?;
        self.ask_again(judge, memory.path(), target)
    }

    /// A judge whose memory lies in a folder reads one target.
    ///
    /// # Errors
    /// What the judge refused.
    pub fn ask_again(&self, judge: Judge, memory: &Path, target: &str) -> Result<Verdict> {
        let verdict = judge.read(&self.origin(), memory, &[target])?;
        ensure!(
            verdict.targets[target] == Digest::of(CONTENT).to_string(),
            "{judge:?} took something else for {target}"
        );
        Ok(verdict)
    }

    /// Who refuses this target, of all judges, and what they say.
    pub fn refusing(&self, target: &str) -> Vec<(Judge, String)> {
        let refusal = |judge| {
            let error = self.ask(judge, target).err()?;
            Some((judge, format!("{error:#}")))
        };
        Judge::ALL.into_iter().filter_map(refusal).collect()
    }
}
