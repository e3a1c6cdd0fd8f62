//! Every cap and time-out in one place.

use sealift_device::limits::{LINK_ANSWER_MILLISECONDS, LINK_ATTEMPTS};

/// Buffer of the machine in bytes: the window that documents pass through, or a block table and a
/// block before and after decoding.
pub const BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// Length of one file of the floor log in bytes; then the other one starts afresh.
pub const FLOOR_LOG_BYTES: usize = 64 * 1024;

/// Length of the configuration file in bytes.
pub const CONFIG_BYTES: u64 = 64 * 1024;

/// Bytes of a slot that are read at once.
pub const READ_BYTES: u64 = 256 * 1024;

/// Room that is made for an answer before it comes, in bytes, however much was asked for.
pub const PIECE_BYTES: usize = 1024 * 1024;

/// Seconds to reach an origin, its name looked up.
pub const CONNECT_SECONDS: u64 = 15;

/// Seconds until an origin begins to answer.
pub const ANSWER_SECONDS: u64 = 30;

/// Seconds that an answer may stand still.
pub const STALL_SECONDS: u64 = 30;

/// Bytes that an answer must bring each second, on average, at least.
pub const LEAST_BYTES_PER_SECOND: u64 = 128;

/// Seconds from which on that counts: a line may need a while to come alive.
pub const SLOW_START_SECONDS: u64 = 30;

/// Seconds for one answer in all, a block of 1 MiB over a slow line included.
pub const BODY_SECONDS: u64 = 1800;

/// Length of all headers of an answer in bytes.
pub const HEADER_BYTES: usize = 16 * 1024;

/// Longest pause that an origin can ask for (`Retry-After`), in seconds.
pub const RETRY_AFTER_SECONDS: u64 = 24 * 3600;

/// Pause after the first failed polls in seconds, on average; it doubles with every third one.
pub const FIRST_RETRY_SECONDS: u64 = 60;

/// Longest pause before the first poll of `run`, in seconds.
pub const FIRST_POLL_SECONDS: u64 = 60;

/// Seconds that `boot` and `confirm` wait for an agent that is at work.
pub const LOCK_SECONDS: u64 = 10;

/// Pause between two looks at a lock, a hook or a busy file, in milliseconds.
pub const LOOK_MILLISECONDS: u64 = 50;

/// Looks at a slot that another process still has open, before its start is given up.
pub const BUSY_LOOKS: u32 = 40;

/// Length of a snapshot in bytes, in the reference client, where the timestamp names none.
pub const REFERENCE_SNAPSHOT_BYTES: usize = 2_000_000;

/// Length of a targets role in bytes, in the reference client, where the snapshot names none.
pub const REFERENCE_TARGETS_BYTES: usize = 5_000_000;

/// Length of a document in bytes, in the reference client, whatever is promised: an online key in
/// the wrong hands promises anything.
pub const REFERENCE_DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

/// Roles that one search of the reference client may visit.
pub const REFERENCE_ROLES: usize = 32;

/// Length of a document that a wearable is given, in bytes.
pub const RELAY_DOCUMENT_BYTES: usize = 2 * 1024 * 1024;

/// Bytes of a target that are fetched for a wearable at once.
pub const RELAY_PART_BYTES: usize = 32 * 1024;

/// Bytes that are kept for wearables, with what they are called.
pub const RELAY_CACHE_BYTES: usize = 16 * 1024 * 1024;

/// Documents of one round of a wearable of which is known who gave them.
pub const RELAY_ROUND_DOCUMENTS: usize = 256;

/// Wearables that are served at the same time.
pub const RELAY_PEERS: usize = 8;

/// Times a minute that a wearable can make the relay ask the origins.
pub const RELAY_FETCHES_PER_MINUTE: u64 = 240;

/// Seconds that an origin gets to give a wearable what it asked for, its end included.
pub const RELAY_ORIGIN_SECONDS: u64 = 7;

/// Seconds of a question after which no other origin is asked.
pub const RELAY_SEARCH_SECONDS: u64 = 10;

/// Seconds that a wearable waits for an answer, asking again and again.
const LINK_SECONDS: u64 = LINK_ATTEMPTS as u64 * LINK_ANSWER_MILLISECONDS as u64 / 1000;

const _: () = assert!(RELAY_SEARCH_SECONDS + RELAY_ORIGIN_SECONDS < LINK_SECONDS);

/// Seconds in which a request that comes again is taken for the same one.
pub const RELAY_REPEAT_SECONDS: u64 = LINK_SECONDS;

/// Seconds that a wearable may leave an answer untaken.
pub const RELAY_STALL_SECONDS: u64 = 30;

/// Pause after nobody could be let in, in milliseconds.
pub const RELAY_PAUSE_MILLISECONDS: u64 = 500;
