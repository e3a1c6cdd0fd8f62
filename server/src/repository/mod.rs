//! Repositories in memory: what readers see.

/// One version of a role, as it is served.
mod document;
/// The targets that readers may come for.
mod promised;
/// All repositories, read through to the database.
mod shelf;
/// All documents of a repository at one moment.
mod state;

pub use document::Document;
pub use shelf::{LoadError, Repository, Shelf};
pub use state::{Served, State};

/// The name of the root role.
pub const ROOT: &str = "root";
/// The name of the timestamp role.
pub const TIMESTAMP: &str = "timestamp";
/// The name of the snapshot role.
pub const SNAPSHOT: &str = "snapshot";
/// The name of the top-level targets role.
pub const TARGETS: &str = "targets";
