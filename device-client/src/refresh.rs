//! Root, timestamp and snapshot (TUF 5.3 to 5.5): ask, accept, persist, go on.

use sealift_metadata::error::Role;
use sealift_metadata::limits::{ROOT_BYTES, SNAPSHOT_BYTES, TIMESTAMP_BYTES};
use sealift_metadata::timestamp::Timestamp;
use sealift_metadata::trusted::{RootStage, SnapshotStage, TimestampStage};
use sealift_metadata::verify::Verified;

use crate::Result;
use crate::action::Report;
use crate::arena::Held;
use crate::core_state::{Answer, Ask, Core, Expiry, Wanted};
use crate::error::Error;
use crate::object::Object;
use crate::updater::State;
use crate::walk::Walk;

/// Where the refresh stands. `Kept…` waits for a document to be durable.
#[derive(Debug)]
pub(crate) enum Refresh {
    Root(RootStage),
    KeptRoot(RootStage),
    Timestamp(TimestampStage),
    KeptTimestamp(SnapshotStage, Expiry),
    Snapshot(SnapshotStage, Expiry),
}

type Next = Result<(State, Ask)>;

impl Refresh {
    /// Asks for the root after the trusted one.
    pub(crate) fn begin<D>(core: &Core<'_, D>, stage: RootStage) -> Next {
        let wanted = Wanted::Document {
            length: None,
            cap: ROOT_BYTES,
        };
        let ask = core.fetch(Object::Root(stage.wanted()), wanted)?;
        Ok((State::Refresh(Self::Root(stage)), ask))
    }

    pub(crate) fn next<D>(self, core: &mut Core<'_, D>, answer: Answer) -> Next {
        match (self, answer) {
            (Self::Root(stage), Answer::Got(held)) => accept_root(core, stage, held),
            (Self::Root(stage), Answer::Absent) => finish_roots(core, stage),
            (Self::KeptRoot(stage), Answer::Done) => {
                core.arena.release(0);
                if stage.is_exhausted() {
                    return finish_roots(core, stage);
                }
                Self::begin(core, stage)
            }
            (Self::Timestamp(stage), Answer::Got(held)) => accept_timestamp(core, stage, held),
            (Self::KeptTimestamp(stage, expires), Answer::Done) => {
                after_timestamp(core, stage, expires)
            }
            (Self::Snapshot(stage, expires), Answer::Got(held)) => {
                accept_snapshot(core, stage, expires, held)
            }
            (_, Answer::Absent) => Err(Error::Absent),
            _ => Err(Error::UnexpectedEvent),
        }
    }
}

/// TUF 5.3.3 to 5.3.8.
fn accept_root<D>(core: &mut Core<'_, D>, mut stage: RootStage, held: Held) -> Next {
    let object = Object::Root(stage.wanted());
    stage.accept(core.arena.get(held))?;
    core.log.floors = stage.floors().clone();
    core.log.root = Some(held.digest);
    let ask = Core::<D>::keep(object, held);
    Ok((State::Refresh(Refresh::KeptRoot(stage)), ask))
}

/// TUF 5.3.10.
fn finish_roots<D>(core: &mut Core<'_, D>, stage: RootStage) -> Next {
    core.arena.release(0);
    let root = stage.root().digest();
    let stage = stage.finish()?;
    core.log.root = Some(root);
    let wanted = Wanted::Document {
        length: None,
        cap: TIMESTAMP_BYTES,
    };
    let ask = core.fetch(Object::Timestamp, wanted)?;
    Ok((State::Refresh(Refresh::Timestamp(stage)), ask))
}

/// TUF 5.4.2 to 5.4.5.
fn accept_timestamp<D>(core: &mut Core<'_, D>, stage: TimestampStage, held: Held) -> Next {
    let bytes = core.arena.get(held);
    let mut expires = Expiry::of(Role::Root, stage.root().expires);
    let stage = stage.accept(bytes)?;
    let timestamp = Verified::<Timestamp>::reopen(bytes, &held.digest)?;
    expires.add(Role::Timestamp, timestamp.expires);
    core.log.floors = stage.floors().clone();
    let ask = Core::<D>::keep(Object::Timestamp, held);
    Ok((State::Refresh(Refresh::KeptTimestamp(stage, expires)), ask))
}

/// TUF 5.4.3.1: a timestamp of the same version ends the refresh, if the last one came to its end.
fn after_timestamp<D>(core: &mut Core<'_, D>, stage: SnapshotStage, expires: Expiry) -> Next {
    core.arena.release(0);
    if stage.is_unchanged() && core.log.settled == core.mark() {
        return Ok((State::Ending, Ask::Report(Report::UpToDate)));
    }
    let promised = stage.promised();
    let wanted = Wanted::Document {
        length: promised.length.map(bytes_of),
        cap: SNAPSHOT_BYTES,
    };
    let ask = core.fetch(Object::Snapshot(promised.version), wanted)?;
    Ok((State::Refresh(Refresh::Snapshot(stage, expires)), ask))
}

/// TUF 5.5.2 to 5.5.7.
fn accept_snapshot<D>(
    core: &mut Core<'_, D>,
    stage: SnapshotStage,
    mut expires: Expiry,
    held: Held,
) -> Next {
    let object = Object::Snapshot(stage.promised().version);
    // The roles that this device follows stand in the floors; the previous snapshot, which lists
    // all the others, is a cache that may be lost.
    let (stage, snapshot) = stage.accept(core.arena.get(held), None)?;
    expires.add(Role::Snapshot, snapshot.expires);
    let ask = Core::<D>::keep(object, held);
    Ok((State::Walk(Walk::new(stage, expires, held)), ask))
}

/// A promised length; one beyond the address space fits no buffer.
pub(crate) fn bytes_of(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
