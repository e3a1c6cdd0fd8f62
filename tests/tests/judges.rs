//! What we publish, read by TUF implementations that share no code with us.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use sealift_metadata::Digest;
use sealift_tests::builds;
use sealift_tests::ceremony::{Build, Ceremony, PRODUCT};
use sealift_tests::judges::{Judge, Origin, Verdict};
use sealift_tests::mirror::{Mirror, targets_of};
use sealift_tests::server::Server;
use tempfile::TempDir;

/// A server with one published release, and the root that clients pin.
struct World {
    scratch: TempDir,
    server: Server,
    image: PathBuf,
    root: PathBuf,
}

impl World {
    fn new() -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let server = Server::start(scratch.path())?;
        let image = builds::script(scratch.path(), "1.0.0", 200)?;
        let build = Build {
            version: "1.0.0",
            file: &image,
            encoding: "raw",
            block_bytes: None,
            slot: None,
        };
        Ceremony::new(scratch.path()).first_release(&server, &build)?;
        let root = scratch.path().join("1.root.json");
        std::fs::write(&root, Server::get(&server.metadata("1.root.json"))?.1)?;
        Ok(Self {
            scratch,
            server,
            image,
            root,
        })
    }

    /// A judge without a memory downloads these targets.
    fn ask(&self, judge: Judge, targets: &[&str]) -> Result<Verdict> {
        let memory = tempfile::tempdir()?;
        judge.read(
            &Origin::of(&self.server, &self.root)?,
            memory.path(),
            targets,
        )
    }

    /// Every target of the product, with its digest.
    fn targets(&self) -> Result<Vec<(String, String)>> {
        let copy = Mirror::of(&self.server, &self.scratch.path().join("copy"))?;
        let version = copy.version_of(PRODUCT)?;
        targets_of(&copy.read(&format!("metadata/{version}.{PRODUCT}.json"))?)
    }
}

#[test]
fn every_judge_reads_a_release_through_the_running_server() -> Result<()> {
    let world = World::new()?;
    let listed = world.targets()?;
    let paths: Vec<&str> = listed.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths.len(),
        3,
        "the image, its block table and the release document: {paths:?}"
    );

    let image = Digest::of(&std::fs::read(&world.image)?).to_string();
    for judge in Judge::CURRENT {
        let verdict = world.ask(judge, &paths)?;
        assert_eq!(
            verdict.targets,
            listed.iter().cloned().collect(),
            "{judge:?}"
        );
        assert_eq!(verdict.versions["root"], 1, "{judge:?}");
        assert!(verdict.targets.values().any(|sha256| *sha256 == image));
    }
    Ok(())
}

#[test]
fn the_judges_refuse_what_we_refuse() -> Result<()> {
    let world = World::new()?;
    let (path, _) = world.targets()?.remove(0);
    let blob = world.server.blob(PRODUCT, "/app/1.0.0/")?;
    let mut bytes = std::fs::read(&blob)?;
    bytes[7] ^= 1;
    std::fs::write(&blob, bytes)?;
    for (judge, reason) in [
        (Judge::Sealift, "not the one that was signed"),
        (Judge::PythonTuf, "LengthOrHashMismatch"),
        (Judge::TufJs, "Expected hash"),
        (Judge::SigstoreTuf, "sha256 mismatch"),
        (Judge::Tough, "Hash mismatch"),
    ] {
        let refused = world.ask(judge, &[&path]);
        let said = refused.err().context("was not refused")?;
        assert!(format!("{said:#}").contains(reason), "{judge:?}: {said:#}");
    }
    Ok(())
}
