//! Everything that is read out of verified bytes: no panic, and lists that were read once are
//! read again without a fault.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_metadata::blocks::{Block, ENTRY_BYTES};
use sealift_metadata::channel::Channel;
use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::Role;
use sealift_metadata::image::Image;
use sealift_metadata::key::PublicKey;
use sealift_metadata::name::TargetPath;
use sealift_metadata::profile::Profile;
use sealift_metadata::release::Release;
use sealift_metadata::root::Root;
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::targets::{Target, Targets};
use sealift_metadata::timestamp::Timestamp;
use sealift_metadata::verify::Document as _;
use sealift_metadata::{Digest, Time, pattern};

fuzz_target!(|bytes: &[u8]| {
    let _ = Envelope::read(Role::Root, bytes);
    let _ = Profile::of_targets(bytes);
    let _ = Root::read(bytes);
    let _ = Timestamp::read(bytes);
    let _ = PublicKey::parse(bytes);
    if let Ok(snapshot) = Snapshot::read(bytes) {
        snapshot.for_each(|_, _| Ok(())).expect("was read once");
        snapshot.check_follows(&snapshot).expect("follows itself");
    }
    if let Ok(targets) = Targets::read(bytes) {
        read_targets(&targets);
    }
    let target = Target { length: 1, sha256: Digest::of(b""), custom: Some(bytes) };
    let _ = Image::of(&target).map(|image| image.map(|image| image.belongs_at("images/a/b/c/d")));
    let _ = Channel::read(bytes).map(|channel| channel.for_each(|_| Ok(())).expect("was read once"));
    let _ = Release::read(bytes).map(|release| release.for_each(|_| Ok(())).expect("was read once"));
    if let Some(entry) = bytes.first_chunk::<ENTRY_BYTES>() {
        let _ = Block::read(entry).map(|block| assert_eq!(block.entry(), *entry));
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        read_text(text);
    }
});

fn read_targets(targets: &Targets<'_>) {
    targets
        .for_each(|path, target| {
            assert!(targets.find(path).is_some());
            let _ = Image::of(&target);
            Ok(())
        })
        .expect("was read once");
    let Some(delegations) = targets.delegations else { return };
    delegations
        .for_each(|delegation| {
            let _ = delegation.keys();
            assert!(delegations.named(delegation.name.as_str()).is_some());
            Ok(())
        })
        .expect("was read once");
    let _ = delegations.find("images/a/b/c/d");
}

fn read_text(text: &str) {
    if let Ok(time) = Time::parse(text) {
        assert_eq!(time.to_string(), text);
    }
    if let Ok(path) = TargetPath::new(text) {
        assert!(!path.as_str().contains("..//"));
        assert!(pattern::matches(text, text));
    }
    if let Some((one, other)) = text.split_once('\n') {
        let both = pattern::matches(one, other);
        assert!(!both || other.contains(['*', '?']) || pattern::overlap(one, other));
    }
}
