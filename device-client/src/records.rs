//! Boot records: two erase pages, each with one record; the newest valid one counts, the other is
//! overwritten next. A torn write leaves the record before it.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | magic `SLB1` |
//! | 4..12 | sequence number of the record |
//! | 12 | active slot: 0 is A, 1 is B |
//! | 13..144 | slot A |
//! | 144..275 | slot B |
//! | 275..283 | security floor |
//! | 283 | number of remembered failures, 0 to 4 |
//! | 284..320 | failures: sequence (8), cause (1); unused ones are 0 |
//! | 320 | 1 in the second copy of a record (see [`nor`](crate::nor)), else 0 |
//! | 321..376 | 0 |
//! | 376..384 | the first 8 bytes of the SHA-256 of bytes 0..376 |
//!
//! A slot:
//!
//! | bytes | what |
//! |---|---|
//! | 0 | state: 0 empty, 1 receiving, 2 staged, 3 trial, 4 confirmed, 5 failed |
//! | 1..5 | receiving: next block; trial: boots left; failed: cause; else 0 |
//! | 5..9 | receiving: bytes of a block; trial: 1 once booted; else 0 |
//! | 9 | downloads that did not read back |
//! | 10..18 | sequence |
//! | 18..26 | floor |
//! | 26..34 | length of the image in bytes |
//! | 34..66 | SHA-256 of the image |
//! | 66 | length of the version's text |
//! | 67..131 | the version's text, ASCII, unused bytes 0 |
//!
//! A device of several components has [longer records](crate::records::set).
//!
//! Numbers are little endian. Causes are those of [`Cause::code`](crate::slot::Cause::code). A record whose bytes say
//! anything that this table does not name is not valid.

/// Records of devices of several components.
pub mod set;

use heapless::Vec;

use crate::Result;
use crate::boot::{BootState, Failure};
use crate::codec::{self, Reader, Writer};
use crate::error::Error;
use crate::limits::{BOOT_RECORD_BYTES, OTHERS, REMEMBERED_FAILURES, VERSION_BYTES};
use crate::others::Part;
use crate::page::{Found, Page, Stamp};
use crate::slot::{Cause, SlotId, SlotRecord, SlotState};

/// What a record begins with.
pub(crate) const MAGIC: [u8; 4] = *b"SLB1";

/// Where a second copy says that it is one.
const COPY_AT: usize = 320;

/// A record as it lies in its page.
pub type Bytes = [u8; BOOT_RECORD_BYTES];

/// What is known of the components beside the first.
pub type Parts = Vec<Part, OTHERS>;

/// What both pages say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    state: BootState,
    parts: Parts,
    sequence: u64,
    next: Page,
}

impl Records {
    /// Reads both pages.
    ///
    /// # Errors
    /// [`Error::BootRecords`] when neither is valid, unless both are erased or absent: that is a
    /// device fresh from the factory. One that merely cannot read its pages is not.
    pub fn read(zero: Found<'_>, one: Found<'_>) -> Result<Self> {
        let read = |page: Found<'_>, next| newest_of(page.bytes()?, next);
        match (read(zero, Page::One), read(one, Page::Zero)) {
            (Some(zero), other)
                if other
                    .as_ref()
                    .is_none_or(|one| one.sequence < zero.sequence) =>
            {
                Ok(zero)
            }
            (_, Some(one)) => Ok(one),
            _ if zero.is_blank() && one.is_blank() => Ok(Self {
                state: BootState::factory(),
                parts: Parts::new(),
                sequence: 0,
                next: Page::Zero,
            }),
            _ => Err(Error::BootRecords),
        }
    }

    /// The state of the newest valid record.
    pub const fn state(&self) -> &BootState {
        &self.state
    }

    /// What the newest valid record says of the components beside the first.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The page to erase and write next, and the record for it. Once that is durable, call
    /// [`Self::written`] with the same. What is known of components that are not among `parts` is
    /// kept, as far as there is room: a writer that does not know them loses nothing.
    pub fn next(&self, state: &BootState, parts: &[Part]) -> (Page, set::Bytes) {
        let stamp = Stamp::first(self.sequence.saturating_add(1));
        let bytes = set::encode(state, &set::merged(&self.parts, parts), stamp);
        (self.next, bytes)
    }

    /// Notes that the record of [`Self::next`] is durable.
    pub fn written(&mut self, state: &BootState, parts: &[Part]) {
        self.state = state.clone();
        self.parts = set::merged(&self.parts, parts);
        self.sequence = self.sequence.saturating_add(1);
        self.next = self.next.other();
    }
}

fn newest_of(page: &[u8], next: Page) -> Option<Records> {
    let (state, parts, stamp) = set::decode(page)?;
    let sequence = stamp.sequence;
    Some(Records {
        state,
        parts,
        sequence,
        next,
    })
}

/// A record as it lies in flash or in a file.
pub(crate) fn encode(state: &BootState, stamp: Stamp) -> Bytes {
    let mut record = [0; BOOT_RECORD_BYTES];
    let mut writer = Writer::new(&mut record);
    writer.bytes(&MAGIC);
    writer.u64(stamp.sequence);
    writer.u8(match state.active {
        SlotId::A => 0,
        SlotId::B => 1,
    });
    write_slot(&mut writer, &state.a);
    write_slot(&mut writer, &state.b);
    writer.u64(state.floor);
    writer.u8(u8::try_from(state.failures.len()).unwrap_or(u8::MAX));
    for failure in &state.failures {
        writer.u64(failure.sequence);
        writer.u8(failure.cause.code());
    }
    for _ in state.failures.len()..REMEMBERED_FAILURES {
        writer.u64(0);
        writer.u8(0);
    }
    writer.u8(u8::from(stamp.is_copy));
    codec::seal(&mut record);
    record
}

/// What a record says; `None` when it is not valid.
pub(crate) fn decode(record: &Bytes) -> Option<(BootState, Stamp)> {
    if !codec::is_sealed(record) {
        return None;
    }
    let mut reader = Reader::new(record);
    if reader.array()? != MAGIC {
        return None;
    }
    let sequence = reader.u64()?;
    let active = match reader.u8()? {
        0 => SlotId::A,
        1 => SlotId::B,
        _ => return None,
    };
    let mut state = BootState {
        active,
        a: read_slot(&mut reader)?,
        b: read_slot(&mut reader)?,
        floor: reader.u64()?,
        ..BootState::factory()
    };
    let failures = usize::from(reader.u8()?);
    if failures > REMEMBERED_FAILURES {
        return None;
    }
    for _ in 0..failures {
        let (sequence, cause) = (reader.u64()?, Cause::from_code(reader.u8()?)?);
        state.failures.push(Failure { sequence, cause }).ok()?;
    }
    let is_copy = record.get(COPY_AT) == Some(&1);
    let stamp = Stamp { sequence, is_copy };
    // Whatever else the bytes may say, it is nothing that we would have written.
    (encode(&state, stamp) == *record).then_some((state, stamp))
}

fn write_slot(writer: &mut Writer<'_>, slot: &SlotRecord) {
    let (state, first, second) = match slot.state {
        SlotState::Empty => (0, 0, 0),
        SlotState::Receiving { block, size } => (1, block, size),
        SlotState::Staged => (2, 0, 0),
        SlotState::Trial { left, booted } => (3, u32::from(left), u32::from(booted)),
        SlotState::Confirmed => (4, 0, 0),
        SlotState::Failed(cause) => (5, u32::from(cause.code()), 0),
    };
    writer.u8(state);
    writer.u32(first);
    writer.u32(second);
    writer.u8(slot.downloads);
    writer.u64(slot.sequence);
    writer.u64(slot.floor);
    writer.u64(slot.length);
    writer.bytes(slot.sha256.as_bytes());
    writer.ascii::<VERSION_BYTES>(&slot.version);
}

fn read_slot(reader: &mut Reader<'_>) -> Option<SlotRecord> {
    let (state, first, second) = (reader.u8()?, reader.u32()?, reader.u32()?);
    let state = match state {
        0 => SlotState::Empty,
        1 => SlotState::Receiving {
            block: first,
            size: second,
        },
        2 => SlotState::Staged,
        3 => SlotState::Trial {
            left: u8::try_from(first).ok()?,
            booted: second == 1,
        },
        4 => SlotState::Confirmed,
        5 => SlotState::Failed(Cause::from_code(u8::try_from(first).ok()?)?),
        _ => return None,
    };
    Some(SlotRecord {
        state,
        downloads: reader.u8()?,
        sequence: reader.u64()?,
        floor: reader.u64()?,
        length: reader.u64()?,
        sha256: reader.digest()?,
        version: reader.ascii::<VERSION_BYTES>()?,
    })
}

#[cfg(test)]
mod tests;
