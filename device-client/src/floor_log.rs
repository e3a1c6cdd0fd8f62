//! The floor log: everything that must never fall, in records on two areas. An area is an
//! append-only row; a record is written only when something moved, behind the others of its area.
//! When that is full, the other area is erased and takes the next one. The newest valid record of
//! both counts; torn ones are stepped over. No area is erased before the other holds what is
//! newer: a cut of the power at any instant leaves the newest record or the one before it.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | magic `SLF1` |
//! | 4..8 | sequence number of the record |
//! | 8..16 | version of the root |
//! | 16..48 | SHA-256 of the root; all 0 while only the root of the factory is known |
//! | 48..56 | version of the timestamp |
//! | 56..64 | version of the snapshot |
//! | 64..72 | a time that has passed, in seconds since 1970 |
//! | 72 | number of targets roles followed, 0 to 4 |
//! | 73..365 | roles: length of the name (1), name (64), version (8); unused ones are 0 |
//! | 365..373 | what was found to be up to date (see [`Mark`](crate::floor_log::Mark)) |
//! | 373 | 1 in the second copy of a record (see [`nor`](crate::nor)), else 0 |
//! | 374..376 | 0 |
//! | 376..384 | the first 8 bytes of the SHA-256 of bytes 0..376 |
//!
//! Numbers are little endian; sequence numbers run on from area to area. An area is one erase page
//! or more of flash, or a file that is written whole before it takes its name.

use sealift_metadata::Digest;
use sealift_metadata::limits::{LATEST_SECONDS, ROLE_NAME_BYTES};
use sealift_metadata::name::RoleName;
use sealift_metadata::time::Time;
use sealift_metadata::trusted::Floors;

use crate::Result;
use crate::codec::{self, Reader, Writer};
use crate::error::Error;
use crate::limits::LOG_RECORD_BYTES;
use crate::page::{Found, Page, Stamp};

/// What a record begins with.
pub(crate) const MAGIC: [u8; 4] = *b"SLF1";

/// A record as it lies in the log.
pub type Bytes = [u8; LOG_RECORD_BYTES];

/// A short digest of a timestamp's version, the device's identity and its boot state: when it is
/// the same again, a timestamp that did not change needs no second look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark(pub [u8; 8]);

/// What the log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// What must not fall.
    pub floors: Floors,
    /// The digest of the root that was persisted last; `None` from the factory.
    pub root: Option<Digest>,
    /// What was found to be up to date.
    pub settled: Mark,
}

/// Where the log stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FloorLog {
    log: Log,
    sequence: u32,
    /// Bytes that are used of the area of the newest record, and the other area.
    used: usize,
    next: Page,
}

/// What to write.
#[derive(Debug, PartialEq, Eq)]
pub enum Append {
    /// The record goes behind the others of its area.
    At {
        /// Which area.
        page: Page,
        /// Where, in bytes.
        offset: usize,
        /// The record.
        bytes: Bytes,
    },
    /// The area is erased, whatever it holds, and the record becomes its first one.
    Fresh {
        /// Which area.
        page: Page,
        /// The record.
        bytes: Bytes,
    },
}

impl FloorLog {
    /// Reads both areas; bytes of `0xff` were never written. One area may hold anything: a cut of
    /// the power tears an erasure, and some flash cannot be read after that.
    ///
    /// # Errors
    /// [`Error::FloorLog`] when neither holds a valid record, unless both are erased or absent.
    pub fn read(zero: Found<'_>, one: Found<'_>) -> Result<Self> {
        let areas = [(zero, Page::One), (one, Page::Zero)];
        let [zero_log, one_log] = areas.map(|(area, next)| Self::read_area(area, next));
        let newest = if one_log.sequence > zero_log.sequence {
            one_log
        } else {
            zero_log
        };
        if newest.sequence > 0 {
            return Ok(newest);
        }
        if zero.is_blank() && one.is_blank() {
            return Ok(Self::default());
        }
        Err(Error::FloorLog)
    }

    /// The newest record of one area; of sequence 0 where there is none.
    fn read_area(area: Found<'_>, next: Page) -> Self {
        let mut newest = Self {
            next,
            ..Self::default()
        };
        let records = area.bytes().unwrap_or_default().chunks(LOG_RECORD_BYTES);
        for (record, index) in records.zip(1_usize..) {
            if codec::is_erased(record) {
                continue;
            }
            newest.used = index.saturating_mul(LOG_RECORD_BYTES);
            if let Some((log, stamp)) = record.first_chunk().and_then(decode)
                && u32::try_from(stamp.sequence).is_ok_and(|read| read > newest.sequence)
            {
                (newest.log, newest.sequence) = (log, u32::try_from(stamp.sequence).unwrap_or(0));
            }
        }
        newest
    }

    /// The newest valid record.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// What to write so that the log, on areas of `capacity` bytes each, holds `log`; `None` when
    /// it does. Once that is durable, call [`Self::written`].
    pub fn append(&self, log: &Log, capacity: usize) -> Option<Append> {
        if self.sequence > 0 && self.log == *log {
            return None;
        }
        let sequence = u64::from(self.sequence.saturating_add(1));
        let bytes = encode(log, Stamp::first(sequence));
        let end = self.used.saturating_add(LOG_RECORD_BYTES);
        if self.used == 0 || end > capacity {
            let page = self.next;
            return Some(Append::Fresh { page, bytes });
        }
        Some(Append::At {
            page: self.next.other(),
            offset: self.used,
            bytes,
        })
    }

    /// Notes that the record of [`Self::append`] is durable.
    pub fn written(&mut self, log: &Log, append: &Append) {
        self.log = log.clone();
        self.sequence = self.sequence.saturating_add(1);
        let (page, offset) = match append {
            Append::At { page, offset, .. } => (*page, *offset),
            Append::Fresh { page, .. } => (*page, 0),
        };
        self.used = offset.saturating_add(LOG_RECORD_BYTES);
        self.next = page.other();
    }
}

/// A record as it lies in flash or in a file.
pub(crate) fn encode(log: &Log, stamp: Stamp) -> Bytes {
    let mut record = [0; LOG_RECORD_BYTES];
    let mut writer = Writer::new(&mut record);
    let floors = &log.floors;
    writer.bytes(&MAGIC);
    writer.u32(u32::try_from(stamp.sequence).unwrap_or(u32::MAX));
    writer.u64(floors.root);
    writer.bytes(log.root.unwrap_or(NO_ROOT).as_bytes());
    writer.u64(floors.timestamp);
    writer.u64(floors.snapshot);
    writer.u64(floors.time.seconds());
    writer.u8(u8::try_from(floors.roles.len()).unwrap_or(u8::MAX));
    for index in 0..floors.roles.capacity() {
        let role = floors.roles.get(index);
        writer.text::<ROLE_NAME_BYTES>(role.map_or("", |(name, _)| name.as_str()));
        writer.u64(role.map_or(0, |(_, version)| *version));
    }
    writer.bytes(&log.settled.0);
    writer.u8(u8::from(stamp.is_copy));
    codec::seal(&mut record);
    record
}

const NO_ROOT: Digest = Digest::from_bytes([0; 32]);

/// What a record says; `None` when it is not valid.
pub(crate) fn decode(record: &Bytes) -> Option<(Log, Stamp)> {
    if !codec::is_sealed(record) {
        return None;
    }
    let mut reader = Reader::new(record);
    if reader.array()? != MAGIC {
        return None;
    }
    let sequence = u64::from(reader.u32()?);
    let mut log = Log::default();
    log.floors.root = reader.u64()?;
    log.root = Some(reader.digest()?).filter(|digest| *digest != NO_ROOT);
    log.floors.timestamp = reader.u64()?;
    log.floors.snapshot = reader.u64()?;
    let seconds = reader.u64()?;
    if seconds > LATEST_SECONDS {
        return None;
    }
    log.floors.time = Time::from_seconds(seconds);
    let roles = usize::from(reader.u8()?);
    for index in 0..log.floors.roles.capacity() {
        let (name, version) = (reader.text::<ROLE_NAME_BYTES>()?, reader.u64()?);
        if index < roles {
            let role = (RoleName::new(name).ok()?, version);
            log.floors.roles.push(role).ok()?;
        }
    }
    log.settled = Mark(reader.array()?);
    let is_copy = reader.u8()? == 1;
    let stamp = Stamp { sequence, is_copy };
    // Whatever else the bytes may say, it is nothing that we would have written.
    (encode(&log, stamp) == *record).then_some((log, stamp))
}

#[cfg(test)]
mod tests;
