//! One peer: reads requests, writes answers, until the peer is gone. Whatever it sends, it costs a
//! buffer of fixed size.

use std::io::{self, Read, Write};

use sealift_device::limits::{LINK_ADDRESS_BYTES, LINK_FRAME_BYTES};
use sealift_device::link::{Answer, Receiver, Refusal, Reply, Request};

use super::source::Source;
use crate::clock::now;
use crate::limits::RELAY_REPEAT_SECONDS;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 512;

/// A question about an object that was answered.
struct Answered {
    message: Vec<u8>,
    frame: Vec<u8>,
    /// When it was, in seconds of the relay's clock.
    at: u64,
}

pub(super) fn serve(
    mut input: impl Read,
    mut output: impl Write,
    mut source: Source<'_>,
) -> io::Result<()> {
    let mut buffer = [0; LINK_ADDRESS_BYTES + LINK_FRAME_BYTES];
    let mut receiver = Receiver::new(&mut buffer);
    let mut piece = [0; PIECE_BYTES];
    let mut last = None;
    loop {
        let read = match input.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        for byte in piece.iter().take(read) {
            let Some(message) = receiver.take(*byte) else {
                continue;
            };
            output.write_all(&answer(message, &mut source, &mut last))?;
            output.flush()?;
        }
    }
}

/// The frame of the answer to a request. One that comes again was lost on its way, or its answer
/// was: it gets the same answer, whatever that had cost.
fn answer(message: &[u8], source: &mut Source<'_>, last: &mut Option<Answered>) -> Vec<u8> {
    if let Some(answered) = last
        && answered.message == message
        && source.seconds() <= answered.at + RELAY_REPEAT_SECONDS
    {
        return answered.frame.clone();
    }
    match Request::read(message) {
        None => {
            tracing::warn!(bytes = message.len(), "refused: no request that is known");
            frame(message, Reply::Failed(Refusal::Request.code()))
        }
        Some(Request::Time) => frame(message, Reply::Time(now().seconds())),
        Some(Request::Bytes {
            address,
            offset,
            max,
        }) => {
            let found = source.bytes(address, offset, usize::from(max));
            let reply = match &found {
                Ok(Some((bytes, end))) => Reply::Bytes { bytes, end: *end },
                Ok(None) => Reply::Absent,
                Err(refusal) => {
                    tracing::warn!(?address, offset, ?refusal, "refused");
                    Reply::Failed(refusal.code())
                }
            };
            let frame = frame(message, reply);
            *last = Some(Answered {
                message: message.to_vec(),
                frame: frame.clone(),
                at: source.seconds(),
            });
            frame
        }
    }
}

fn frame(message: &[u8], reply: Reply<'_>) -> Vec<u8> {
    let mut frame = Vec::new();
    Answer::to(message, reply).send(|bytes| frame.extend_from_slice(bytes));
    frame
}
