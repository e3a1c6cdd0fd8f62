//! What we publish, read by TUF implementations that share no code with us.

use std::path::PathBuf;

use anyhow::Result;
use sealift_metadata::Digest;
use sealift_tests::builds;
use sealift_tests::ceremony::{Build, Ceremony, PRODUCT};
use sealift_tests::judges;
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

    /// Every target of the product, with its digest.
    fn targets(&self) -> Result<Vec<(String, String)>> {
        let copy = Mirror::of(&self.server, &self.scratch.path().join("copy"))?;
        let version = copy.version_of(PRODUCT)?;
        targets_of(&copy.read(&format!("metadata/{version}.{PRODUCT}.json"))?)
    }
}

#[test]
fn python_tuf_and_sigstore_tuf_read_a_release_through_the_running_server() -> Result<()> {
    let world = World::new()?;
    let listed = world.targets()?;
    let paths: Vec<&str> = listed.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths.len(),
        3,
        "the image, its block table and the release document: {paths:?}"
    );

    let verdict = judges::python_tuf(&world.server, &world.root, &paths)?;
    assert_eq!(verdict.targets, listed.iter().cloned().collect());
    assert_eq!(verdict.versions["root"], 1);
    let image = Digest::of(&std::fs::read(&world.image)?).to_string();
    assert!(verdict.targets.values().any(|sha256| *sha256 == image));

    for (path, sha256) in &listed {
        let bytes = judges::sigstore_tuf(&world.server, &world.root, path)?;
        assert_eq!(Digest::of(&bytes).to_string(), *sha256, "{path}");
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
    let flipped = judges::python_tuf(&world.server, &world.root, &[&path]);
    assert!(flipped.is_err_and(|error| error.to_string().contains("LengthOrHashMismatch")));
    assert!(judges::sigstore_tuf(&world.server, &world.root, &path).is_err());
    Ok(())
}
