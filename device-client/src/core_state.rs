//! What all stages of a round share, and the questions that they put to the driver.

use sealift_metadata::digest::Hasher;
use sealift_metadata::error::Role;
use sealift_metadata::{Digest, Time};

use crate::Result;
use crate::action::Report;
use crate::arena::{Arena, Held};
use crate::boot::BootState;
use crate::device::Device;
use crate::error::Error;
use crate::floor_log::{Log, Mark};
use crate::object::Object;

/// What outlives a stage.
#[derive(Debug)]
pub(crate) struct Core<'a, D> {
    pub(crate) device: Device<'a>,
    pub(crate) decode: D,
    pub(crate) arena: Arena<'a>,
    pub(crate) log: Log,
    pub(crate) boot: BootState,
    pub(crate) now: Time,
}

impl<D> Core<'_, D> {
    /// What [`Log::settled`] is when nothing newer was on offer.
    pub(crate) fn mark(&self) -> Mark {
        let mut hasher = Hasher::new();
        let device = &self.device;
        for name in [
            device.product,
            device.hardware,
            device.component,
            device.channel,
        ] {
            hasher.update(name.as_bytes());
            hasher.update(&[0]);
        }
        let installed = self.boot.installed().map_or(0, |slot| slot.sequence);
        for number in [
            self.log.floors.root,
            self.log.floors.timestamp,
            self.boot.floor,
            installed,
            device.slot_bytes,
        ] {
            hasher.update(&number.to_le_bytes());
        }
        for failure in &self.boot.failures {
            hasher.update(&failure.sequence.to_le_bytes());
        }
        let digest = hasher.finish();
        Mark(digest.as_bytes().first_chunk().copied().unwrap_or_default())
    }

    /// Asks for an object that is laid into the buffer.
    pub(crate) fn fetch(&self, object: Object, wanted: Wanted) -> Result<Ask> {
        let exact = match wanted {
            Wanted::Document { length, .. } => length,
            Wanted::Part { length, .. } => Some(length),
        };
        if exact.is_some_and(|length| length > self.arena.room()) {
            return Err(Error::BufferFull);
        }
        Ok(Ask::Fetch(Download {
            object,
            wanted,
            start: self.arena.used(),
        }))
    }

    /// Asks to make an accepted document and the state of the log durable.
    pub(crate) const fn keep(object: Object, held: Held) -> Ask {
        Ask::KeepDocument { object, held }
    }
}

/// How much of an object is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// All of it: the promised length, or one up to a cap.
    Document { length: Option<usize>, cap: usize },
    /// Exactly these bytes.
    Part { offset: u64, length: usize },
}

/// An object on its way into the buffer.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) object: Object,
    wanted: Wanted,
    start: usize,
}

impl Download {
    /// Bytes that arrived.
    fn filled<D>(&self, core: &Core<'_, D>) -> usize {
        core.arena.used().saturating_sub(self.start)
    }

    /// Where to go on, and how many bytes to ask for: one more than a document may have, so that
    /// one that is too long is noticed.
    pub(crate) fn rest<D>(&self, core: &Core<'_, D>) -> (u64, usize) {
        let filled = self.filled(core);
        let (offset, most) = match self.wanted {
            Wanted::Document { length, cap } => (0, length.unwrap_or(cap).saturating_add(1)),
            Wanted::Part { offset, length } => (offset, length),
        };
        let offset = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
        (offset, most.saturating_sub(filled))
    }

    /// Takes a piece.
    pub(crate) fn take<D>(&self, core: &mut Core<'_, D>, piece: &[u8]) -> Result<()> {
        let (_, most) = self.rest(core);
        if piece.len() > most {
            return Err(Error::UnexpectedEvent);
        }
        if let Wanted::Document { length, cap } = self.wanted {
            let filled = self.filled(core).saturating_add(piece.len());
            if filled > length.unwrap_or(cap) {
                return Err(self.too_long());
            }
        }
        core.arena.push(piece)
    }

    fn too_long(&self) -> Error {
        let role = match self.object {
            Object::Root(_) => return too_large("root"),
            Object::Timestamp => return too_large("timestamp"),
            Object::Snapshot(_) => Role::Snapshot,
            Object::Role { .. } => Role::Targets,
            Object::Target { .. } => return Error::TargetLength,
        };
        match self.wanted {
            Wanted::Document { length: None, .. } => too_large(role.name()),
            _ => Error::Metadata(sealift_metadata::Error::WrongLength(role)),
        }
    }

    /// Starts over.
    pub(crate) fn restart<D>(&self, core: &mut Core<'_, D>) {
        core.arena.release(self.start);
    }

    /// All bytes that arrived.
    pub(crate) fn finish<D>(&self, core: &Core<'_, D>) -> Held {
        core.arena.hold(self.start)
    }
}

const fn too_large(what: &'static str) -> Error {
    Error::Metadata(sealift_metadata::Error::TooLarge(what))
}

/// What the driver is being asked.
#[derive(Debug)]
pub(crate) enum Ask {
    Fetch(Download),
    KeepDocument {
        object: Object,
        held: Held,
    },
    KeepLog,
    KeepBoot,
    Erase {
        offset: u64,
        length: u64,
    },
    Write {
        offset: u64,
        start: usize,
        end: usize,
    },
    Read {
        offset: u64,
        end: u64,
        hasher: Hasher,
    },
    Wait {
        seconds: u64,
    },
    Report(Report),
    Reboot,
    Idle,
}

/// What a stage is told once its question is answered in full.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Got(Held),
    Absent,
    Digest(Digest),
    /// The slot cannot be read; the driver's own code.
    Unreadable(u16),
    Done,
}

/// The earliest expiry of all documents that a choice rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expiry {
    role: Role,
    at: Time,
}

impl Expiry {
    pub(crate) const fn of(role: Role, at: Time) -> Self {
        Self { role, at }
    }

    /// When it is.
    pub(crate) const fn at(&self) -> Time {
        self.at
    }

    /// Takes another document in.
    pub(crate) fn add(&mut self, role: Role, at: Time) {
        if at < self.at {
            *self = Self { role, at };
        }
    }

    /// Checks that none of them has expired since.
    pub(crate) fn check(&self, now: Time) -> Result<()> {
        let Self { role, at } = *self;
        if at <= now {
            return Err(Error::Metadata(sealift_metadata::Error::Expired {
                role,
                at,
            }));
        }
        Ok(())
    }
}
