//! The client workflow (TUF 5.3 to 5.6), one type per stage. No input or output, no clock.
//!
//! A stage is made by the one before it and holds what it needs; documents come in as bytes. What
//! must never fall again is in the [floors](crate::trusted::Floors): after each accepted document,
//! persist the document and the stage's floors before going on (TUF 5.3.8, 5.4.5, 5.5.7, 5.6.6). A
//! refused document changes nothing.
//!
//! Where each step of the specification is:
//!
//! | step | what | where |
//! |---|---|---|
//! | 5.1 | the time is fixed | `start` of [`RootStage::begin`](crate::trusted::RootStage::begin): it is never read again |
//! | 5.2 | the trusted root | [`RootStage::examine`](crate::trusted::RootStage::examine), [`RootStage::admit`](crate::trusted::RootStage::admit) |
//! | 5.3.1, 5.3.2 | which root comes next | [`RootStage::wanted`](crate::trusted::RootStage::wanted) |
//! | 5.3.3 | it is fetched, or absent | the driver; [`RootStage::is_exhausted`](crate::trusted::RootStage::is_exhausted) caps the walk |
//! | 5.3.4 to 5.3.7 | old and new threshold, N+1, expiry left alone, trusted | [`RootStage::accept`](crate::trusted::RootStage::accept) |
//! | 5.3.8 | it is persisted | the driver, before it goes on |
//! | 5.3.9, 5.3.10 | the walk ends, the last root has not expired | [`RootStage::finish`](crate::trusted::RootStage::finish) |
//! | 5.3.11 | rotated online keys make older versions forgotten | [`RootStage::accept`](crate::trusted::RootStage::accept), at once |
//! | 5.3.12 | consistent snapshots or not | [`SnapshotStage::consistent_snapshot`](crate::trusted::SnapshotStage::consistent_snapshot) |
//! | 5.4.1 | the timestamp is fetched | the driver |
//! | 5.4.2 to 5.4.4 | threshold, versions, expiry | [`TimestampStage::examine`](crate::trusted::TimestampStage::examine) |
//! | 5.4.3.1 | an equal version is no news | [`SnapshotStage::is_unchanged`](crate::trusted::SnapshotStage::is_unchanged) |
//! | 5.5.1 | the snapshot is fetched | the driver, as [`SnapshotStage::promised`](crate::trusted::SnapshotStage::promised) says |
//! | 5.5.2 to 5.5.6 | length and hash, threshold, version, no role vanished or went back, expiry | [`SnapshotStage::accept`](crate::trusted::SnapshotStage::accept) whole, [`SnapshotStage::examine`](crate::trusted::SnapshotStage::examine) passing by |
//! | 5.6.1 | a targets role is fetched | the driver, as [`TargetsStage::promised`](crate::trusted::TargetsStage::promised) or [`TargetsStage::noted`](crate::trusted::TargetsStage::noted) says |
//! | 5.6.2 to 5.6.5 | hash, threshold, version, expiry | [`TargetsStage::accept_role`](crate::trusted::TargetsStage::accept_role) whole, [`TargetsStage::examine`](crate::trusted::TargetsStage::examine) passing by |
//! | 5.4.5, 5.5.7, 5.6.6 | they are persisted | the driver, before it goes on |
//! | 5.6.7 | the search through delegations | [`Search`](crate::search::Search); a device follows one delegation |
//! | 5.7 | length and hashes of a target | [`Hashes::fit`](crate::hashes::Hashes::fit); on a device `check_content` of its installer, and [`ChannelStream::finish`](crate::channel::ChannelStream::finish) |

mod checks;
mod floors;
mod root;
mod snapshot;
mod targets;
mod timestamp;

pub use floors::Floors;
pub use root::RootStage;
pub use snapshot::SnapshotStage;
pub use targets::TargetsStage;
pub use timestamp::TimestampStage;
