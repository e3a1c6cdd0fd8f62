//! A whole repository in memory, signed at the moment it is fetched.
//!
//! It starts out healthy. A test changes what an attacker or a mishap would change, then fetches
//! again: versions, expiry, keys, signatures held back, documents dropped from the snapshot.
#![expect(
    clippy::missing_panics_doc,
    reason = "a test that asks for what is not there fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use sealift_metadata::name::Version;
use sealift_metadata::write::{
    self, DelegationSpec, Draft, KeySpec, RoleSpec, SPEC_VERSION, SecretKey, Value,
};
use sealift_metadata::{Digest, Time};

/// The time at which a simulated world begins.
pub const START: Time = Time::from_seconds(1_800_000_000);

/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// The product that the simulated repository is for.
pub const PRODUCT: &str = "watch";

/// A repository in memory. Every field may be turned against the client.
#[derive(Debug)]
pub struct Simulator {
    /// The payload of the current root.
    pub root: Draft,
    /// Published roots, the first one first. A client can fetch these and no others.
    pub roots: Vec<Vec<u8>>,
    /// The payloads of the targets roles, by name.
    pub targets: BTreeMap<String, Draft>,
    /// Who signs, by role.
    pub signers: BTreeMap<String, Vec<SecretKey>>,
    /// Signatures that are held back, by role.
    pub withheld: BTreeMap<String, usize>,
    /// Targets roles that the snapshot does not list.
    pub unlisted: BTreeSet<String>,
    /// Version of the snapshot.
    pub snapshot_version: Version,
    /// Version of the timestamp.
    pub timestamp_version: Version,
    /// Expiry of snapshot and timestamp.
    pub online_expires: Time,
    /// When the timestamp says that it was signed.
    pub issued: Time,
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// A healthy repository: root 2 of 3, targets 2 of 2, channels 1 of 1, product 2 of 2.
    pub fn new() -> Self {
        let expires = START.plus(365 * DAY);
        let mut world = Self {
            root: Draft::new("root", SPEC_VERSION, expires),
            roots: Vec::new(),
            targets: BTreeMap::new(),
            signers: BTreeMap::new(),
            withheld: BTreeMap::new(),
            unlisted: BTreeSet::new(),
            snapshot_version: Version::FIRST,
            timestamp_version: Version::FIRST,
            online_expires: START.plus(7 * DAY),
            issued: START,
        };
        for (role, keys, threshold) in [
            ("root", 3, 2),
            ("timestamp", 1, 1),
            ("snapshot", 1, 1),
            ("targets", 2, 2),
        ] {
            world.set_keys(role, role, keys, threshold);
        }
        for role in ["targets", "channels", PRODUCT] {
            world
                .targets
                .insert(role.into(), Draft::new("targets", SPEC_VERSION, expires));
        }
        world.delegate("channels", &["channels/*/*"], 1, 1);
        world.delegate(PRODUCT, &[&format!("images/{PRODUCT}/*/*/*")], 2, 2);
        world.publish_root();
        world
    }

    /// The pinned root of a device that was made when the repository was.
    pub fn first_root(&self) -> &[u8] {
        &self.roots[0]
    }

    /// Gives a top-level role `keys` keys drawn from `generation`; another generation, other keys.
    pub fn set_keys(&mut self, role: &str, generation: &str, keys: u8, threshold: u64) {
        let secrets = secrets(generation, keys);
        self.root.set_role(
            role,
            &RoleSpec {
                keys: public(&secrets),
                threshold,
            },
        );
        self.signers.insert(role.into(), secrets);
    }

    /// Lets the top-level targets role delegate `paths` to `role`.
    pub fn delegate(&mut self, role: &str, paths: &[&str], keys: u8, threshold: u64) {
        let secrets = secrets(role, keys);
        let mut spec = delegation(role, paths, &secrets);
        spec.terminating = true;
        spec.role.threshold = threshold;
        self.signers.insert(role.into(), secrets);
        self.draft("targets").set_delegation(&spec);
    }

    /// Lets `from` delegate `paths` to `to`, a role that others are asked after and that one key
    /// signs for. It is made, empty, where it does not exist.
    pub fn delegate_from(&mut self, from: &str, to: &str, paths: &[&str]) {
        let secrets = secrets(to, 1);
        let spec = delegation(to, paths, &secrets);
        self.draft(from).set_delegation(&spec);
        self.signers.insert(to.into(), secrets);
        let empty = Draft::new("targets", SPEC_VERSION, START.plus(365 * DAY));
        self.targets.entry(to.into()).or_insert(empty);
    }

    /// Publishes the root, signed by its own keys.
    pub fn publish_root(&mut self) {
        let document = self.sign("root", &self.root);
        self.roots.push(document);
    }

    /// Publishes the next root, signed by the old keys and by those that `change` leaves.
    pub fn rotate_root(&mut self, change: impl FnOnce(&mut Self)) {
        let old = self.signers["root"]
            .iter()
            .map(SecretKey::expose_seed)
            .collect::<Vec<_>>();
        let next = self.root.version().expect("a root has a version").next();
        change(self);
        self.root.set_version(next);
        let mut signers: Vec<SecretKey> = old.iter().map(SecretKey::from_seed).collect();
        for key in &self.signers["root"] {
            if !old.contains(&key.expose_seed()) {
                signers.push(SecretKey::from_seed(&key.expose_seed()));
            }
        }
        self.roots.push(sign_with(self.root.value(), &signers));
    }

    /// The payload of a targets role.
    pub fn draft(&mut self, role: &str) -> &mut Draft {
        self.targets.get_mut(role).expect("the role exists")
    }

    /// Makes the next version of a targets role after `change`, and of the online roles.
    pub fn publish(&mut self, role: &str, change: impl FnOnce(&mut Draft)) {
        let draft = self.draft(role);
        let next = draft.version().expect("a draft has a version").next();
        change(draft);
        draft.set_version(next);
        self.snapshot_version = self.snapshot_version.next();
        self.timestamp_version = self.timestamp_version.next();
    }

    /// The root of `version`, if it was published.
    pub fn fetch_root(&self, version: Version) -> Option<&[u8]> {
        let index = usize::try_from(version.get()).ok()?.checked_sub(1)?;
        self.roots.get(index).map(Vec::as_slice)
    }

    /// A targets role.
    pub fn fetch(&self, role: &str) -> Vec<u8> {
        self.sign(role, &self.targets[role])
    }

    /// The snapshot of all targets roles that are listed.
    pub fn fetch_snapshot(&self) -> Vec<u8> {
        let mut snapshot = Draft::new("snapshot", SPEC_VERSION, self.online_expires);
        snapshot.set_version(self.snapshot_version);
        for (role, draft) in &self.targets {
            if !self.unlisted.contains(role) {
                let version = draft.version().expect("a draft has a version");
                snapshot.set_meta(&format!("{role}.json"), version, &self.fetch(role));
            }
        }
        self.sign("snapshot", &snapshot)
    }

    /// The timestamp of the snapshot.
    pub fn fetch_timestamp(&self) -> Vec<u8> {
        self.timestamp_of(&self.fetch_snapshot())
    }

    /// A timestamp that promises this snapshot under the current version.
    pub fn timestamp_of(&self, snapshot: &[u8]) -> Vec<u8> {
        let mut timestamp = Draft::new("timestamp", SPEC_VERSION, self.online_expires);
        timestamp.set_version(self.timestamp_version);
        timestamp.set("x-sealift-issued", self.issued.to_string());
        timestamp.set_meta("snapshot.json", self.snapshot_version, snapshot);
        self.sign("timestamp", &timestamp)
    }

    /// Signs with the keys of `role` but for those that are held back.
    pub fn sign(&self, role: &str, draft: &Draft) -> Vec<u8> {
        let signers = &self.signers[role];
        let withheld = self.withheld.get(role).copied().unwrap_or(0);
        sign_with(draft.value(), &signers[..signers.len() - withheld])
    }
}

/// A delegation of `paths` to `role` that does not end a search; one of the keys must sign.
pub fn delegation(role: &str, paths: &[&str], secrets: &[SecretKey]) -> DelegationSpec {
    DelegationSpec {
        name: role.into(),
        paths: paths.iter().map(ToString::to_string).collect(),
        terminating: false,
        role: RoleSpec {
            keys: public(secrets),
            threshold: 1,
        },
    }
}

/// A document signed by exactly these keys.
pub fn sign_with(payload: &Value, signers: &[SecretKey]) -> Vec<u8> {
    let bytes = payload.encode();
    let signatures: Vec<(String, [u8; 64])> = signers
        .iter()
        .map(|key| (keyid(key), key.sign(&bytes)))
        .collect();
    write::seal(payload, &signatures)
}

/// The id that we write a key under.
pub fn keyid(key: &SecretKey) -> String {
    public(std::slice::from_ref(key))[0].keyid().into()
}

/// `count` keys that are the same whenever `name` is.
pub fn secrets(name: &str, count: u8) -> Vec<SecretKey> {
    (0..count)
        .map(|index| {
            SecretKey::from_seed(Digest::of(format!("{name} {index}").as_bytes()).as_bytes())
        })
        .collect()
}

/// The public halves of `secrets`.
pub fn public(secrets: &[SecretKey]) -> Vec<KeySpec> {
    secrets
        .iter()
        .map(|key| key.public().expect("no seed leads to a weak key"))
        .collect()
}
