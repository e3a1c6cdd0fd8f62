//! Every cap in one place. Exceeding one is an error with a number; of offers alone, the oldest are
//! passed over.

use sealift_metadata::limits::SMALL_RAM;

/// Length of one boot record in bytes; an erase page holds at least one.
pub const BOOT_RECORD_BYTES: usize = 384;

/// Components of a device beside its first one.
pub const OTHERS: usize = 3;

/// Length of the boot record of a device of several components in bytes.
pub const SET_RECORD_BYTES: usize = 1216;

/// Longest release document in bytes that a device of several components takes.
pub const SET_BYTES: usize = 16 * 1024;

/// Length of one record of the floor log in bytes.
pub const LOG_RECORD_BYTES: usize = 384;

/// Length of a version's text in bytes.
pub const VERSION_BYTES: usize = 64;

/// Failed images that are remembered; the oldest makes way.
pub const REMEMBERED_FAILURES: usize = 4;

/// Times that a block is fetched before its image is given up for this round.
pub const BLOCK_ATTEMPTS: u8 = 3;

/// Seconds between two attempts at a block.
pub const BLOCK_RETRY_SECONDS: u64 = 1;

/// Times that the progress of one download is recorded, as long as the link holds: of a longer
/// image, several blocks may have to be fetched again after a cut. Each time that the link fails
/// adds one at most, and none without a block: there are never more than the image has blocks.
pub const PROGRESS_RECORDS: u32 = 32;

/// Whole downloads of one image whose slot did not read back; then it counts as failed.
pub const DOWNLOAD_ATTEMPTS: u8 = 2;

/// Seconds from the begin of a round in which it may activate an image: after a longer download,
/// the next round has to find the image on offer still.
pub const ACTIVATION_SECONDS: u64 = 3600;

/// Offers of a channel document that are looked at, the newest first.
pub const OFFERS: usize = if SMALL_RAM { 8 } else { 32 };

/// Part of the buffer that is kept for the paths and releases of those offers, in bytes: offers
/// that no longer fit are too old to be looked at.
pub const OFFERS_BYTES: usize = if SMALL_RAM { 1024 } else { 3 * 1024 };

/// Length of an object's address on the link in bytes: a target's path, a digest, and folders.
pub const LINK_ADDRESS_BYTES: usize = 384;

/// Bytes of an object in one answer of the link.
pub const LINK_DATA_BYTES: usize = 1024;

/// Length of a message of the link without an object's bytes or address, in bytes; a buffer for
/// frames has this much room beside those.
pub const LINK_FRAME_BYTES: usize = 32;

/// Times that a question is sent over the link before the link counts as dead.
pub const LINK_ATTEMPTS: u8 = 5;

/// Milliseconds to wait for an answer before a question is sent again; a gateway may have to fetch
/// a block first.
pub const LINK_ANSWER_MILLISECONDS: u32 = 4000;

/// Bytes of a role's document that are fetched at once to be kept as
/// [evidence](crate::evidence): a multiple of any program unit.
pub const EVIDENCE_PIECE_BYTES: u32 = 1024;

/// Longest program unit of flash in bytes; shorter ones divide it, and it divides a record.
pub const UNIT_BYTES_MAX: usize = 32;

/// Bytes of flash that are read at once.
pub const PIECE_BYTES: usize = 128;

/// Times that flash is read before a read counts as failed.
pub const READ_ATTEMPTS: u8 = 3;

/// Places for records in an area of flash, at least: two for a statement, and as many again for
/// the time that the first were torn.
pub const ROW_PLACES_MIN: usize = 4;

/// Times that a statement is tried before its row is given up: a place that cannot be written is
/// stepped over, and after half of them the area is left.
pub const ROW_ATTEMPTS: u8 = 4;

/// Times that a slot which does not read as its image is read before that is believed.
pub const SLOT_READ_ATTEMPTS: u8 = 2;

/// What the blocks of an image are a multiple of on NOR flash, in bytes: any program unit divides
/// it.
pub const BLOCK_UNIT_BYTES: u32 = 32;
