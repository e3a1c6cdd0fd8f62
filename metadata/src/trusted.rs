//! The client workflow (TUF 5.3 to 5.6), one type per stage. No input or output, no clock.
//!
//! A stage is made by the one before it and holds what it needs; documents come in as bytes. What
//! must never fall again is in the [floors](crate::trusted::Floors): after each accepted document,
//! persist the document and the stage's floors before going on (TUF 5.3.8, 5.4.5, 5.5.7, 5.6.6). A
//! refused document changes nothing.

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
