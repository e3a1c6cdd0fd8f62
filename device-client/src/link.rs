//! Objects of a repository over a stream of bytes that may lose, alter and invent some: a serial
//! line, BLE.
//!
//! A device asks, a gateway answers; nobody speaks unasked. Nothing that comes is believed: every
//! document and block is verified by the device as if it came from the open network, and the
//! gateway's time is a hint. The link itself promises only that what arrives was not altered by
//! accident, and that what does not arrive costs a time-out that the caller counts.
//!
//! **A frame** carries one message:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | `00`: ends whatever noise came before; more of them mean nothing |
//! | n | message and check, with consistent overhead byte stuffing: no `00` among them |
//! | 1 | `00`: the end |
//!
//! The stuffing: the bytes are cut at each `00`, and each part, without its `00`, is sent behind
//! one byte that is its length plus 1. A part of 254 bytes is sent behind `ff` and had no `00`.
//! The length of a frame is where it ends: a length that was damaged can send nobody waiting.
//!
//! The check is the CRC-32 of the message: polynomial `04c11db7` (reflected `edb88320`), register
//! and result inverted, as in IEEE 802.3, four bytes. Numbers are little endian everywhere.
//!
//! **A request**, device to gateway:
//!
//! | bytes | what |
//! |---|---|
//! | 0 | `01`: bytes of an object; `02`: the time |
//! | 1..3 | number of the request; each has another one |
//! | 3..11 | bytes: offset in the object |
//! | 11..13 | bytes: how many at most, 1 to 1024 |
//! | 13.. | bytes: address of the object, as [`Object`](crate::Object) writes it, at most 384 bytes |
//!
//! **An answer**, gateway to device:
//!
//! | bytes | what |
//! |---|---|
//! | 0 | `81`: bytes; `82`: bytes, and the object ends behind them; `83`: there is no such object; `84`: failed; `85`: the time |
//! | 1..5 | CRC-32 of the request that is answered |
//! | 5.. | `81`, `82`: the bytes, at most as many as were asked for; `84`: a [`Refusal`], 2 bytes; `85`: seconds since 1970, 8 bytes |
//!
//! The CRC of the request covers its number, its address and its offset: an answer that was meant
//! for another question is never taken for this one's. A device that numbers its questions as it did
//! before its last reset may take a late answer to the same question: bytes that it verifies, or an
//! older hint. A request that was lost is sent again as it was; answering it twice does no harm.

/// The check of a message.
mod crc;
/// Messages in a stream of bytes.
mod frame;
/// Requests and answers.
mod message;

/// One question, asked until it is answered or given up.
mod call;

pub use call::Call;
pub use frame::{Receiver, send};
pub use message::{Answer, Refusal, Reply, Request};

#[cfg(test)]
mod tests;
