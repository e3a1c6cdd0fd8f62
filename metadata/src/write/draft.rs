//! Drafts of the four roles: trees of values, so that fields of others survive a new version.

use std::borrow::ToOwned;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{KeySpec, Object, Value};
use crate::Result;
use crate::digest::Digest;
use crate::error::Error;
use crate::name::Version;
use crate::time::Time;

/// The `spec_version` that we write unless a repository says otherwise.
pub const SPEC_VERSION: &str = "1.0.34";

/// The keys of a role and how many of them must sign.
#[derive(Clone, Debug)]
pub struct RoleSpec {
    /// Its keys.
    pub keys: Vec<KeySpec>,
    /// How many of them must sign.
    pub threshold: u64,
}

/// A role to delegate to.
#[derive(Clone, Debug)]
pub struct DelegationSpec {
    /// The role's name.
    pub name: String,
    /// The patterns of the paths that it is trusted for.
    pub paths: Vec<String>,
    /// Whether the search ends at it.
    pub terminating: bool,
    /// Who signs for it.
    pub role: RoleSpec,
}

/// A payload in the making: what stands under `signed`.
#[derive(Clone, Debug)]
pub struct Draft(Value);

impl Draft {
    /// An empty document of version 1.
    pub fn new(kind: &str, spec_version: &str, expires: Time) -> Self {
        let mut draft = Self(Value::from([
            ("_type", Value::from(kind)),
            ("spec_version", Value::from(spec_version)),
            ("version", Value::from(1)),
        ]));
        draft.set_expires(expires);
        match kind {
            "root" => {
                draft.set("consistent_snapshot", true);
                draft.set("keys", Object::new());
                draft.set("roles", Object::new());
            }
            "targets" => draft.set("targets", Object::new()),
            _ => draft.set("meta", Object::new()),
        }
        draft
    }

    /// The payload of a document, to make the next version of.
    ///
    /// # Errors
    /// [`Error::Json`], [`Error::Missing`].
    pub fn of_document(document: &[u8]) -> Result<Self> {
        let mut envelope = Value::decode(document)?;
        envelope
            .members()
            .remove("signed")
            .map(Self)
            .ok_or(Error::missing("signed"))
    }

    /// The payload.
    pub const fn value(&self) -> &Value {
        &self.0
    }

    /// The payload, once no reader can see another text than we do.
    ///
    /// # Errors
    /// See [`Value::check_signable`].
    pub fn finish(self) -> Result<Value> {
        self.0.check_signable()?;
        Ok(self.0)
    }

    /// Sets a member of the payload.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.members().insert(name.to_owned(), value.into());
    }

    /// Takes a member of the payload away.
    pub fn remove(&mut self, name: &str) {
        self.0.members().remove(name);
    }

    /// The version.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Invalid`].
    pub fn version(&self) -> Result<Version> {
        let version = self.0.get("version").and_then(Value::as_u64);
        Version::new(version.ok_or(Error::missing("version"))?)
    }

    /// Sets the version.
    pub fn set_version(&mut self, version: Version) {
        self.set("version", version.get());
    }

    /// Sets the expiry.
    pub fn set_expires(&mut self, expires: Time) {
        self.set("expires", expires.to_string());
    }

    /// Root: sets the keys and the threshold of `role`, and drops keys that no role names.
    pub fn set_role(&mut self, role: &str, spec: &RoleSpec) {
        let root = self.0.members();
        let roles = root
            .entry("roles".to_owned())
            .or_insert(Value::Null)
            .members();
        roles.insert(role.to_owned(), Value::Object(role_members(spec)));
        let used = named_keys(roles.values());
        let keys = root
            .entry("keys".to_owned())
            .or_insert(Value::Null)
            .members();
        set_keys(keys, &spec.keys, &used);
    }

    /// Targets: sets the target at `path`.
    pub fn set_target(&mut self, path: &str, length: u64, sha256: &Digest, custom: Option<Value>) {
        let mut target = Value::from([
            (
                "hashes",
                Value::from([("sha256", Value::from(sha256.to_string()))]),
            ),
            ("length", Value::from(length)),
        ]);
        if let Some(custom) = custom {
            target.members().insert("custom".to_owned(), custom);
        }
        self.targets().insert(path.to_owned(), target);
    }

    /// Targets: takes the target at `path` away.
    pub fn remove_target(&mut self, path: &str) {
        self.targets().remove(path);
    }

    fn targets(&mut self) -> &mut Object {
        self.0
            .members()
            .entry("targets".to_owned())
            .or_insert(Value::Null)
            .members()
    }

    /// Targets: delegates to a role, in the place that a role of this name had, or at the end.
    pub fn set_delegation(&mut self, spec: &DelegationSpec) {
        let members = self.0.members();
        let delegations = members
            .entry("delegations".to_owned())
            .or_insert(Value::Null)
            .members();
        let mut role = role_members(&spec.role);
        role.insert("name".to_owned(), Value::from(spec.name.as_str()));
        role.insert("terminating".to_owned(), Value::from(spec.terminating));
        role.insert("paths".to_owned(), Value::from(spec.paths.clone()));
        let roles = delegations.entry("roles".to_owned()).or_insert(Value::Null);
        if !matches!(roles, Value::Array(_)) {
            *roles = Value::Array(Vec::new());
        }
        let Value::Array(roles) = roles else { return };
        let same_name =
            |other: &&mut Value| other.get("name").and_then(Value::as_str) == Some(&spec.name);
        match roles.iter_mut().find(same_name) {
            Some(old) => *old = Value::Object(role),
            None => roles.push(Value::Object(role)),
        }
        let used = named_keys(roles.iter());
        let keys = delegations
            .entry("keys".to_owned())
            .or_insert(Value::Null)
            .members();
        set_keys(keys, &spec.role.keys, &used);
    }

    /// Timestamp and snapshot: promises a document under `file`, with its length and digest.
    pub fn set_meta(&mut self, file: &str, version: Version, document: &[u8]) {
        let length = u64::try_from(document.len()).unwrap_or(u64::MAX);
        let sha256 = Digest::of(document).to_string();
        let meta = Value::from([
            ("hashes", Value::from([("sha256", Value::from(sha256))])),
            ("length", Value::from(length)),
            ("version", Value::from(version.get())),
        ]);
        let members = self.0.members();
        let list = members
            .entry("meta".to_owned())
            .or_insert(Value::Null)
            .members();
        list.insert(file.to_owned(), meta);
    }
}

/// The version of the next timestamp or snapshot: `max(previous + 1, now)`, so that a restored
/// backup can never stand behind what devices saw.
pub fn sealed_version(previous: Option<Version>, now: Time) -> Version {
    let next = previous.map_or(Version::FIRST, Version::next);
    Version::new(now.seconds()).map_or(next, |now| now.max(next))
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

fn role_members(spec: &RoleSpec) -> Object {
    let keyids: Vec<&str> = spec.keys.iter().map(KeySpec::keyid).collect();
    let mut members = Object::new();
    members.insert("keyids".to_owned(), Value::from(keyids));
    members.insert("threshold".to_owned(), Value::from(spec.threshold));
    members
}

fn named_keys<'a>(roles: impl Iterator<Item = &'a Value>) -> Vec<String> {
    roles
        .filter_map(|role| role.get("keyids")?.as_array())
        .flatten()
        .filter_map(|keyid| keyid.as_str().map(ToOwned::to_owned))
        .collect()
}

fn set_keys(keys: &mut Object, specs: &[KeySpec], used: &[String]) {
    for spec in specs {
        keys.insert(spec.keyid().to_owned(), spec.value().clone());
    }
    keys.retain(|keyid, _| used.contains(keyid));
}
