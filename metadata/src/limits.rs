//! Every cap in one place. Exceeding one is an error with a number, never a truncation.

/// Whether this build is for the smallest devices, of 16 KiB of RAM, as the feature `small-ram` asks
/// for. What also writes, or reads documents of other tools, is none.
pub const SMALL_RAM: bool =
    cfg!(feature = "small-ram") && !cfg!(any(feature = "write", feature = "foreign-json"));

/// Depth of nested JSON values: envelope, signed, targets, entry, custom, sealift, field, item,
/// and as many again for fields that others add.
pub const JSON_DEPTH: u8 = 16;

/// Keys of one role, on a device.
pub const DEVICE_KEYS_PER_ROLE: usize = 6;

/// Keys of one role, on the smallest devices.
pub const SMALL_KEYS_PER_ROLE: usize = 4;

/// Keys of one role: more where documents of other tools are read.
pub const KEYS_PER_ROLE: usize = if cfg!(feature = "foreign-json") {
    10
} else if SMALL_RAM {
    SMALL_KEYS_PER_ROLE
} else {
    DEVICE_KEYS_PER_ROLE
};

/// Keys of known schemes that a root lists, on a device.
pub const DEVICE_ROOT_KEYS: usize = 12;

/// Keys of known schemes that a root lists, on the smallest devices.
pub const SMALL_ROOT_KEYS: usize = 8;

/// Keys of known schemes that a root lists: more where documents of other tools are read.
pub const ROOT_KEYS: usize = if cfg!(feature = "foreign-json") {
    40
} else if SMALL_RAM {
    SMALL_ROOT_KEYS
} else {
    DEVICE_ROOT_KEYS
};

/// Signatures on one document, those by unknown keys included.
pub const SIGNATURES: usize = 16;

/// Signatures that are checked at once while a document passes by; a threshold on a wearable
/// needs no more.
pub const PASSING_SIGNATURES: usize = if SMALL_RAM {
    SMALL_PASSING_SIGNATURES
} else {
    4
};

/// Signatures that are checked at once on the smallest devices.
pub const SMALL_PASSING_SIGNATURES: usize = 2;

/// The window that a wearable has for documents that pass by, in bytes: a member of any list and
/// the keys of all delegations of a role fit in there together.
pub const WINDOW_BYTES: usize = 5 * 1024;

/// The window that the smallest devices have, in bytes: what the offers leave of a buffer of 4 KiB.
pub const SMALL_WINDOW_BYTES: usize = 3 * 1024;

/// Length of a key id in bytes. Ours are 64 hexadecimal digits; ids are opaque (TAP 12).
pub const KEY_ID_BYTES: usize = 64;

/// Length of a member's name in bytes, in a document that is read while it passes by.
pub const MEMBER_NAME_BYTES: usize = TARGET_PATH_BYTES;

/// Length of a role's name in bytes.
pub const ROLE_NAME_BYTES: usize = 64;

/// Length of a target's path in bytes.
pub const TARGET_PATH_BYTES: usize = 255;

/// Length of a name inside a path: product, component, channel, release.
pub const SLUG_BYTES: usize = 64;

/// Roles of which a device remembers the version: targets, product, channel and one spare.
pub const FOLLOWED_ROLES: usize = 4;

/// Length of a root in bytes: it is buffered whole on every device.
pub const ROOT_BYTES: usize = 8 * 1024;

/// Length of a root in bytes, on the smallest devices.
pub const SMALL_ROOT_BYTES: usize = 3584;

/// Length of a timestamp in bytes.
pub const TIMESTAMP_BYTES: usize = 4 * 1024;

/// Length of a snapshot in bytes where the timestamp names none.
pub const SNAPSHOT_BYTES: usize = 256 * 1024;

/// Length of a targets role in bytes where the snapshot names none.
pub const TARGETS_BYTES: usize = 1024 * 1024;

/// Length of a channel's document in bytes.
pub const CHANNEL_BYTES: usize = 256 * 1024;

/// Length of a root in bytes where documents of other tools are read.
pub const FOREIGN_ROOT_BYTES: usize = 512 * 1024;

/// Length of a timestamp in bytes where documents of other tools are read.
pub const FOREIGN_TIMESTAMP_BYTES: usize = 16 * 1024;

/// Root versions walked in one refresh; the next refresh goes on from there.
pub const ROOT_ROTATIONS: u32 = 64;

/// Length of one block of an image in bytes, before encoding.
pub const BLOCK_BYTES: u32 = 1024 * 1024;

/// What an encoded block may be longer than the block itself, in bytes.
pub const BLOCK_OVERHEAD_BYTES: u32 = 1024;

/// How far back a `deflate` stream refers, in bytes: no further than a device with a window of its
/// own could follow. Encoders keep to it; where a block is decoded in one piece, nobody has to.
pub const DEFLATE_WINDOW_BYTES: u32 = 4 * 1024;

/// Length of an image's version text in bytes: devices record it beside the slot.
pub const VERSION_TEXT_BYTES: usize = 64;

/// Length of a block table in bytes: devices hold it while they install.
pub const BLOCK_TABLE_BYTES: u64 = 1024 * 1024;

/// Latest point in time that is read: 9999-12-31T23:59:59Z, in seconds since 1970.
pub const LATEST_SECONDS: u64 = 253_402_300_799;

/// Members of one object that may be out of order in a document of another tool.
pub const UNSORTED_MEMBERS: usize = 1024;

/// Length of an RSA key of 4096 bits as PKCS#1 DER, in bytes, with room for its exponent.
pub const RSA_KEY_BYTES: usize = 544;

/// Length of any public key as DER, in bytes: that of RSA with its algorithm.
pub const PUBLIC_KEY_DER_BYTES: usize = 600;
