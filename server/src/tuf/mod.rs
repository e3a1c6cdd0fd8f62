//! Endpoints for devices: `/tuf/…`, public and cacheable. Metadata comes from memory, targets from
//! the disk, nothing from the database.

/// Metadata files.
pub mod metadata;
/// Target files.
pub mod targets;
