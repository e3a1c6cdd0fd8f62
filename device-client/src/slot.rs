//! What is known of a slot.

use heapless::String;
use sealift_metadata::Digest;
use sealift_metadata::image::Slot;

use crate::limits::VERSION_BYTES;

/// One of the two slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotId {
    /// The first slot.
    A,
    /// The second slot.
    B,
}

impl SlotId {
    /// The other slot.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// Whether an image that is linked for `slot`, or for none, runs here.
    pub fn runs(self, slot: Option<Slot>) -> bool {
        match slot {
            None => true,
            Some(Slot::A) => self == Self::A,
            Some(Slot::B) => self == Self::B,
        }
    }

    /// `a` or `b`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

/// How far a slot is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlotState {
    /// Nothing that could be booted.
    #[default]
    Empty,
    /// Blocks before `block` are durable; each but the last holds `size` bytes of the image.
    Receiving {
        /// The block that comes next.
        block: u32,
        /// Bytes of the image in one block.
        size: u32,
    },
    /// The image is whole, read back and hashed, but not to be booted yet.
    Staged,
    /// The image is to be tried.
    Trial {
        /// Boots that are left to confirm.
        left: u8,
        /// Whether a boot loader chose it at least once.
        booted: bool,
    },
    /// The image confirmed itself.
    Confirmed,
    /// The image must not be booted.
    Failed(Cause),
}

/// Why an image counts as failed. A power cut is no cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Every boot it was given went by without a confirmation.
    NotConfirmed,
    /// Its slot did not read back as the signed image.
    ImageDigest,
    /// Its blocks verify but do not decode.
    Encoding,
    /// A boot loader found other bytes in its slot than the record names.
    SlotDigest,
    /// The device's security floor rose above it.
    BelowFloor,
    /// A boot loader that checks signatures found nothing beside the slot that proves its image.
    NoEvidence,
}

impl Cause {
    /// The number of the cause in records.
    pub const fn code(self) -> u8 {
        match self {
            Self::NotConfirmed => 1,
            Self::ImageDigest => 2,
            Self::Encoding => 3,
            Self::SlotDigest => 4,
            Self::BelowFloor => 5,
            Self::NoEvidence => 6,
        }
    }

    /// The cause of a number; `None` for one that does not exist.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::NotConfirmed),
            2 => Some(Self::ImageDigest),
            3 => Some(Self::Encoding),
            4 => Some(Self::SlotDigest),
            5 => Some(Self::BelowFloor),
            6 => Some(Self::NoEvidence),
            _ => None,
        }
    }

    /// The stable name of the cause.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotConfirmed => "not_confirmed",
            Self::ImageDigest => "image_digest",
            Self::Encoding => "encoding",
            Self::SlotDigest => "slot_digest",
            Self::BelowFloor => "below_floor",
            Self::NoEvidence => "no_evidence",
        }
    }
}

/// A slot's state and the image that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotRecord {
    /// How far the slot is.
    pub state: SlotState,
    /// Whole downloads of this image that did not read back.
    pub downloads: u8,
    /// The image's sequence.
    pub sequence: u64,
    /// The image's security floor.
    pub floor: u64,
    /// The image's length in bytes.
    pub length: u64,
    /// The image's digest.
    pub sha256: Digest,
    /// The image's version, for people: ASCII, as in metadata. What is not is recorded as `?`.
    pub version: String<VERSION_BYTES>,
}

impl SlotRecord {
    /// A slot that nothing is known of.
    pub const EMPTY: Self = Self {
        state: SlotState::Empty,
        downloads: 0,
        sequence: 0,
        floor: 0,
        length: 0,
        sha256: Digest::from_bytes([0; 32]),
        version: String::new(),
    };

    /// Whether both are about the same bytes, of whatever sequence.
    pub(crate) fn holds_same(&self, other: &Self) -> bool {
        self.length == other.length && self.sha256 == other.sha256
    }

    /// Whether both are about the same image.
    pub fn is_same_image(&self, other: &Self) -> bool {
        self.sequence == other.sequence
            && self.length == other.length
            && self.sha256 == other.sha256
    }
}
