//! Makes the documents that signers would make.

use sealift_metadata::blocks::Block;
use sealift_metadata::image::{Blocks, Content};
use sealift_metadata::name::Version;
use sealift_metadata::write::{
    ChannelSpec, DelegationSpec, Draft, ImageSpec, KeySpec, OfferSpec, PartSpec, RoleSpec,
    SPEC_VERSION, SecretKey, SetSpec, Value, seal,
};
use sealift_metadata::{Digest, Time};

/// When the tests take place.
pub(crate) const NOW: Time = Time::from_seconds(1_795_262_400);

const DAY: u64 = 86_400;

pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub(crate) fn public(seed: u8) -> KeySpec {
    key(seed).public().unwrap()
}

pub(crate) fn role(seeds: &[u8], threshold: u64) -> RoleSpec {
    RoleSpec {
        keys: seeds.iter().map(|seed| public(*seed)).collect(),
        threshold,
    }
}

/// Keys of officers, who sign roots and the top-level targets role.
pub(crate) const OFFICERS: [u8; 2] = [1, 2];
/// Keys of release signers of `watch`.
pub(crate) const RELEASE: [u8; 2] = [11, 12];
/// The key of the channel signer.
pub(crate) const CHANNEL: [u8; 1] = [21];

pub(crate) fn sign(draft: Draft, seeds: &[u8]) -> Vec<u8> {
    let payload = draft.finish().unwrap();
    let bytes = payload.encode();
    let signatures: Vec<_> = seeds
        .iter()
        .map(|seed| (public(*seed).keyid().to_owned(), key(*seed).sign(&bytes)))
        .collect();
    seal(&payload, &signatures)
}

/// The first root, with the online keys that the server shows.
pub(crate) fn root_draft(version: u64, online_keys: &str) -> Draft {
    let shown = Value::decode(online_keys.as_bytes()).unwrap();
    let online = |role: &str| RoleSpec {
        keys: vec![KeySpec::from_value(shown.get(role).unwrap()).unwrap()],
        threshold: 1,
    };
    let mut draft = Draft::new("root", SPEC_VERSION, NOW.plus(365 * DAY));
    draft.set_version(Version::new(version).unwrap());
    draft.set_role("root", &role(&OFFICERS, 2));
    draft.set_role("targets", &role(&OFFICERS, 2));
    draft.set_role("snapshot", &online("snapshot"));
    draft.set_role("timestamp", &online("timestamp"));
    draft
}

pub(crate) fn root(version: u64, online_keys: &str) -> Vec<u8> {
    sign(root_draft(version, online_keys), &OFFICERS)
}

pub(crate) fn delegation(name: &str, path: &str, spec: RoleSpec) -> DelegationSpec {
    DelegationSpec {
        name: name.to_owned(),
        paths: vec![path.to_owned()],
        terminating: true,
        role: spec,
    }
}

pub(crate) fn empty_targets(version: u64) -> Draft {
    let mut draft = Draft::new("targets", SPEC_VERSION, NOW.plus(90 * DAY));
    draft.set_version(Version::new(version).unwrap());
    draft
}

/// The top-level targets role: it delegates the channels and the product `watch`.
pub(crate) fn targets_draft(version: u64) -> Draft {
    let mut draft = empty_targets(version);
    draft.set_delegation(&delegation("channels", "channels/*/*", role(&CHANNEL, 1)));
    draft.set_delegation(&delegation(
        "watch",
        "images/watch/*/*/*",
        role(&RELEASE, 2),
    ));
    draft
}

pub(crate) fn targets(version: u64) -> Vec<u8> {
    sign(targets_draft(version), &OFFICERS)
}

/// An image of `watch`, its block table, and the document of its release.
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) image: Vec<u8>,
    pub(crate) table: Vec<u8>,
    pub(crate) set: Vec<u8>,
    pub(crate) spec: ImageSpec,
}

impl Release {
    pub(crate) fn new(name: &str, sequence: u64, image: &[u8]) -> Self {
        let content = Content {
            length: image.len() as u64,
            sha256: Digest::of(image),
        };
        let mut table = Vec::new();
        for block in image.chunks(16) {
            let entry = Block {
                length: u32::try_from(block.len()).unwrap(),
                sha256: Digest::of(block),
            };
            table.extend(entry.entry());
        }
        let spec = ImageSpec {
            product: "watch".to_owned(),
            component: "app".to_owned(),
            hardware: vec!["rev-a".to_owned()],
            version: name.to_owned(),
            sequence,
            floor: 1,
            release: name.to_owned(),
            channels: vec!["stable".to_owned()],
            image: content,
            encoding: "raw".to_owned(),
            blocks: Blocks {
                size: 16,
                sha256: Digest::of(&table),
            },
            slot: None,
            from: None,
            needs_with: Vec::new(),
            needs_installed: Vec::new(),
            built: NOW,
            security: None,
        };
        Self {
            name: name.to_owned(),
            image: image.to_owned(),
            table,
            set: set_of(&[&spec]),
            spec,
        }
    }

    /// The same, changed; the release document follows, unless that is what changes.
    pub(crate) fn changed(mut self, edit: impl FnOnce(&mut Self)) -> Self {
        let before = self.set.clone();
        edit(&mut self);
        if self.set == before {
            self.set = set_of(&[&self.spec]);
        }
        self
    }

    pub(crate) fn path(&self) -> String {
        format!("images/watch/app/{}/app.bin", self.name)
    }

    /// Every file of the release: path, bytes, `custom`.
    pub(crate) fn files(&self) -> Vec<(String, &[u8], Option<Value>)> {
        let set = format!("images/watch/release/{}/set.json", self.name);
        vec![
            (self.path(), &self.image, Some(self.spec.custom())),
            (format!("{}.blocks", self.path()), &self.table, None),
            (set, &self.set, None),
        ]
    }

    pub(crate) fn add_to(&self, draft: &mut Draft) {
        for (path, bytes, custom) in self.files() {
            draft.set_target(&path, bytes.len() as u64, &Digest::of(bytes), custom);
        }
    }
}

/// The document of the release that these images are.
pub(crate) fn set_of(images: &[&ImageSpec]) -> Vec<u8> {
    let set = SetSpec {
        product: "watch".to_owned(),
        release: images[0].release.clone(),
        parts: images.iter().copied().map(PartSpec::from).collect(),
    };
    set.value().encode()
}

/// The role of `watch`, with releases.
pub(crate) fn watch(version: u64, releases: &[&Release]) -> Vec<u8> {
    sign(watch_draft(version, releases), &RELEASE)
}

pub(crate) fn watch_draft(version: u64, releases: &[&Release]) -> Draft {
    let mut draft = empty_targets(version);
    for release in releases {
        release.add_to(&mut draft);
    }
    draft
}

/// A channel document of `watch`.
pub(crate) fn channel(product: &str, release: &Release) -> Vec<u8> {
    let spec = ChannelSpec {
        product: product.to_owned(),
        channel: "stable".to_owned(),
        offers: vec![OfferSpec {
            release: release.name.clone(),
            component: "app".to_owned(),
            path: release.path(),
            from: None,
        }],
    };
    spec.value().encode()
}

/// The role of the channels, with one document.
pub(crate) fn channels(version: u64, path: &str, document: &[u8]) -> Vec<u8> {
    let mut draft = empty_targets(version);
    draft.set_target(path, document.len() as u64, &Digest::of(document), None);
    sign(draft, &CHANNEL)
}
