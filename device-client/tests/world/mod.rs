//! A small world for one device: a repository in memory, and a driver that may be hostile.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test takes its own part of the world"
)]

/// A device whose memory survives, driven action by action.
pub mod device;
/// A signed repository as a map of files.
pub mod repository;
/// The usual scene.
pub mod scene;
