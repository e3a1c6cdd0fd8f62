//! What can go wrong: facts, each with a number that never changes, sorted by who is to blame.

use core::fmt;

use sealift_metadata::detail::{Place, Text, place, text};

use crate::select::Refusal;

/// Who is to blame, and so who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// What was published does not verify: the repository, or whoever stands between.
    Repository,
    /// Nothing was wrong with what came; it did not come.
    Transport,
    /// The device's own memory.
    Storage,
    /// Whoever calls this crate, or set the device up.
    Misuse,
}

/// Why a round ended early. On bare metal the fields of facts tell
/// [nothing](sealift_metadata::detail) but what a driver said of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// 100-199: metadata was refused.
    Metadata(sealift_metadata::Error),

    /// 200: an object that was promised is not there.
    Absent,
    /// 201: a target has not the signed length.
    TargetLength,
    /// 202: a target has not the signed digest.
    TargetDigest,
    /// 203: the channel's document is not listed by the role of channels.
    ChannelNotListed,
    /// 204: the channel's document is of another product or channel.
    ForeignChannel,
    /// 205: the block table does not describe the target.
    BlockTable,
    /// 206: a block came with another digest each time.
    BlockDigest {
        /// Its index.
        block: Place,
    },
    /// 207: a verified block does not decode to its part of the image.
    BlockEncoding {
        /// Its index.
        block: Place,
    },
    /// 208: the slot, read back, does not hold the signed image.
    ImageDigest,
    /// 209: the documents that a boot loader would go by do not prove the image, or cannot be kept:
    /// they do not fit their area, are too many, or are of no stated length.
    NoEvidence,
    /// 210-229 and 260: nothing on offer may be installed, and this is wrong with the newest.
    Refused(Refusal),

    /// 230: the transport gave up.
    Transport {
        /// What the driver says of it.
        code: u16,
    },

    /// 240: reading, writing or erasing failed.
    Storage {
        /// What the driver says of it.
        code: u16,
    },
    /// 241: neither boot record is valid, and the pages are not erased.
    BootRecords,
    /// 242: the floor log holds no valid record, and is not erased.
    FloorLog,
    /// 243: the stored root is not the one that was trusted.
    RootReplaced,
    /// 244: no slot holds an image that may be booted.
    NothingToBoot,

    /// 245: the evidence beside a slot is not whole.
    EvidenceTorn,
    /// 246: the evidence beside a slot is of another image than its record.
    EvidenceOther,

    /// 250: an event came that nothing was asked for.
    UnexpectedEvent,
    /// 251: a part of the device's identity is not a valid name or number.
    Identity(Text),
    /// 252: the caller's buffer is too small for the documents or a block.
    BufferFull,
    /// 253: no booted trial waits for a confirmation.
    NothingToConfirm,
    /// 254: the layout does not fit the flash.
    Layout(Text),
}

#[cfg(target_os = "none")]
const _: () = assert!(size_of::<Error>() <= 4, "an error fits a register");

impl Error {
    /// [`Self::Identity`]
    pub(crate) const fn identity(what: &'static str) -> Self {
        Self::Identity(text(what))
    }

    /// [`Self::Layout`]
    pub(crate) const fn layout(what: &'static str) -> Self {
        Self::Layout(text(what))
    }

    /// [`Self::BlockDigest`]
    pub(crate) const fn block_digest(block: u32) -> Self {
        let block = place(block as usize);
        Self::BlockDigest { block }
    }

    /// [`Self::BlockEncoding`]
    pub(crate) const fn block_encoding(block: u32) -> Self {
        let block = place(block as usize);
        Self::BlockEncoding { block }
    }

    /// The number of the fact. Numbers are never reused or reordered.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Metadata(error) => error.code(),
            Self::Absent => 200,
            Self::TargetLength => 201,
            Self::TargetDigest => 202,
            Self::ChannelNotListed => 203,
            Self::ForeignChannel => 204,
            Self::BlockTable => 205,
            Self::BlockDigest { .. } => 206,
            Self::BlockEncoding { .. } => 207,
            Self::ImageDigest => 208,
            Self::NoEvidence => 209,
            Self::Refused(refusal) => refusal.code(),
            Self::Transport { .. } => 230,
            Self::Storage { .. } => 240,
            Self::BootRecords => 241,
            Self::FloorLog => 242,
            Self::RootReplaced => 243,
            Self::NothingToBoot => 244,
            Self::EvidenceTorn => 245,
            Self::EvidenceOther => 246,
            Self::UnexpectedEvent => 250,
            Self::Identity(_) => 251,
            Self::BufferFull => 252,
            Self::NothingToConfirm => 253,
            Self::Layout(_) => 254,
        }
    }

    /// The stable name of the fact, for logs and interfaces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Metadata(error) => error.name(),
            Self::Absent => "absent",
            Self::TargetLength => "target_length",
            Self::TargetDigest => "target_digest",
            Self::ChannelNotListed => "channel_not_listed",
            Self::ForeignChannel => "foreign_channel",
            Self::BlockTable => "block_table",
            Self::BlockDigest { .. } => "block_digest",
            Self::BlockEncoding { .. } => "block_encoding",
            Self::ImageDigest => "image_digest",
            Self::NoEvidence => "no_evidence",
            Self::Refused(refusal) => refusal.name(),
            Self::Transport { .. } => "transport",
            Self::Storage { .. } => "storage",
            Self::BootRecords => "boot_records",
            Self::FloorLog => "floor_log",
            Self::RootReplaced => "root_replaced",
            Self::NothingToBoot => "nothing_to_boot",
            Self::EvidenceTorn => "evidence_torn",
            Self::EvidenceOther => "evidence_other",
            Self::UnexpectedEvent => "unexpected_event",
            Self::Identity(_) => "identity",
            Self::BufferFull => "buffer_full",
            Self::NothingToConfirm => "nothing_to_confirm",
            Self::Layout(_) => "layout",
        }
    }

    /// Who is to blame.
    pub const fn blame(&self) -> Blame {
        match self.code() {
            230..=239 => Blame::Transport,
            240..=249 => Blame::Storage,
            260..=269 => Blame::Repository,
            250.. => Blame::Misuse,
            _ => Blame::Repository,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::BlockDigest { block } => write!(f, "block {block} never came as it was signed"),
            Self::BlockEncoding { block } => {
                write!(f, "block {block} does not decode to its part of the image")
            }
            Self::Transport { code } => write!(f, "the transport gave up (its code {code})"),
            Self::Storage { code } => write!(f, "the storage failed (its code {code})"),
            Self::Layout(what) => write!(f, "the layout does not fit the flash: {what}"),
            Self::Identity(what) => write!(f, "the device's {what} is not valid"),
            other => f.write_str(other.sentence()),
        }
    }
}

impl Error {
    /// The sentence of a fact without fields.
    const fn sentence(&self) -> &'static str {
        match self {
            Self::Absent => "an object that was promised is not there",
            Self::TargetLength => "a target has not the signed length",
            Self::TargetDigest => "a target has not the signed digest",
            Self::ChannelNotListed => {
                "there is no such channel of this product; check `product` and `channel`"
            }
            Self::ForeignChannel => "the channel's document is of another product or channel",
            Self::BlockTable => "the block table does not describe the target",
            Self::ImageDigest => "the slot does not read back as the signed image",
            Self::NoEvidence => "the documents that a boot loader goes by do not prove the image",
            Self::BootRecords => "the boot records are neither valid nor erased",
            Self::FloorLog => "the floor log is neither valid nor erased",
            Self::RootReplaced => "the stored root is not the one that was trusted",
            Self::NothingToBoot => "no slot holds an image that may be booted",
            Self::EvidenceTorn => "the evidence beside the slot is not whole",
            Self::EvidenceOther => "the evidence beside the slot is of another image",
            Self::UnexpectedEvent => "an event came that nothing was asked for",
            Self::BufferFull => "the buffer is too small",
            Self::NothingToConfirm => "no booted trial waits for a confirmation",
            _ => "",
        }
    }
}

impl core::error::Error for Error {}

impl From<sealift_metadata::Error> for Error {
    fn from(error: sealift_metadata::Error) -> Self {
        match error {
            // The window is the driver's buffer.
            sealift_metadata::Error::WindowFull => Self::BufferFull,
            error => Self::Metadata(error),
        }
    }
}
