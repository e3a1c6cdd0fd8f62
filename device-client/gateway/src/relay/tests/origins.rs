//! Origins that are bad, silent or gone. In the folder `one` and in `two` lies what the first and the
//! second origin have.

use std::time::Instant;

use sealift_device::limits::{LINK_ANSWER_MILLISECONDS, LINK_ATTEMPTS};

use super::*;
use crate::limits::RELAY_ORIGIN_SECONDS;

const ROOT: &str = "metadata/2.root.json";

/// What a wearable asks for in a round, the top-level role twice.
fn walk() -> [String; 7] {
    [
        TIMESTAMP.into(),
        "metadata/5.snapshot.json".into(),
        "metadata/5.targets.json".into(),
        "metadata/5.channels.json".into(),
        format!("targets/channels/watch/{DIGEST}.stable.json"),
        "metadata/5.targets.json".into(),
        "metadata/5.watch.json".into(),
    ]
}

/// One round of a wearable: at what it ended, if it was not whole.
fn round(peer: &mut Peer) -> Option<String> {
    assert_eq!(peer.ask(ROOT, 0, 512), Got::Absent);
    for address in walk() {
        let got = peer.ask(&address, 0, 512);
        if got != Got::Bytes(b"good".to_vec(), true) {
            return Some(address);
        }
    }
    None
}

fn image() -> String {
    format!("targets/images/{DIGEST}.app.bin")
}

fn first_byte(got: &Got) -> u8 {
    let Got::Bytes(bytes, _) = got else {
        panic!("{got:?}");
    };
    bytes[0]
}

#[test]
fn one_bad_origin_costs_one_round() {
    for (bad, good) in [("one", "two"), ("two", "one")] {
        for spoilt in walk() {
            for evil in [&b"evil"[..], &vec![7; RELAY_DOCUMENT_BYTES + 1]] {
                let relay = Relay::start();
                for address in walk() {
                    relay.put(&format!("{bad}/{address}"), b"good");
                    relay.put(&format!("{good}/{address}"), b"good");
                }
                relay.put(&format!("{bad}/{spoilt}"), evil);
                let mut peer = relay.connect();
                let rounds: Vec<_> = (0..6).map(|_| round(&mut peer)).collect();
                let is_held_up = rounds.windows(2).any(|two| two.iter().all(Option::is_some));
                assert!(!is_held_up, "{bad}: {rounds:?}");
                let mut broken = rounds.iter().flatten();
                assert!(broken.all(|address| *address == spoilt), "{rounds:?}");
            }
        }
    }
}

#[test]
fn evidence_from_a_bad_origin_costs_one_round() {
    let evidence = [
        "metadata/1.root.json",
        "metadata/5.targets.json",
        "metadata/5.watch.json",
    ];
    for (bad, good) in [("one", "two"), ("two", "one")] {
        let relay = Relay::start();
        for address in walk().iter().map(String::as_str).chain(evidence) {
            relay.put(&format!("{bad}/{address}"), b"good");
            relay.put(&format!("{good}/{address}"), b"good");
        }
        relay.put(&format!("{bad}/{}", evidence[0]), b"evil");
        let mut peer = relay.connect();
        // All of it is stored before any of it is believed.
        let rounds = (0..6).map(|_| {
            let is_whole = round(&mut peer).is_none();
            let got = evidence.map(|address| peer.ask(address, 0, 512));
            is_whole && got.iter().all(|got| first_byte(got) == b'g')
        });
        let rounds: Vec<_> = rounds.collect();
        let is_held_up = rounds.windows(2).any(|two| two == [false, false]);
        assert!(!is_held_up, "{bad}: {rounds:?}");
    }
}

#[test]
fn bad_metadata_here_and_bad_targets_there_leave_a_way_through() {
    for (metadata, targets) in [
        ("one", "one"),
        ("one", "two"),
        ("two", "one"),
        ("two", "two"),
    ] {
        let relay = Relay::start();
        for address in walk() {
            let bad = if address.starts_with("metadata/") {
                metadata
            } else {
                targets
            };
            for origin in ["one", "two"] {
                let bytes = if origin == bad { b"evil" } else { b"good" };
                relay.put(&format!("{origin}/{address}"), bytes);
            }
        }
        let mut peer = relay.connect();
        let rounds: Vec<_> = (0..4).map(|_| round(&mut peer)).collect();
        assert!(rounds.contains(&None), "{metadata} {targets}: {rounds:?}");
    }
}

#[test]
fn a_second_pass_gets_the_bytes_of_the_first() {
    let relay = Relay::start();
    let address = "metadata/5.targets.json";
    relay.put(&format!("one/{address}"), b"first");
    relay.put(&format!("two/{address}"), b"other");
    let mut peer = relay.connect();
    let first = Got::Bytes(b"first".to_vec(), true);
    peer.ask(ROOT, 0, 512);
    assert_eq!(peer.ask(address, 0, 512), first);
    relay.put(&format!("one/{address}"), b"later");
    // Another document is missing at both, and the first origin is gone for a moment.
    peer.ask("metadata/5.snapshot.json", 0, 512);
    fs::rename(
        relay.scratch.path().join("one"),
        relay.scratch.path().join("gone"),
    )
    .unwrap();
    peer.ask("metadata/5.channels.json", 0, 512);
    assert_eq!(peer.ask(address, 0, 512), first);
    fs::rename(
        relay.scratch.path().join("gone"),
        relay.scratch.path().join("one"),
    )
    .unwrap();
    // The round ended with it.
    peer.ask(ROOT, 0, 512);
    assert_eq!(
        peer.ask(address, 0, 512),
        Got::Bytes(b"other".to_vec(), true)
    );
}

#[test]
fn a_block_that_is_asked_for_again_comes_from_another_origin() {
    let relay = Relay::start();
    for (origin, byte) in [("one", 6), ("two", 7)] {
        relay.put(&format!("{origin}/{}", image()), &vec![byte; 40_000]);
    }
    // Blocks begin anywhere, and one may reach over two parts.
    for start in [0, 16_384, 30_000] {
        let mut peer = relay.connect();
        let mut block = || {
            let (mut offset, mut first_bytes) = (start, Vec::new());
            while offset < start + 4096 {
                let Got::Bytes(bytes, _) = peer.ask(&image(), offset, 512) else {
                    panic!("at {offset}");
                };
                first_bytes.push(bytes[0]);
                offset += u64::try_from(bytes.len()).unwrap();
            }
            first_bytes.dedup();
            first_bytes
        };
        let blocks = [block(), block(), block()];
        assert_eq!(blocks, [[6], [7], [6]], "from {start}");
    }
}

#[test]
fn what_was_bad_once_is_not_served_for_ever() {
    let relay = Relay::start();
    for origin in ["one", "two"] {
        relay.put(&format!("{origin}/{}", image()), &[6; 1000]);
    }
    let mut peer = relay.connect();
    for _ in 0..2 {
        assert_eq!(first_byte(&peer.ask(&image(), 300, 512)), 6);
    }
    // Both copies are known to the relay now. The first origin is mended, the wearable comes back.
    relay.put(&format!("one/{}", image()), &[7; 1000]);
    let mut peer = relay.connect();
    let got = [(); 3].map(|()| first_byte(&peer.ask(&image(), 300, 512)));
    assert!(got.contains(&7), "{got:?}");
}

#[test]
fn what_follows_without_a_gap_is_no_doubt() {
    let relay = Relay::start();
    relay.put(&format!("one/{}", image()), &vec![6; 40_000]);
    relay.put(&format!("two/{}", image()), &vec![7; 40_000]);
    let mut peer = relay.connect();
    let (mut offset, mut end) = (16_384, false);
    while !end {
        let Got::Bytes(bytes, is_last) = peer.ask(&image(), offset, 500) else {
            panic!("at {offset}");
        };
        assert!(bytes.iter().all(|byte| *byte == 6), "at {offset}");
        offset += u64::try_from(bytes.len()).unwrap();
        end = is_last;
    }
    assert_eq!(offset, 40_000);
}

#[test]
fn a_peer_that_doubts_everything_spoils_nothing_for_others() {
    let relay = Relay::start();
    let address = "metadata/5.snapshot.json";
    relay.put(&format!("one/{address}"), b"good");
    relay.put(&format!("two/{address}"), b"evil");
    let mut hostile = relay.connect();
    for _ in 0..10 {
        hostile.ask(ROOT, 0, 512);
        hostile.ask(address, 0, 512);
        let got = relay.connect().ask(address, 0, 512);
        assert_eq!(got, Got::Bytes(b"good".to_vec(), true));
    }
}

#[test]
fn a_request_that_comes_again_gets_the_same_answer() {
    let address = "metadata/7.snapshot.json";
    for (gone, expected) in [
        (&[][..], Got::Absent),
        (&["one", "two"], Got::Failed(Refusal::Origin.code())),
    ] {
        let relay = Relay::start();
        for folder in gone {
            fs::remove_dir_all(relay.scratch.path().join(folder)).unwrap();
        }
        let mut peer = relay.connect();
        assert_eq!(peer.ask(address, 0, 512), expected);
        for origin in ["one", "two"] {
            relay.put(&format!("{origin}/{address}"), b"came later");
        }
        peer.number -= 1;
        assert_eq!(peer.ask(address, 0, 512), expected, "the very same request");
        let later = Got::Bytes(b"came later".to_vec(), true);
        assert_eq!(peer.ask(address, 0, 512), later);
    }
}

/// Takes connections and says `text` on each, a byte a second; then nothing more.
fn slow_origin(text: &'static [u8]) -> String {
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = origin.local_addr().unwrap();
    thread::spawn(move || {
        for stream in origin.incoming().flatten() {
            thread::spawn(move || {
                let mut stream = &stream;
                for byte in text {
                    let _ = stream.write_all(&[*byte]);
                    thread::sleep(Duration::from_secs(1));
                }
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    format!("http://{address}/")
}

#[test]
fn a_silent_origin_costs_one_answer_its_speed_and_nobody_the_round() {
    let trickle = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxxxxxxxxx";
    let tests = [&b""[..], trickle].map(|text| {
        thread::spawn(move || {
            let scratch = tempfile::tempdir().unwrap();
            let slow = slow_origin(text);
            let config = CONFIG.replace("one/", &slow);
            let relay = Relay::on(scratch, &config);
            for address in walk() {
                relay.put(&format!("two/{address}"), b"good");
            }
            let mut peer = relay.connect();
            let began = Instant::now();
            let first = peer.ask(TIMESTAMP, 0, 512);
            assert_eq!(first, Got::Bytes(b"good".to_vec(), true));
            let patience = u32::from(LINK_ATTEMPTS) * LINK_ANSWER_MILLISECONDS;
            assert!(began.elapsed() < Duration::from_millis(patience.into()));
            assert!(began.elapsed() >= Duration::from_secs(RELAY_ORIGIN_SECONDS));
            let began = Instant::now();
            for address in walk()
                .into_iter()
                .filter(|address| address.starts_with("metadata"))
            {
                assert_eq!(
                    peer.ask(&address, 0, 512),
                    Got::Bytes(b"good".to_vec(), true)
                );
            }
            assert!(began.elapsed() < Duration::from_secs(1), "asked last now");
        })
    });
    for test in tests {
        test.join().unwrap();
    }
}
