//! Noise, losses and liars on the link.

use std::vec::Vec;

use proptest::prelude::*;

use super::crc::Crc;
use super::{Answer, Call, Receiver, Refusal, Reply, Request, send};
use crate::limits::{LINK_ADDRESS_BYTES, LINK_ATTEMPTS, LINK_DATA_BYTES, LINK_FRAME_BYTES};

fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    send(&[message], |bytes| frame.extend_from_slice(bytes));
    frame
}

/// Every message that a receiver with so much room finds.
fn received(stream: &[u8], room: usize) -> Vec<Vec<u8>> {
    let mut buffer = std::vec![0; room];
    let mut receiver = Receiver::new(&mut buffer);
    let found = stream
        .iter()
        .filter_map(|byte| Some(receiver.take(*byte)?.to_vec()));
    found.collect()
}

fn request(request: &Request<'_>) -> Vec<u8> {
    let mut stream = Vec::new();
    request.send(7, |bytes| stream.extend_from_slice(bytes));
    received(&stream, 1024).remove(0)
}

fn answer(about: &[u8], reply: Reply<'_>) -> Vec<u8> {
    let mut stream = Vec::new();
    Answer::to(about, reply).send(|bytes| stream.extend_from_slice(bytes));
    received(&stream, LINK_DATA_BYTES + LINK_FRAME_BYTES).remove(0)
}

const ASK: Request<'static> = Request::Bytes {
    address: "metadata/timestamp.json",
    offset: 300,
    max: 200,
};

#[test]
fn the_check_is_the_one_that_everybody_knows() {
    assert_eq!(Crc::of(&[b"1234", b"56789"]), 0xcbf4_3926);
}

#[test]
fn frames_are_what_the_table_says() {
    for (message, stuffed) in [
        (&[][..], &[1, 1, 1, 1, 1][..]),
        (
            &[0x11, 0, 0x22],
            &[2, 0x11, 6, 0x22, 0xb1, 0x51, 0xc5, 0x37],
        ),
    ] {
        let check = Crc::of(&[message]).to_le_bytes();
        let frame = frame(message);
        let (first, last) = (frame[0], frame[frame.len() - 1]);
        assert_eq!((first, last), (0, 0));
        if message.is_empty() {
            assert_eq!(check, [0; 4]);
        }
        assert_eq!(&frame[1..frame.len() - 1], stuffed, "{check:x?}");
    }
    let long = frame(&[7; 600]);
    let codes: Vec<u8> = [1, 256, 511].map(|at| long[at]).to_vec();
    assert_eq!(
        codes,
        [255, 255, 97],
        "two full parts, then 92 bytes and the check"
    );
}

#[test]
fn requests_and_answers_are_read_as_they_were_written() {
    for asked in [ASK, Request::Time] {
        assert_eq!(Request::read(&request(&asked)), Some(asked));
    }
    let about = request(&ASK);
    for reply in [
        Reply::Bytes {
            bytes: &[0, 1, 0],
            end: false,
        },
        Reply::Bytes {
            bytes: &[],
            end: true,
        },
        Reply::Absent,
        Reply::Failed(Refusal::Origin.code()),
        Reply::Time(1_800_000_000),
    ] {
        let message = answer(&about, reply);
        assert_eq!(Answer::read(&message), Some(Answer::to(&about, reply)));
    }
}

#[test]
fn a_request_beyond_a_cap_is_none() {
    let long = "a".repeat(LINK_ADDRESS_BYTES + 1);
    let most = u16::try_from(LINK_DATA_BYTES).unwrap();
    for (address, max, is_read) in [
        ("a", most, true),
        (&long[1..], 1, true),
        (&long[..], 1, false),
        ("a", 0, false),
        ("a", most + 1, false),
    ] {
        let asked = Request::Bytes {
            address,
            offset: u64::MAX,
            max,
        };
        assert_eq!(
            Request::read(&request(&asked)).is_some(),
            is_read,
            "{max} {}",
            address.len()
        );
    }
    for message in [
        &[][..],
        &[1],
        &[3, 0, 0],
        &[2, 0, 0, 0],
        &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ] {
        assert_eq!(Request::read(message), None, "{message:?}");
    }
}

#[test]
fn a_call_takes_nothing_but_its_own_answer() {
    let mut call = Call::new(ASK, 7);
    let about = request(&ASK);
    let good = answer(
        &about,
        Reply::Bytes {
            bytes: b"x",
            end: false,
        },
    );
    assert_eq!(call.answer(&good), None, "nothing was asked yet");
    assert!(call.send(|_| {}));
    assert!(call.answer(&good).is_some());

    let others = request(&Request::Bytes {
        address: "metadata/timestamp.json",
        offset: 301,
        max: 200,
    });
    for (what, about, reply) in [
        ("another request's", &others, Reply::Absent),
        (
            "too much",
            &about,
            Reply::Bytes {
                bytes: &[1; 201],
                end: true,
            },
        ),
        (
            "nothing, without an end",
            &about,
            Reply::Bytes {
                bytes: &[],
                end: false,
            },
        ),
        ("what nobody asked", &about, Reply::Time(1)),
    ] {
        assert_eq!(call.answer(&answer(about, reply)), None, "{what}");
    }
    assert_eq!(Call::new(ASK, 8).answer(&good), None);
}

#[test]
fn a_dead_link_is_given_up() {
    let mut call = Call::new(Request::Time, 1);
    let mut sent = 0;
    while call.send(|_| {}) {
        sent += 1;
    }
    assert_eq!(sent, LINK_ATTEMPTS);
}

#[test]
fn an_endless_frame_takes_no_more_than_the_buffer() {
    let mut stream = std::vec![9; 100_000];
    stream.extend(frame(b"after it"));
    assert_eq!(received(&stream, 16), [b"after it"]);
}

proptest! {
    #[test]
    fn whatever_lies_between_frames_costs_none_of_them(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 1..5),
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 5),
    ) {
        let mut stream = Vec::new();
        for (noise, message) in noise.iter().zip(&messages) {
            stream.extend_from_slice(noise);
            stream.extend(frame(message));
        }
        let found = received(&stream, 604);
        let found: Vec<_> = found.iter().filter(|found| messages.contains(found)).collect();
        prop_assert_eq!(found, messages.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_flipped_bit_loses_one_frame_and_no_more(
        message in prop::collection::vec(any::<u8>(), 0..300),
        flip in any::<prop::sample::Index>(),
    ) {
        let mut stream = frame(&message);
        let bit = flip.index((stream.len() - 1) * 8);
        stream[bit / 8] ^= 1 << (bit % 8);
        stream.extend(frame(b"next"));
        let found = received(&stream, 304);
        prop_assert!(found.ends_with(&[b"next".to_vec()]));
        // The byte before a frame may be any: then the frame itself is whole.
        let is_right = found.len() == 1 || (bit < 8 && found[0] == message);
        prop_assert!(is_right, "{:?}", found);
    }

    #[test]
    fn lost_bytes_lose_no_frame_behind_them(
        message in prop::collection::vec(any::<u8>(), 0..300),
        lost in any::<prop::sample::Index>(),
        count in 1_usize..20,
    ) {
        let mut stream = frame(&message);
        let at = lost.index(stream.len());
        stream.drain(at..(at + count).min(stream.len()));
        stream.extend(frame(b"next"));
        prop_assert!(received(&stream, 304).ends_with(&[b"next".to_vec()]));
    }

    #[test]
    fn nothing_that_comes_is_too_much(stream in prop::collection::vec(any::<u8>(), 0..2000), room in 0_usize..64) {
        for message in received(&stream, room) {
            prop_assert!(message.len() + 4 <= room);
            let _ = (Request::read(&message), Answer::read(&message));
        }
    }
}
