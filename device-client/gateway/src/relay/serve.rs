//! One peer: reads requests, writes answers, until the peer is gone. Whatever it sends, it costs a
//! buffer of fixed size.

use std::io::{self, Read, Write};

use sealift_device::limits::{LINK_ADDRESS_BYTES, LINK_FRAME_BYTES};
use sealift_device::link::{Answer, Receiver, Refusal, Reply, Request};

use super::source::Source;
use crate::clock::now;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 512;

pub(super) fn serve(
    mut input: impl Read,
    mut output: impl Write,
    mut source: Source<'_>,
) -> io::Result<()> {
    let mut buffer = [0; LINK_ADDRESS_BYTES + LINK_FRAME_BYTES];
    let mut receiver = Receiver::new(&mut buffer);
    let mut piece = [0; PIECE_BYTES];
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
            output.write_all(&answer(message, &mut source))?;
            output.flush()?;
        }
    }
}

/// The frame of the answer to a request.
fn answer(message: &[u8], source: &mut Source<'_>) -> Vec<u8> {
    let found;
    let reply = match Request::read(message) {
        None => {
            tracing::warn!(bytes = message.len(), "refused: no request that is known");
            Reply::Failed(Refusal::Request.code())
        }
        Some(Request::Time) => Reply::Time(now().seconds()),
        Some(Request::Bytes {
            address,
            offset,
            max,
        }) => {
            found = source.bytes(message, address, offset, usize::from(max));
            match &found {
                Ok(Some(part)) => Reply::Bytes {
                    bytes: &part.bytes,
                    end: part.is_last,
                },
                Ok(None) => Reply::Absent,
                Err(refusal) => {
                    tracing::warn!(?address, offset, ?refusal, "refused");
                    Reply::Failed(refusal.code())
                }
            }
        }
    };
    let mut frame = Vec::new();
    Answer::to(message, reply).send(|bytes| frame.extend_from_slice(bytes));
    frame
}
