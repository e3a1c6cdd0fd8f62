//! Signs snapshot and timestamp: what the server itself vouches for.

use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::Role;
use sealift_metadata::root::Root;
use sealift_metadata::targets::Targets;
use sealift_metadata::timestamp::Timestamp;
use sealift_metadata::verify::{Document as _, Signers};
use sealift_metadata::write::{Draft, SPEC_VERSION, Value, seal, sealed_version};
use sealift_metadata::{Error, Time};
use thiserror::Error;

use super::Refusal;
use crate::clock::Clock;
use crate::limits::CLOCK_AHEAD_SECONDS;
use crate::online_keys::{OnlineKey, OnlineKeys};
use crate::repository::{Document, ROOT, SNAPSHOT, State, TARGETS, TIMESTAMP};

/// The clock cannot be believed, so nothing is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClockError {
    /// It stands before the last timestamp.
    #[error("the clock says {now}, but the last timestamp was signed at {issued}")]
    Behind {
        /// What the clock says.
        now: Time,
        /// When the last timestamp was signed.
        issued: Time,
    },
    /// It stands further after the last timestamp than a server is off by chance.
    #[error(
        "the clock says {now}, more than 14 days after the last timestamp of {issued}; if the clock is right, start once with: sealift-server serve --accept-clock"
    )]
    Ahead {
        /// What the clock says.
        now: Time,
        /// When the last timestamp was signed.
        issued: Time,
    },
}

/// Which online roles are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The timestamp alone; the snapshot is still good.
    Timestamp,
    /// Snapshot and timestamp.
    Both,
}

/// The online keys, and how long what they sign is good.
#[derive(Debug)]
pub struct Sealer {
    /// The keys.
    pub keys: OnlineKeys,
    /// Life of a snapshot in seconds.
    pub snapshot_seconds: u64,
    /// Life of a timestamp in seconds.
    pub timestamp_seconds: u64,
    /// A time that the operator vouched for at this start: the clock may stand as far after it as
    /// after the last timestamp.
    pub accepted: Option<Time>,
}

impl Sealer {
    /// The time now, if it can be believed: a signature with a wrong date cannot be taken back.
    ///
    /// # Errors
    /// See [`ClockError`].
    pub fn now(&self, clock: &Clock, state: &State) -> Result<Time, ClockError> {
        let now = clock.now();
        let Some(issued) = read_timestamp(state).ok().and_then(|it| it.issued) else {
            return Ok(now);
        };
        if now < issued {
            return Err(ClockError::Behind { now, issued });
        }
        let known = self.accepted.map_or(issued, |it| it.max(issued));
        if now > known.plus(CLOCK_AHEAD_SECONDS) {
            return Err(ClockError::Ahead { now, issued });
        }
        Ok(now)
    }

    /// Adds a timestamp, and before it a snapshot where `scope` says so, to a state that has a
    /// root and a top-level targets role. Neither may have expired: devices would believe nothing
    /// of it but the date, and a clock that jumped ahead shows in this before it does harm.
    ///
    /// # Errors
    /// [`Refusal::ForeignOnlineKeys`] when the root names other keys, [`Refusal::Metadata`] with
    /// [`Error::Expired`].
    pub fn seal(&self, state: &mut State, now: Time, scope: Scope) -> Result<(), Refusal> {
        check_offline_roles(state, now)?;
        let document = state.current(ROOT).ok_or(Refusal::RootMissing)?;
        let keyids = self.keyids(&document.bytes)?;
        let root = Draft::of_document(&document.bytes).map_err(Refusal::of(ROOT))?;
        let spec = root.value().get("spec_version").and_then(Value::as_str);
        let spec = spec.unwrap_or(SPEC_VERSION).to_owned();
        if scope == Scope::Both {
            let expires = now.plus(self.snapshot_seconds);
            let draft = draft_snapshot(state, Draft::new(SNAPSHOT, &spec, expires));
            let sealed = sign(SNAPSHOT, draft, state, now, &self.keys.snapshot, &keyids.0)?;
            state.put(sealed);
        }
        let expires = now.plus(self.timestamp_seconds);
        let draft = draft_timestamp(state, Draft::new(TIMESTAMP, &spec, expires), now);
        let sealed = sign(
            TIMESTAMP,
            draft,
            state,
            now,
            &self.keys.timestamp,
            &keyids.1,
        )?;
        state.put(sealed);
        Ok(())
    }

    /// The ids that a root gives the online keys. Each of the two roles must name this server's
    /// key alone, or somebody else could sign in its place.
    ///
    /// # Errors
    /// [`Refusal::ForeignOnlineKeys`], [`Refusal::Metadata`].
    pub fn keyids(&self, root: &[u8]) -> Result<(String, String), Refusal> {
        let read = || -> sealift_metadata::Result<_> {
            let envelope = Envelope::read(Role::Root, root)?;
            Ok((Root::read(envelope.signed)?, Draft::of_document(root)?))
        };
        let (root, draft) = read().map_err(Refusal::of(ROOT))?;
        let only = |role: &'static str, keys: Signers<'_>, key: &OnlineKey| {
            let listed: Vec<_> = keys.keys().collect();
            let [(keyid, public)] = listed.as_slice() else {
                return Err(Refusal::ForeignOnlineKeys { role });
            };
            // Keys of schemes that we do not know count too: others may know them.
            if public != key.public() || keys.threshold != 1 || named(&draft, role) != Some(1) {
                return Err(Refusal::ForeignOnlineKeys { role });
            }
            Ok(keyid.as_str().to_owned())
        };
        Ok((
            only(SNAPSHOT, root.signers(Role::Snapshot), &self.keys.snapshot)?,
            only(
                TIMESTAMP,
                root.signers(Role::Timestamp),
                &self.keys.timestamp,
            )?,
        ))
    }
}

/// The current timestamp of a state.
///
/// # Errors
/// [`Error::Missing`] where there is none.
pub(super) fn read_timestamp(state: &State) -> sealift_metadata::Result<Timestamp> {
    let document = state.current(TIMESTAMP).ok_or(Error::Missing(TIMESTAMP))?;
    Timestamp::read(Envelope::read(Role::Timestamp, &document.bytes)?.signed)
}

fn check_offline_roles(state: &State, now: Time) -> Result<(), Refusal> {
    for (name, role) in [(ROOT, Role::Root), (TARGETS, Role::Targets)] {
        let Some(document) = state.current(name) else {
            continue;
        };
        let read = || {
            let signed = Envelope::read(role, &document.bytes)?.signed;
            match role {
                Role::Root => Root::read(signed).map(|it| it.expires),
                _ => Targets::read(signed).map(|it| it.expires),
            }
        };
        let at = read().map_err(Refusal::of(name))?;
        if at <= now {
            return Err(Refusal::of(name)(Error::Expired { role, at }));
        }
    }
    Ok(())
}

/// Lists every targets role, those that nobody delegates to any more as well (TUF 5.5.5).
fn draft_snapshot(state: &State, mut draft: Draft) -> Draft {
    for document in state.currents() {
        if [ROOT, SNAPSHOT, TIMESTAMP].contains(&document.role.as_str()) {
            continue;
        }
        if let Some(version) = state.previous(&document.role) {
            draft.set_meta(&format!("{}.json", document.role), version, &document.bytes);
        }
    }
    draft
}

fn draft_timestamp(state: &State, mut draft: Draft, now: Time) -> Draft {
    draft.set("x-sealift-issued", now.to_string());
    if let (Some(snapshot), Some(version)) = (state.current(SNAPSHOT), state.previous(SNAPSHOT)) {
        draft.set_meta("snapshot.json", version, &snapshot.bytes);
    }
    draft
}

fn sign(
    role: &str,
    mut draft: Draft,
    state: &State,
    now: Time,
    key: &OnlineKey,
    keyid: &str,
) -> Result<Document, Refusal> {
    let version = sealed_version(state.previous(role), now);
    draft.set_version(version);
    let payload = draft.finish().map_err(Refusal::of(role))?;
    let bytes = payload.encode();
    tracing::debug!(
        event = "key_use",
        role,
        keyid,
        version = version.get(),
        payload.sha256 = %sealift_metadata::Digest::of(&bytes),
        "signed {role} version {version}"
    );
    let signature = (keyid.to_owned(), key.sign(&bytes));
    Ok(Document::new(
        role,
        version.get(),
        seal(&payload, &[signature]),
    ))
}

fn named(root: &Draft, role: &str) -> Option<usize> {
    let role = root.value().get("roles")?.get(role)?;
    role.get("keyids")?.as_array().map(<[Value]>::len)
}
