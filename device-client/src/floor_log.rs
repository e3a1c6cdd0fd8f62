//! The floor log: everything that must never fall, in an append-only row of records. The last
//! valid one counts; a torn tail is ignored; a record is written only when something moved.
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
//! | 373..376 | 0 |
//! | 376..384 | the first 8 bytes of the SHA-256 of bytes 0..376 |
//!
//! Numbers are little endian. The first record of an area is written before the area counts: into
//! a file that is then renamed, or into the page that was erased.

use sealift_metadata::Digest;
use sealift_metadata::limits::{LATEST_SECONDS, ROLE_NAME_BYTES};
use sealift_metadata::name::RoleName;
use sealift_metadata::time::Time;
use sealift_metadata::trusted::Floors;

use crate::Result;
use crate::codec::{self, Reader, Writer};
use crate::error::Error;
use crate::limits::LOG_RECORD_BYTES;

const MAGIC: [u8; 4] = *b"SLF1";

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
    used: usize,
}

/// What to write.
#[derive(Debug, PartialEq, Eq)]
pub enum Append {
    /// The record goes behind the others.
    At {
        /// Where, in bytes.
        offset: usize,
        /// The record.
        bytes: Bytes,
    },
    /// The area is full or blank: the record becomes the first one of a fresh area.
    Fresh {
        /// The record.
        bytes: Bytes,
    },
}

impl FloorLog {
    /// Reads an area; bytes of `0xff` were never written.
    ///
    /// # Errors
    /// [`Error::FloorLog`] when something stands there but no valid record.
    pub fn read(area: &[u8]) -> Result<Self> {
        let mut newest = Self::default();
        for (record, index) in area.chunks(LOG_RECORD_BYTES).zip(1_usize..) {
            if codec::is_erased(record) {
                continue;
            }
            newest.used = index.saturating_mul(LOG_RECORD_BYTES);
            if let Some((log, sequence)) = decode(record)
                && sequence > newest.sequence
            {
                (newest.log, newest.sequence) = (log, sequence);
            }
        }
        if newest.used > 0 && newest.sequence == 0 {
            return Err(Error::FloorLog);
        }
        Ok(newest)
    }

    /// The last valid record.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// What to write so that an area of `capacity` bytes holds `log`; `None` when it does. Once
    /// that is durable, call [`Self::written`].
    pub fn append(&self, log: &Log, capacity: usize) -> Option<Append> {
        if self.sequence > 0 && self.log == *log {
            return None;
        }
        let bytes = encode(log, self.sequence.saturating_add(1));
        let end = self.used.saturating_add(LOG_RECORD_BYTES);
        if self.used == 0 || end > capacity {
            return Some(Append::Fresh { bytes });
        }
        let offset = self.used;
        Some(Append::At { offset, bytes })
    }

    /// Notes that the record of [`Self::append`] is durable.
    pub fn written(&mut self, log: &Log, append: &Append) {
        self.log = log.clone();
        self.sequence = self.sequence.saturating_add(1);
        self.used = match append {
            Append::At { offset, .. } => offset.saturating_add(LOG_RECORD_BYTES),
            Append::Fresh { .. } => LOG_RECORD_BYTES,
        };
    }
}

fn encode(log: &Log, sequence: u32) -> Bytes {
    let mut record = [0; LOG_RECORD_BYTES];
    let mut writer = Writer::new(&mut record);
    let floors = &log.floors;
    writer.bytes(&MAGIC);
    writer.u32(sequence);
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
    codec::seal(&mut record);
    record
}

const NO_ROOT: Digest = Digest::from_bytes([0; 32]);

fn decode(record: &[u8]) -> Option<(Log, u32)> {
    let record: &Bytes = record.try_into().ok()?;
    if !codec::is_sealed(record) {
        return None;
    }
    let mut reader = Reader::new(record);
    if reader.array()? != MAGIC {
        return None;
    }
    let sequence = reader.u32()?;
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
    // Whatever else the bytes may say, it is nothing that we would have written.
    (encode(&log, sequence) == *record).then_some((log, sequence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn log(timestamp: u64) -> Log {
        let mut log = Log::default();
        log.floors.root = 3;
        log.floors.timestamp = timestamp;
        log.floors.time = Time::from_seconds(1_800_000_000);
        log.root = Some(Digest::of(b"root"));
        let name = RoleName::new(&"r".repeat(ROLE_NAME_BYTES)).unwrap();
        for version in 1..=4 {
            log.floors.roles.push((name.clone(), version)).unwrap();
        }
        log.settled = Mark([7; 8]);
        log
    }

    fn write(area: &mut Vec<u8>, state: &mut FloorLog, log: &Log, capacity: usize) {
        let append = state.append(log, capacity).unwrap();
        match &append {
            Append::At { offset, bytes } => {
                area.resize(*offset, 0xff);
                area.extend_from_slice(bytes);
            }
            Append::Fresh { bytes } => *area = bytes.to_vec(),
        }
        state.written(log, &append);
    }

    #[test]
    fn the_last_record_counts_and_a_full_area_starts_afresh() {
        let (mut area, mut state) = (Vec::new(), FloorLog::default());
        for version in 1..=10 {
            write(&mut area, &mut state, &log(version), 4 * LOG_RECORD_BYTES);
            let read = FloorLog::read(&area).unwrap();
            assert_eq!(read, state);
            assert_eq!(read.log(), &log(version));
            assert_eq!(read.append(&log(version), 4096), None, "nothing moved");
        }
        assert!(area.len() <= 4 * LOG_RECORD_BYTES);
    }

    #[test]
    fn a_torn_tail_leaves_the_record_before_it_and_is_stepped_over() {
        let (mut area, mut state) = (Vec::new(), FloorLog::default());
        write(&mut area, &mut state, &log(1), 4096);
        write(&mut area, &mut state, &log(2), 4096);
        for cut in LOG_RECORD_BYTES + 1..area.len() {
            let mut torn = area[..cut].to_vec();
            let mut read = FloorLog::read(&torn).unwrap();
            assert_eq!(read.log(), &log(1));
            write(&mut torn, &mut read, &log(3), 4096);
            assert_eq!(FloorLog::read(&torn).unwrap().log(), &log(3));
        }
    }

    #[test]
    fn rubbish_is_an_error_and_never_a_default() {
        for area in [&b"x"[..], &[0; 2000], &encode(&log(1), 1)[..383]] {
            assert_eq!(FloorLog::read(area), Err(Error::FloorLog));
        }
        for blank in [&[][..], &[0xff; 4096]] {
            assert_eq!(FloorLog::read(blank), Ok(FloorLog::default()));
        }
        let mut nonsense = encode(&log(1), 1);
        nonsense[72] = 5;
        codec::seal(&mut nonsense);
        assert_eq!(FloorLog::read(&nonsense), Err(Error::FloorLog));
    }
}
