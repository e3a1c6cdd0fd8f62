//! A whole refresh with hostile bytes at one step: whatever is accepted says what was signed.
//!
//! The first byte chooses the document, the next two where it is changed and how much of it makes
//! way, the rest is what is put there.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::Role;
use sealift_metadata::name::RoleName;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_tests::simulator::{PRODUCT, START, Simulator};

const PATH: &str = "images/watch/app/1.0.0/app.bin";

/// Root 2, timestamp, snapshot, targets, product.
static HEALTHY: LazyLock<(Vec<u8>, [Vec<u8>; 5])> = LazyLock::new(|| {
    let mut world = Simulator::new();
    let pinned = world.first_root().to_vec();
    world.rotate_root(|world| world.set_keys("snapshot", "snapshot two", 1, 1));
    let documents = [
        world.roots[1].clone(),
        world.fetch_timestamp(),
        world.fetch_snapshot(),
        world.fetch("targets"),
        world.fetch(PRODUCT),
    ];
    (pinned, documents)
});

fuzz_target!(|bytes: &[u8]| {
    let [which, at, cut, put @ ..] = bytes else { return };
    let (pinned, healthy) = &*HEALTHY;
    let which = usize::from(*which) % healthy.len();
    let mut documents = healthy.clone();
    let changed = &mut documents[which];
    let at = usize::from(*at) * changed.len() / 256;
    let cut = usize::from(*cut).min(changed.len() - at);
    changed.splice(at..at + cut, put.iter().copied());
    let accepted = refresh(pinned, &documents);
    let roles = [Role::Root, Role::Timestamp, Role::Snapshot, Role::Targets, Role::Targets];
    for (index, role) in roles.into_iter().enumerate().take(accepted) {
        let read = Envelope::read(role, documents[index].as_slice()).expect("was accepted");
        let signed = Envelope::read(role, healthy[index].as_slice()).expect("healthy").signed;
        assert_eq!(read.signed, signed, "document {index} was accepted, though nobody signed it");
    }
});

/// How many documents were accepted.
fn refresh(pinned: &[u8], [root, timestamp, snapshot, targets, product]: &[Vec<u8>; 5]) -> usize {
    let mut stage = RootStage::begin(pinned, Floors::default(), START).expect("pinned");
    let before = stage.floors().clone();
    if stage.accept(root).is_err() {
        assert_eq!(*stage.floors(), before, "a refusal changes nothing");
        return 0;
    }
    let Ok(stage) = stage.finish() else { return 1 };
    let Ok(stage) = stage.accept(timestamp) else { return 1 };
    let Ok((mut stage, snapshot)) = stage.accept(snapshot, None) else { return 2 };
    let Ok(top) = stage.accept(&snapshot, targets) else { return 3 };
    stage.follow(&RoleName::targets(), &top).expect("few roles");
    let found = top.delegations.and_then(|delegations| delegations.find(PATH));
    let delegation = found.expect("the signed role delegates");
    let accepted = stage.accept_delegated(&snapshot, &delegation, product);
    if accepted.is_err() { 4 } else { 5 }
}
