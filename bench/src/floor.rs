//! A refresh of a small repository with thresholds of 2, and what no refresh can do without: the
//! same signature checks and the same hashes with the same primitives.

use anyhow::{Context as _, Result, ensure};
use sealift_metadata::Digest;
use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::Role;
use sealift_metadata::key::PublicKey;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::write::Value;
use sealift_tests::fixtures;
use sealift_tests::simulator::{PRODUCT, START, Simulator, public};

const PATHS: [&str; 2] = [
    "channels/watch/stable.json",
    "images/watch/app/2026.11/app.zst",
];

/// The documents of a small repository: root, timestamp, snapshot, targets, channels, product.
struct World {
    simulator: Simulator,
    documents: [Vec<u8>; 6],
}

impl World {
    fn new() -> Self {
        let mut world = Simulator::new();
        world.publish(PRODUCT, |draft| {
            let custom = fixtures::image().custom();
            draft.set_target(PATHS[1], 900, &Digest::of(b"encoding"), Some(custom));
        });
        let documents = [
            world.first_root().to_vec(),
            world.fetch_timestamp(),
            world.fetch_snapshot(),
            world.fetch("targets"),
            world.fetch("channels"),
            world.fetch(PRODUCT),
        ];
        Self {
            simulator: world,
            documents,
        }
    }
}

/// Refreshes `count` times, down to the image.
pub fn refresh(count: u32) -> Result<()> {
    let world = World::new();
    let [root, timestamp, snapshot, targets, channels, product] = &world.documents;
    for _ in 0..count {
        let stage = RootStage::begin(root, Floors::default(), START)?.finish()?;
        let (stage, snapshot) = stage.accept(timestamp)?.accept(snapshot, None)?;
        let top = stage.accept(&snapshot, targets)?;
        let delegations = top.delegations.context("delegates")?;
        for (path, document) in PATHS.iter().zip([channels, product]) {
            let delegation = delegations.find(path).context("is delegated")?;
            let role = stage.accept_delegated(&snapshot, &delegation, document)?;
            std::hint::black_box(role.find(path));
        }
    }
    Ok(())
}

/// Checks the same signatures and hashes the same documents `count` times.
pub fn floor(count: u32) -> Result<()> {
    let world = World::new();
    let roles = [
        "root",
        "timestamp",
        "snapshot",
        "targets",
        "channels",
        PRODUCT,
    ];
    let kinds = [
        Role::Root,
        Role::Timestamp,
        Role::Snapshot,
        Role::Targets,
        Role::Targets,
        Role::Targets,
    ];
    let mut checks = Vec::new();
    for ((role, kind), document) in roles.iter().zip(kinds).zip(&world.documents) {
        let envelope = Envelope::read(kind, document)?;
        for (signature, key) in envelope
            .signatures
            .iter()
            .zip(&world.simulator.signers[*role])
        {
            let spec = public(std::slice::from_ref(key)).remove(0);
            let bytes = spec
                .value()
                .get("keyval")
                .and_then(|keyval| keyval.get("public"));
            let bytes = Digest::parse(bytes.and_then(Value::as_str).context("has bytes")?)?;
            let key = PublicKey::ed25519(*bytes.as_bytes())?;
            checks.push((key, envelope.signed, signature.sig.to_owned()));
        }
    }
    for _ in 0..count {
        for (key, message, signature) in &checks {
            ensure!(key.verifies(message, signature), "a good signature");
        }
        for document in &world.documents {
            std::hint::black_box(Digest::of(document));
        }
    }
    Ok(())
}
