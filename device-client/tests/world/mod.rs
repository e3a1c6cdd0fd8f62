//! A small world for one device: a driver that may be hostile.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test takes its own part of the world"
)]

/// A device whose memory survives, driven action by action.
pub mod device;
/// The usual scene.
pub mod scene;
