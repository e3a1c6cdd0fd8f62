//! Root and timestamp (TUF 5.3 and 5.4), which are laid into the buffer whole: ask, accept,
//! persist, go on.

use sealift_metadata::error::Role;
use sealift_metadata::limits::{ROOT_BYTES, TIMESTAMP_BYTES};
use sealift_metadata::timestamp::Timestamp;
use sealift_metadata::trusted::{RootStage, SnapshotStage, TimestampStage};
use sealift_metadata::verify::Verified;

use crate::Result;
use crate::action::Report;
use crate::arena::Held;
use crate::core_state::{Answer, Ask, Core, Expiry, Turn, Wanted};
use crate::decode::Decode;
use crate::error::Error;
use crate::object::Object;

/// Where the refresh stands. It changes in place: below a signature's check lies no second copy.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to box in")]
pub(crate) enum Refresh {
    Root(RootStage),
    Timestamp(TimestampStage),
    /// The timestamp is being persisted.
    Admitted(SnapshotStage, Expiry),
    /// The stages were taken away.
    Over,
}

impl Refresh {
    /// Asks for the root after the trusted one.
    pub(crate) fn ask_root<D>(core: &mut Core<'_, D>, stage: &RootStage) -> Result<Turn> {
        let wanted = Wanted::Document {
            length: None,
            cap: ROOT_BYTES,
        };
        core.fetch(Object::Root(stage.wanted()), wanted)?;
        Ok(Turn::Stay)
    }

    #[inline(never)]
    pub(crate) fn next<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        answer: Answer,
    ) -> Result<Turn> {
        match (&mut *self, answer) {
            (Self::Root(stage), Answer::Got(held)) => accept_root(core, stage, held),
            (Self::Root(stage), Answer::Done) if !stage.is_exhausted() => {
                core.arena.release(0);
                Self::ask_root(core, stage)
            }
            (Self::Root(_), Answer::Done | Answer::Absent) => self.finish_roots(core),
            (Self::Timestamp(_), Answer::Got(held)) => self.accept_timestamp(core, held),
            (Self::Admitted(..), Answer::Done) => Ok(self.after_timestamp(core)),
            (_, Answer::Absent) => Err(Error::Absent),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    /// TUF 5.3.10.
    #[inline(never)]
    fn finish_roots<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        core.arena.release(0);
        let Self::Root(stage) = core::mem::replace(self, Self::Over) else {
            return Err(Error::UnexpectedEvent);
        };
        let root = stage.root().digest();
        *self = Self::Timestamp(stage.finish()?);
        core.log.root = Some(root);
        let wanted = Wanted::Document {
            length: None,
            cap: TIMESTAMP_BYTES,
        };
        core.fetch(Object::Timestamp, wanted)?;
        Ok(Turn::Stay)
    }

    /// TUF 5.4.2 to 5.4.5.
    #[inline(never)]
    fn accept_timestamp<D>(&mut self, core: &mut Core<'_, D>, held: Held) -> Result<Turn> {
        let Self::Timestamp(stage) = &mut *self else {
            return Err(Error::UnexpectedEvent);
        };
        let timestamp = stage.examine(core.arena.get(held))?;
        self.admit_timestamp(core, &timestamp)
    }

    #[inline(never)]
    fn admit_timestamp<D>(
        &mut self,
        core: &mut Core<'_, D>,
        timestamp: &Verified<Timestamp>,
    ) -> Result<Turn> {
        let Self::Timestamp(stage) = core::mem::replace(self, Self::Over) else {
            return Err(Error::UnexpectedEvent);
        };
        let mut expires = Expiry::of(Role::Root, stage.root().expires);
        expires.add(Role::Timestamp, timestamp.expires);
        let stage = stage.admit(timestamp);
        core.log.floors = stage.floors().clone();
        *self = Self::Admitted(stage, expires);
        core.ask = Ask::KeepDocument;
        Ok(Turn::Stay)
    }

    /// TUF 5.4.3.1: a timestamp of the same version ends the refresh, if the last one came to its
    /// end.
    #[inline(never)]
    fn after_timestamp<D: Decode>(&self, core: &mut Core<'_, D>) -> Turn {
        core.arena.release(0);
        match self {
            Self::Admitted(stage, _) if stage.is_unchanged() && core.log.settled == core.mark() => {
                core.ask = Ask::Report(Report::UpToDate);
                Turn::End
            }
            _ => Turn::Walk,
        }
    }

    /// What the walk begins with.
    pub(crate) fn finish(&mut self) -> Result<(SnapshotStage, Expiry)> {
        match core::mem::replace(self, Self::Over) {
            Self::Admitted(stage, expires) => Ok((stage, expires)),
            _ => Err(Error::UnexpectedEvent),
        }
    }
}

/// TUF 5.3.3 to 5.3.8.
#[inline(never)]
fn accept_root<D>(core: &mut Core<'_, D>, stage: &mut RootStage, held: Held) -> Result<Turn> {
    stage.accept(core.arena.get(held))?;
    keep_root(core, stage, held);
    Ok(Turn::Stay)
}

/// Apart from the check above: what is copied here does not lie below it.
#[inline(never)]
fn keep_root<D>(core: &mut Core<'_, D>, stage: &RootStage, held: Held) {
    core.log.floors = stage.floors().clone();
    core.log.root = Some(held.digest);
    core.ask = Ask::KeepRoot(held);
}

/// A promised length; one beyond the address space fits no buffer.
pub(crate) fn bytes_of(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
