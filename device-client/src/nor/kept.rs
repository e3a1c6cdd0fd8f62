//! What is stated in rows: the log, and what boot records hold of one component or of several.

use crate::boot::BootState;
use crate::floor_log::{self, Log};
use crate::limits::{BOOT_RECORD_BYTES, LOG_RECORD_BYTES, SET_RECORD_BYTES, UNIT_BYTES_MAX};
use crate::others::Part;
use crate::page::Stamp;
use crate::records::set::{self, SetState, merged};
use crate::records::{self, Parts};

const _: () = assert!(
    BOOT_RECORD_BYTES.is_multiple_of(UNIT_BYTES_MAX)
        && LOG_RECORD_BYTES.is_multiple_of(UNIT_BYTES_MAX)
        && SET_RECORD_BYTES.is_multiple_of(UNIT_BYTES_MAX)
);

/// The bytes of a record.
pub(crate) trait RecordBytes: AsRef<[u8]> + AsMut<[u8]> {
    /// Bytes of 0.
    const ZEROS: Self;
}

impl<const N: usize> RecordBytes for [u8; N] {
    const ZEROS: Self = [0; N];
}

/// What is stated in a row.
pub(crate) trait Statement: Sized {
    /// A record as it lies in its place.
    type Bytes: RecordBytes;
    const MAGIC: [u8; 4];
    fn encode(&self, stamp: Stamp) -> Self::Bytes;
    fn decode(record: &Self::Bytes) -> Option<(Self, Stamp)>;
}

impl Statement for BootState {
    type Bytes = records::Bytes;
    const MAGIC: [u8; 4] = records::MAGIC;

    fn encode(&self, stamp: Stamp) -> Self::Bytes {
        records::encode(self, stamp)
    }

    fn decode(record: &Self::Bytes) -> Option<(Self, Stamp)> {
        records::decode(record)
    }
}

impl Statement for SetState {
    type Bytes = set::LongBytes;
    const MAGIC: [u8; 4] = set::SET_MAGIC;

    fn encode(&self, stamp: Stamp) -> Self::Bytes {
        set::encode_long(&self.boot, &self.parts, stamp)
    }

    fn decode(record: &Self::Bytes) -> Option<(Self, Stamp)> {
        set::decode_long(record)
    }
}

impl Statement for Log {
    type Bytes = floor_log::Bytes;
    const MAGIC: [u8; 4] = floor_log::MAGIC;

    fn encode(&self, stamp: Stamp) -> Self::Bytes {
        floor_log::encode(self, stamp)
    }

    fn decode(record: &Self::Bytes) -> Option<(Self, Stamp)> {
        floor_log::decode(record)
    }
}

/// What the boot records of a board hold: [`BootState`] of one component, [`SetState`] of several.
#[expect(private_bounds, reason = "nobody else states anything in rows")]
pub trait Kept: Statement + Clone + PartialEq {
    /// Whether there is more than one component.
    const IS_SET: bool;
    /// A device whose records are erased.
    fn factory() -> Self;
    /// What is known of the set, and of its first component.
    fn boot(&self) -> &BootState;
    /// What is known of the others.
    fn parts(&self) -> &[Part];
    /// Both, to change them.
    fn split(&mut self) -> (&mut BootState, &mut [Part]);
    /// What is to be stated instead; `None` where it cannot be.
    fn with(&self, boot: &BootState, parts: &[Part]) -> Option<Self>;
}

impl Kept for BootState {
    const IS_SET: bool = false;

    fn factory() -> Self {
        Self::factory()
    }

    fn boot(&self) -> &BootState {
        self
    }

    fn parts(&self) -> &[Part] {
        &[]
    }

    fn split(&mut self) -> (&mut BootState, &mut [Part]) {
        (self, &mut [])
    }

    fn with(&self, boot: &BootState, parts: &[Part]) -> Option<Self> {
        parts.is_empty().then(|| boot.clone())
    }
}

impl Kept for SetState {
    const IS_SET: bool = true;

    fn factory() -> Self {
        Self {
            boot: BootState::factory(),
            parts: Parts::new(),
        }
    }

    fn boot(&self) -> &BootState {
        &self.boot
    }

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn split(&mut self) -> (&mut BootState, &mut [Part]) {
        (&mut self.boot, &mut self.parts)
    }

    fn with(&self, boot: &BootState, parts: &[Part]) -> Option<Self> {
        Some(Self {
            boot: boot.clone(),
            parts: merged(&self.parts, parts),
        })
    }
}
