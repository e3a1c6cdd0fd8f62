//! Hostile bytes on the line, for both ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_device::Object;
use sealift_device::link::{Answer, Call, Receiver, Request, send};

fuzz_target!(|stream: &[u8]| {
    let mut buffer = [0; 512];
    let mut receiver = Receiver::new(&mut buffer);
    let mut call = Call::new(Request::Time, 1);
    call.send(|_| {});
    for byte in stream {
        let Some(message) = receiver.take(*byte) else {
            continue;
        };
        let _ = (Answer::read(message), call.answer(message));
        if let Some(Request::Bytes { address, .. }) = Request::read(message)
            && let Some(object) = Object::parse(address)
        {
            assert_eq!(object.to_string(), address);
        }
    }
    // Whatever came before, what is sent now arrives.
    let mut frame = Vec::new();
    let message = stream.get(..508).unwrap_or(stream);
    send(&[message], |bytes| frame.extend_from_slice(bytes));
    let found = frame.iter().filter_map(|byte| Some(receiver.take(*byte)?.to_vec()));
    assert_eq!(found.last().as_deref(), Some(message));
});
