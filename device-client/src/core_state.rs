//! What all stages of a round share, and the questions that they put to the driver.

use sealift_metadata::digest::Hasher;
use sealift_metadata::error::Role;

use sealift_metadata::{Digest, Time};

use crate::Result;
use crate::action::Report;
use crate::arena::{Arena, Held};
use crate::boot::BootState;
use crate::decode::Decode;
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
    /// When the round began: its documents are no older.
    pub(crate) began: Time,
    /// What the driver is being asked.
    pub(crate) ask: Ask,
    /// The object that is being fetched, or was the last one. It is large, and lies only here.
    pub(crate) object: Object,
    /// The version of the pinned root and the length of an area, where evidence is to be kept.
    #[cfg(feature = "verify-at-boot")]
    pub(crate) pinned: Option<(sealift_metadata::name::Version, u32)>,
}

impl<D: Decode> Core<'_, D> {
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
        if let Some(others) = self.decode.others() {
            others.mark(&mut hasher);
        }
        let digest = hasher.finish();
        Mark(digest.as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

impl<D> Core<'_, D> {
    /// Asks for an object that is laid into the buffer.
    pub(crate) fn fetch(&mut self, object: Object, wanted: Wanted) -> Result<()> {
        let room = self.arena.room();
        if wanted.exact().is_some_and(|length| length > room) {
            return Err(Error::BufferFull);
        }
        let start = self.arena.used();
        self.ask(object, wanted, To::Buffer { start });
        Ok(())
    }

    /// Asks for a document that passes by the stage that asks for it. Whoever promises more than
    /// the cap would keep the device busy without an end.
    pub(crate) fn pass(&mut self, object: Object, length: Option<usize>, cap: usize) -> Result<()> {
        if length.is_some_and(|length| length > cap) {
            return Err(too_large(match object {
                Object::Snapshot(_) => Role::Snapshot.name(),
                Object::Target { .. } => "a channel's document",
                _ => Role::Targets.name(),
            }));
        }
        self.ask(object, Wanted::Document { length, cap }, To::Stage);
        Ok(())
    }

    fn ask(&mut self, object: Object, wanted: Wanted, to: To) {
        self.object = object;
        let got = 0;
        self.ask = Ask::Fetch(Download { wanted, to, got });
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

impl Wanted {
    const fn exact(self) -> Option<usize> {
        match self {
            Self::Document { length, .. } => length,
            Self::Part { length, .. } => Some(length),
        }
    }
}

/// Where the bytes of an object go.
#[derive(Clone, Copy, Debug)]
enum To {
    /// Into the buffer, from here on.
    Buffer { start: usize },
    /// Past the stage that asked.
    Stage,
}

/// An object on its way.
#[derive(Debug)]
pub(crate) struct Download {
    wanted: Wanted,
    to: To,
    /// Bytes that arrived.
    got: usize,
}

impl Download {
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self.to, To::Stage)
    }

    /// Where to go on, and how many bytes to ask for: one more than a document may have, so that
    /// one that is too long is noticed.
    pub(crate) fn rest(&self) -> (u64, usize) {
        let (offset, most) = match self.wanted {
            Wanted::Document { length, cap } => (0, length.unwrap_or(cap).saturating_add(1)),
            Wanted::Part { offset, length } => (offset, length),
        };
        let got = u64::try_from(self.got).unwrap_or(u64::MAX);
        (offset.saturating_add(got), most.saturating_sub(self.got))
    }

    /// Counts a piece of the object.
    pub(crate) fn count(&mut self, object: &Object, piece: &[u8]) -> Result<()> {
        let (_, most) = self.rest();
        if piece.len() > most {
            return Err(Error::UnexpectedEvent);
        }
        self.got = self.got.saturating_add(piece.len());
        match self.wanted {
            Wanted::Document { length, cap } if self.got > length.unwrap_or(cap) => {
                Err(self.too_long(object))
            }
            _ => Ok(()),
        }
    }

    fn too_long(&self, object: &Object) -> Error {
        let role = match object {
            Object::Root(_) => return too_large("root"),
            Object::Timestamp => return too_large("timestamp"),
            Object::Snapshot(_) => Role::Snapshot,
            Object::Role { .. } => Role::Targets,
            Object::Target { .. } => return Error::TargetLength,
        };
        match self.wanted {
            Wanted::Document { length: None, .. } => too_large(role.name()),
            _ => Error::Metadata(sealift_metadata::Error::wrong_length(role)),
        }
    }

    /// Starts over.
    pub(crate) fn restart(&mut self, arena: &mut Arena<'_>) {
        self.got = 0;
        if let To::Buffer { start } = self.to {
            arena.release(start);
        }
    }

    /// All bytes that arrived in the buffer.
    pub(crate) fn finish(&self, arena: &Arena<'_>) -> Held {
        match self.to {
            To::Buffer { start } => arena.hold(start),
            To::Stage => arena.hold(arena.used()),
        }
    }
}

const fn too_large(what: &'static str) -> Error {
    Error::Metadata(sealift_metadata::Error::too_large(what))
}

/// What the driver is being asked.
#[derive(Debug)]
pub(crate) enum Ask {
    Fetch(Download),
    KeepRoot(Held),
    /// The object that was fetched last.
    KeepDocument,
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
    #[cfg(feature = "verify-at-boot")]
    Evidence(Keeping),
    Wait {
        seconds: u64,
    },
    Report(Report),
    Reboot,
    Idle,
}

/// What is to be done to the evidence of the slot.
#[cfg(feature = "verify-at-boot")]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keeping {
    Begin { roots: u8 },
    Open { at: u32, length: u32 },
    Write { at: u32, start: usize, end: usize },
    Check,
}

/// How the round goes on, once [`Core::ask`] was set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    /// In the same stage.
    Stay,
    /// With the snapshot: the refresh came to its end.
    Walk,
    /// With the payload of an image: the walk came to its end.
    Install,
    /// It ends with what is being asked.
    End,
}

/// What a stage is told once its question is answered in full.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// The object lies in the buffer.
    Got(Held),
    /// The document passed by.
    Passed,
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
            return Err(Error::Metadata(sealift_metadata::Error::expired(role, at)));
        }
        Ok(())
    }
}
