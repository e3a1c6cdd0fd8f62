//! One product's signed repository as a map of files: root 2 of 2, product 2 of 2, everything else
//! 1 of 1. What devices and gateways are tested with.
#![expect(
    clippy::missing_panics_doc,
    reason = "a test that asks for what is not there fails"
)]

use std::collections::BTreeMap;

use sealift_metadata::blocks::Block;
use sealift_metadata::image::{Blocks, Content};
use sealift_metadata::name::Version;
use sealift_metadata::write::{
    ChannelSpec, DelegationSpec, Draft, ImageSpec, OfferSpec, PartSpec, RoleSpec, SPEC_VERSION,
    SecretKey, SetSpec, Value, seal,
};
use sealift_metadata::{Digest, Time};

pub use crate::simulator::{DAY, PRODUCT, START};

/// The path of the channel's document.
pub const CHANNEL: &str = "channels/watch/stable.json";

/// Files by their address relative to the repository.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A repository: change a draft, then [`publish`](Self::publish).
#[derive(Clone, Debug)]
pub struct Repository {
    /// What was published.
    pub files: Files,
    /// The payload of the root.
    pub root: Draft,
    /// The payload of the top-level targets role.
    pub targets: Draft,
    /// The payload of the role of channels.
    pub channels: Draft,
    /// The payload of the product's role.
    pub product: Draft,
    /// The channel's document.
    pub channel: ChannelSpec,
    /// The version of everything but the root.
    pub version: u64,
    /// When everything expires.
    pub expires: Time,
    /// When the timestamp says that it was signed.
    pub issued: Time,
    /// Versions of roles that are not the one of everything else.
    pub held_back: BTreeMap<&'static str, u64>,
    /// Names of the roles of the drafts `targets`, `channels` and `product`.
    pub names: [&'static str; 3],
    /// Names that they had before; the snapshot goes on listing them.
    pub retired: Vec<(usize, &'static str)>,
    /// How many of a role's keys sign.
    pub signing: BTreeMap<&'static str, usize>,
}

/// A build to release.
#[derive(Clone, Debug)]
pub struct Build {
    /// The component that it is of.
    pub component: &'static str,
    /// Its version, which is the name of its release, too.
    pub version: &'static str,
    /// Its place in the order of releases.
    pub sequence: u64,
    /// Its security floor.
    pub floor: u64,
    /// The image.
    pub bytes: Vec<u8>,
    /// Bytes of the image in a block.
    pub block_bytes: u32,
    /// The name of its encoding, and who encodes.
    pub encoding: (&'static str, Encode),
}

/// Encodes one block.
pub type Encode = fn(&[u8]) -> Vec<u8>;

impl Build {
    /// A build of another component.
    #[must_use]
    pub fn of(mut self, component: &'static str) -> Self {
        self.component = component;
        // Other noise than that of a release's other components.
        for (byte, salt) in self.bytes.iter_mut().zip(component.bytes().cycle()) {
            *byte ^= salt;
        }
        self
    }

    /// A build of `length` bytes of noise.
    pub fn new(version: &'static str, sequence: u64, length: usize) -> Self {
        let mut bytes = Vec::new();
        let mut noise = Digest::of(version.as_bytes());
        while bytes.len() < length {
            bytes.extend_from_slice(noise.as_bytes());
            noise = Digest::of(noise.as_bytes());
        }
        bytes.truncate(length);
        Self {
            component: "app",
            version,
            sequence,
            floor: 0,
            bytes,
            block_bytes: 1024,
            encoding: ("raw", <[u8]>::to_vec),
        }
    }

    /// The path of its image target.
    pub fn path(&self) -> String {
        let (component, version) = (self.component, self.version);
        format!("images/{PRODUCT}/{component}/{version}/{component}.bin")
    }
}

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}

impl Repository {
    /// A repository without a release.
    pub fn new() -> Self {
        let expires = START.plus(30 * DAY);
        let draft = |kind| Draft::new(kind, SPEC_VERSION, expires);
        let mut world = Self {
            files: Files::new(),
            root: draft("root"),
            targets: draft("targets"),
            channels: draft("targets"),
            product: draft("targets"),
            channel: ChannelSpec {
                product: PRODUCT.into(),
                channel: "stable".into(),
                offers: Vec::new(),
            },
            version: 0,
            expires,
            issued: START,
            held_back: BTreeMap::new(),
            names: ["targets", "channels", PRODUCT],
            retired: Vec::new(),
            signing: BTreeMap::new(),
        };
        for role in ["root", "timestamp", "snapshot", "targets"] {
            world.root.set_role(role, &role_of(role));
        }
        world.delegate("channels", "channels/*/*");
        world.delegate(PRODUCT, &format!("images/{PRODUCT}/*/*/*"));
        let root = world.signed("root", &world.root);
        world.files.insert("metadata/1.root.json".into(), root);
        world
    }

    /// Lets the top-level role delegate `path` to `name`.
    pub fn delegate(&mut self, name: &'static str, path: &str) {
        self.targets.set_delegation(&DelegationSpec {
            name: name.into(),
            paths: vec![path.into()],
            terminating: true,
            role: role_of(name),
        });
    }

    /// Delegates to a role of another name what one of [`Self::names`] had.
    pub fn rename(&mut self, index: usize, name: &'static str) {
        let old = std::mem::replace(&mut self.names[index], name);
        self.retired.push((index, old));
        self.delegate(old, "retired/*");
        let paths = ["", "channels/*/*", "images/watch/*/*/*"];
        self.delegate(name, paths[index]);
    }

    /// Adds a build and offers it before all others.
    pub fn release(&mut self, build: &Build, change: impl FnOnce(&mut ImageSpec)) -> ImageSpec {
        let mut spec = spec_of(build);
        let (encoded, table) = encode(build);
        spec.blocks.sha256 = Digest::of(&table);
        change(&mut spec);
        let path = build.path();
        let custom = Some(spec.custom());
        let (encoded, table) = (
            self.add_file(&path, encoded),
            self.add_file(&format!("{path}.blocks"), table),
        );
        self.product
            .set_target(&path, encoded.length, &encoded.sha256, custom);
        self.product
            .set_target(&format!("{path}.blocks"), table.length, &table.sha256, None);
        self.offer(build.version, &path);
        spec
    }

    /// Adds the builds of one release and its document, and offers them before all others.
    pub fn release_set(&mut self, builds: &[Build], mut change: impl FnMut(&mut ImageSpec)) {
        let release = |build| self.release(build, &mut change);
        let specs: Vec<ImageSpec> = builds.iter().map(release).collect();
        self.describe(builds[0].version, &specs);
    }

    /// Writes the document of a release.
    pub fn describe(&mut self, release: &str, images: &[ImageSpec]) {
        let set = SetSpec {
            product: PRODUCT.into(),
            release: release.into(),
            parts: images.iter().map(PartSpec::from).collect(),
        };
        let path = format!("images/{PRODUCT}/release/{release}/set.json");
        let content = self.add_file(&path, set.value().encode());
        self.product
            .set_target(&path, content.length, &content.sha256, None);
    }

    /// Offers a target before all others.
    pub fn offer(&mut self, release: &str, path: &str) {
        let segments: Vec<&str> = path.split('/').collect();
        let component = match segments.as_slice() {
            ["images", _, component, _, _] => *component,
            _ => "app",
        };
        let offer = OfferSpec {
            release: release.into(),
            component: component.into(),
            path: path.into(),
            from: None,
        };
        self.channel.offers.insert(0, offer);
    }

    /// Signs the next version of everything but the root.
    pub fn publish(&mut self) -> &mut Self {
        self.version += 1;
        let version = Version::new(self.version).unwrap();
        let document = self.channel.value().encode();
        let content = self.add_file(CHANNEL, document);
        if self.channels.value().get("x-without-channel").is_none() {
            self.channels
                .set_target(CHANNEL, content.length, &content.sha256, None);
        }
        let mut snapshot = Draft::new("snapshot", SPEC_VERSION, self.expires);
        snapshot.set_version(version);
        let names = self.names.into_iter().enumerate();
        for (index, role) in names.chain(self.retired.clone()) {
            let draft = match index {
                0 => &mut self.targets,
                1 => &mut self.channels,
                _ => &mut self.product,
            };
            let version = match self.held_back.get(role) {
                Some(version) => Version::new(*version).unwrap(),
                None => version,
            };
            draft.set_version(version);
            let draft = draft.clone();
            let document = self.signed(role, &draft);
            snapshot.set_meta(&format!("{role}.json"), version, &document);
            self.files
                .insert(format!("metadata/{version}.{role}.json"), document);
        }
        let snapshot = self.signed("snapshot", &snapshot);
        let mut timestamp = Draft::new("timestamp", SPEC_VERSION, self.expires);
        timestamp.set_version(version);
        timestamp.set("x-sealift-issued", self.issued.to_string());
        timestamp.set_meta("snapshot.json", version, &snapshot);
        self.files
            .insert(format!("metadata/{version}.snapshot.json"), snapshot);
        let timestamp = self.signed("timestamp", &timestamp);
        self.files
            .insert("metadata/timestamp.json".into(), timestamp);
        self
    }

    /// Publishes the next root, after `change`.
    pub fn rotate(&mut self, change: impl FnOnce(&mut Draft)) {
        let version = self.root.version().unwrap().next();
        change(&mut self.root);
        self.root.set_version(version);
        let root = self.signed("root", &self.root);
        self.files
            .insert(format!("metadata/{version}.root.json"), root);
    }

    /// The pinned root of a device that was made when the repository was.
    pub fn first_root(&self) -> Vec<u8> {
        self.files["metadata/1.root.json"].clone()
    }

    /// The address of a file whose address contains `part`.
    pub fn address(&self, part: &str) -> String {
        let mut found = self.files.keys().filter(|address| address.contains(part));
        found.next().unwrap().clone()
    }

    /// Lays a target's file where devices look for it.
    pub fn add_file(&mut self, path: &str, bytes: Vec<u8>) -> Content {
        let sha256 = Digest::of(&bytes);
        let length = bytes.len() as u64;
        let (folder, name) = path.rsplit_once('/').unwrap();
        self.files
            .insert(format!("targets/{folder}/{sha256}.{name}"), bytes);
        Content { length, sha256 }
    }

    /// A draft, signed as its role is.
    pub fn signed(&self, role: &str, draft: &Draft) -> Vec<u8> {
        let payload: &Value = draft.value();
        let keys = secrets(role);
        let signing = self.signing.get(role).copied().unwrap_or(keys.len());
        let signatures: Vec<_> = keys[..signing]
            .iter()
            .map(|key| {
                let keyid = key.public().unwrap().keyid().to_owned();
                (keyid, key.sign(&payload.encode()))
            })
            .collect();
        seal(payload, &signatures)
    }
}

/// The keys of a role.
pub fn secrets(role: &str) -> Vec<SecretKey> {
    let count = match role {
        "root" | PRODUCT => 2,
        _ => 1,
    };
    (0..count)
        .map(|index| {
            SecretKey::from_seed(Digest::of(format!("{role} {index}").as_bytes()).as_bytes())
        })
        .collect()
}

/// A role whose keys must all sign.
pub fn role_of(name: &str) -> RoleSpec {
    let secrets = secrets(name);
    RoleSpec {
        keys: secrets.iter().map(|key| key.public().unwrap()).collect(),
        threshold: secrets.len() as u64,
    }
}

fn spec_of(build: &Build) -> ImageSpec {
    ImageSpec {
        product: PRODUCT.into(),
        component: build.component.into(),
        hardware: vec!["rev-a".into()],
        version: build.version.into(),
        sequence: build.sequence,
        floor: build.floor,
        release: build.version.into(),
        channels: vec!["stable".into()],
        image: Content {
            length: build.bytes.len() as u64,
            sha256: Digest::of(&build.bytes),
        },
        encoding: build.encoding.0.into(),
        blocks: Blocks {
            size: build.block_bytes,
            sha256: Digest::of(b""),
        },
        slot: None,
        from: None,
        needs_with: Vec::new(),
        needs_installed: Vec::new(),
        built: START,
        security: None,
    }
}

fn encode(build: &Build) -> (Vec<u8>, Vec<u8>) {
    let (mut encoded, mut table) = (Vec::new(), Vec::new());
    for block in build.bytes.chunks(build.block_bytes as usize) {
        let block = (build.encoding.1)(block);
        let entry = Block {
            length: u32::try_from(block.len()).unwrap(),
            sha256: Digest::of(&block),
        };
        table.extend_from_slice(&entry.entry());
        encoded.extend_from_slice(&block);
    }
    (encoded, table)
}
