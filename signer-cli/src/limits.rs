//! Every cap and default of the tool, with its unit in its name.

use sealift_metadata::limits::{ROOT_BYTES, TARGETS_BYTES};

/// Work factor of scrypt for key files, as a power of two: 2^18 rounds, about a second and 256 MiB.
pub const SCRYPT_LOG2: u8 = 18;

/// Highest work factor that is accepted from a key file: 2^20 rounds, 1 GiB.
pub const SCRYPT_LOG2_MAX: u8 = 20;

/// Shortest passphrase for a key, in characters.
pub const PASSPHRASE_CHARS_MIN: usize = 12;

/// Longest passphrase, in bytes.
pub const PASSPHRASE_BYTES: u64 = 1024;

/// Longest key file, public or encrypted, in bytes.
pub const KEY_FILE_BYTES: u64 = 16 * 1024;

/// Longest root document, in bytes.
pub const ROOT_DOCUMENT_BYTES: u64 = ROOT_BYTES as u64;

/// Longest targets document, in bytes.
pub const TARGETS_DOCUMENT_BYTES: u64 = TARGETS_BYTES as u64;

/// Longest signature file, in bytes.
pub const SIGNATURE_FILE_BYTES: u64 = 4 * 1024;

/// Longest `sealift.toml`, in bytes.
pub const SETTINGS_BYTES: u64 = 256 * 1024;

/// Longest ledger, in bytes: room for some 50,000 signatures.
pub const LEDGER_BYTES: u64 = 16 * 1024 * 1024;

/// Longest release or channel document, in bytes.
pub const BLOB_DOCUMENT_BYTES: u64 = 256 * 1024;

/// Longest image, in bytes.
pub const IMAGE_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Longest version of an image, in bytes: what devices keep of it.
pub const VERSION_BYTES: usize = 64;

/// Smallest block of an image, in bytes.
pub const BLOCK_BYTES_MIN: u32 = 1024;

/// Block of a `raw` encoding unless one is asked for, in bytes: what wearables hold.
pub const RAW_BLOCK_BYTES: u32 = 16 * 1024;

/// Block of a `deflate` encoding unless one is asked for, in bytes: a wearable holds it before and
/// after decoding, and pages of flash are seldom larger.
pub const DEFLATE_BLOCK_BYTES: u32 = 4 * 1024;

/// Level of deflate, the highest: decoders pay nothing for it.
pub const DEFLATE_LEVEL: u32 = 9;

/// Block of a `zstd` encoding unless one is asked for, in bytes: what gateways hold.
pub const ZSTD_BLOCK_BYTES: u32 = 128 * 1024;

/// Level of zstd: decoders pay nothing for a high one.
pub const ZSTD_LEVEL: i32 = 19;

/// Longest expiry period that `sealift.toml` may ask for, in days.
pub const EXPIRY_DAYS_MAX: u64 = 3650;

/// Seconds of a day.
pub const DAY_SECONDS: u64 = 86_400;

/// Days before its expiry at which a document is called urgent.
pub const EXPIRY_WARNING_DAYS: u64 = 21;

/// Longest answer of a server, in bytes.
pub const ANSWER_BYTES: u64 = 256 * 1024;

/// Longest API token, in bytes.
pub const TOKEN_BYTES: u64 = 4 * 1024;

/// Time to connect to a server, in seconds.
pub const CONNECT_SECONDS: u64 = 15;

/// Time that a server may take to answer, in seconds: it verifies the whole change first.
pub const ANSWER_SECONDS: u64 = 120;
