//! What can go wrong, as facts. Each has a stable code, a sentence, and a hint what to do next.

use std::io;
use std::path::PathBuf;

use sealift_metadata::Digest;

use crate::limits::VERSION_BYTES;
use crate::names::RoleId;

/// Stable codes.
mod code;
/// Exit codes and hints.
mod hint;

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a command was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each variant is described by the sentence that it prints"
)]
pub enum Error {
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("cannot write the answer: {0}")]
    Output(io::Error),
    #[error("{} is not a regular file", path.display())]
    NotAFile { path: PathBuf },
    #[error("{} is longer than {limit_bytes} bytes", path.display())]
    FileTooLong { path: PathBuf, limit_bytes: u64 },
    #[error("{} can be read by others (mode {mode:04o})", path.display())]
    FileMode { path: PathBuf, mode: u32 },
    #[error("{} is not what it should be: {fault}", path.display())]
    Malformed { path: PathBuf, fault: &'static str },
    #[error("{} is not valid JSON of its kind: {source}", path.display())]
    MalformedJson {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{} cannot be read: {source}", path.display())]
    MalformedSettings {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("there is no folder for your keys")]
    NoHome,
    #[error("the settings cannot be written: {0}")]
    UnwritableSettings(Box<toml::ser::Error>),

    #[error("there is a key named {name} already")]
    KeyExists { name: String },
    #[error("there is no key named {name} in {}", home.display())]
    KeyNotFound { name: String, home: PathBuf },
    #[error("the passphrase does not open the key {name}")]
    WrongPassphrase { name: String },
    #[error("the two passphrases differ")]
    PassphrasesDiffer,
    #[error("a passphrase has at least {min_chars} characters")]
    PassphraseTooShort { min_chars: usize },
    #[error("nobody can be asked: there is no terminal")]
    NoTerminal,
    #[error("not confirmed; nothing was signed")]
    Declined,
    #[error("the operating system has no randomness to give")]
    NoRandomness,
    #[error("the fresh key does not verify its own signature")]
    SelfTest,
    #[error("{} belongs to another key than it says", path.display())]
    KeyIdMismatch { path: PathBuf },
    #[error("the key {keyid} is an example that everybody has")]
    ExampleKey { keyid: String },
    #[error("the key {keyid} is not one of the examples")]
    NotAnExample { keyid: String },

    #[error("{} holds no sealift.toml", dir.display())]
    NotACeremony { dir: PathBuf },
    #[error("{} holds a sealift.toml already", dir.display())]
    CeremonyExists { dir: PathBuf },
    #[error("the folder's name is no name for a repository")]
    NoRepositoryName,
    #[error("a threshold of {threshold} lets one person alone sign for {role}")]
    SingleSigner { role: String, threshold: u64 },
    #[error("{role} needs {threshold} signatures and has {keys} keys")]
    ThresholdTooHigh {
        role: String,
        threshold: u64,
        keys: usize,
    },
    #[error("{role} names the key {keyid} twice")]
    KeyTwice { role: String, keyid: String },
    #[error("{role} has {keys} keys; devices hold {limit}")]
    TooManyKeys {
        role: String,
        keys: usize,
        limit: usize,
    },
    #[error("the names {name} and {other} do not tell two keys apart")]
    NameTwice { name: String, other: String },
    #[error("the key {keyid} signs online for {online} and offline for {offline}")]
    SharedKey {
        keyid: String,
        online: &'static str,
        offline: String,
    },
    #[error("the product {product} exists already")]
    ProductExists { product: String },
    #[error("there is no product {product}")]
    UnknownProduct { product: String },
    #[error("nobody delegates to the role {role}")]
    UnknownRole { role: String },

    #[error("there is no change of {role}")]
    NoChange { role: String },
    #[error("there is nothing to do: no change is pending")]
    NothingPending,
    #[error("the change of {role} has version {offered}, but {known} is in force")]
    StaleChange {
        role: String,
        known: u64,
        offered: u64,
    },
    #[error("{role}: {source}")]
    Metadata {
        role: String,
        source: sealift_metadata::Error,
    },
    #[error("{}: {source}", path.display())]
    Document {
        path: PathBuf,
        source: sealift_metadata::Error,
    },
    #[error("{role} holds {path}, which it is not trusted for")]
    PathOutsideRole { role: String, path: String },
    #[error("the paths of {role} and {other} overlap")]
    DelegationOverlap { role: String, other: String },
    #[error("{role}: {what}")]
    Unsound { role: String, what: Unsound },

    #[error("{name} is not a signer of {role}")]
    NotASigner { name: String, role: String },
    #[error(
        "{role} version {version} was signed with this key before, with other contents: {first}"
    )]
    LedgerConflict {
        role: String,
        version: u64,
        first: Digest,
    },
    #[error("the root shown for {repository} is not the one that was trusted before")]
    PinMismatch { repository: String },
    #[error("{repository} begins with the root {first}, which this key was not told to trust")]
    UntrustedRoot { repository: String, first: Digest },
    #[error("{role} went back: version {shown} is shown, {seen} was seen before")]
    KnownGoodRollback { role: String, seen: u64, shown: u64 },
    #[error("{role} version {version} in known-good/ is another one than was seen before")]
    KnownGoodDiffers { role: String, version: u64 },
    #[error("the file {} is none of the images of this change", path.display())]
    ImageMismatch { path: PathBuf },
    #[error("the bytes of {path} ({sha256}) are not in blobs/")]
    MissingBlob { path: String, sha256: Digest },
    #[error("the blob {sha256} has other bytes than its name says")]
    BlobMismatch { sha256: Digest },

    #[error("{} is empty", path.display())]
    EmptyImage { path: PathBuf },
    #[error("a block of {bytes} bytes is not between {min_bytes} and {max_bytes}")]
    BlockSize {
        bytes: u32,
        min_bytes: u32,
        max_bytes: u32,
    },
    #[error("a block does not decode to what was encoded")]
    BrokenEncoding,
    #[error("no name for a target can be made of {}", path.display())]
    NoTargetName { path: PathBuf },
    #[error("the component name {name} is taken by release documents")]
    ReservedComponent { name: String },
    #[error("release {release} is published, and a published set does not change")]
    ReleasePublished { release: String },
    #[error("release {release} has another image for the same devices: {path}")]
    ConflictingImage { release: String, path: String },
    #[error("sequence {sequence} does not rise: {component} is at {highest}")]
    SequenceNotRising {
        component: String,
        sequence: u64,
        highest: u64,
    },
    #[error("floor {floor} is lower than {highest}, which {component} has reached")]
    FloorFalls {
        component: String,
        floor: u64,
        highest: u64,
    },
    #[error("the image says that it was built in the future")]
    BuiltInFuture,
    #[error("product {product} has no release {release}")]
    UnknownRelease { product: String, release: String },
    #[error("release {release} was not signed for the channel {channel}: {path}")]
    ChannelNotAllowed {
        release: String,
        channel: String,
        path: String,
    },
    #[error("release {older} is listed behind {newer}, but its {component} is not older")]
    ReleaseOrder {
        newer: String,
        older: String,
        component: String,
    },

    #[error("not everybody has signed: {}", waiting.join("; "))]
    Incomplete { waiting: Vec<String> },
    #[error("the address {url} would send the token in the clear")]
    InsecureUrl { url: String },
    #[error("the address {url} is not one of a server")]
    InvalidUrl { url: String },
    #[error("there is no token")]
    NoToken,
    #[error("the token holds characters that no token has")]
    InvalidToken,
    #[error("the server refused ({status} {code}): {detail}")]
    Server {
        status: u16,
        code: String,
        detail: String,
    },
    #[error("the server gave an answer that cannot be read ({status})")]
    Answer { status: u16 },
    #[cfg(feature = "online")]
    #[error("cannot reach {url}: {source}")]
    Transport {
        url: String,
        source: Box<ureq::Error>,
    },
}

/// What is wrong with a proposed document although every byte of it is well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsound {
    /// The bytes are not the canonical ones.
    #[error("the proposal is not written in canonical form")]
    NotCanonical,
    /// The document is not of the role under whose name it lies.
    #[error("the proposal is a document of another kind")]
    WrongKind,
    /// The top-level targets role holds files.
    #[error("the top-level targets role may only delegate, and it holds files")]
    FilesInTargets,
    /// A role cannot reach its threshold.
    #[error("a threshold is higher than the number of usable keys")]
    UnreachableThreshold,
    /// One key stands in an online and in an offline role.
    #[error("a key signs both online and offline")]
    SharedKey,
    /// The root does not ask for consistent snapshots.
    #[error("consistent snapshots are off")]
    NoConsistentSnapshot,
    /// A role is expired before it is signed.
    #[error("it is expired already")]
    Expired,
    /// An image target does not describe an image.
    #[error("a target below images/ does not say what it is")]
    NotAnImage,
    /// The description of an image belongs elsewhere.
    #[error("the description of an image does not belong to its path")]
    Misplaced,
    /// An image has no block table, or another one than it promises.
    #[error("an image and its block table do not fit together")]
    BlockTable,
    /// A release document lists other images than the role holds.
    #[error("a release document and the images of the release do not fit together")]
    ReleaseDocument,
    /// A channel document offers what it may not offer.
    #[error("a channel document and the images that it offers do not fit together")]
    ChannelDocument,
    /// A target that is no image describes itself as one.
    #[error("a target that is no image carries `custom`, which devices believe of images")]
    CustomNotOnImage,
    /// The version of an image is longer than what devices hold.
    #[error("the version of an image is longer than {VERSION_BYTES} bytes")]
    VersionTooLong,
    /// A target is neither an image nor a document that devices know.
    #[error("a target is of no kind that is known")]
    UnknownTarget,
    /// A product or channel role hands paths on.
    #[error("the role delegates further")]
    Delegates,
    /// A target that was published has other bytes now.
    #[error("a published image or release document is changed")]
    PublishedChanged,
}

impl Error {
    /// Wraps what the file system said.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// Wraps what is wrong with the metadata of a role.
    pub fn metadata(role: &RoleId) -> impl FnOnce(sealift_metadata::Error) -> Self {
        let role = role.to_string();
        move |source| Self::Metadata { role, source }
    }

    /// A proposal that should not be signed.
    pub fn unsound(role: &RoleId, what: Unsound) -> Self {
        Self::Unsound {
            role: role.to_string(),
            what,
        }
    }
}
