//! Wearables that behave, and peers that do not.

/// The machine of wearables.
mod machine;
/// Origins that are bad, silent or gone.
mod origins;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};
use std::path::Path;

use sealift_device::link::{Answer, Call, Receiver, Refusal, Reply, Request};
use tempfile::TempDir;

use super::*;
use crate::limits::{RELAY_DOCUMENT_BYTES, RELAY_FETCHES_PER_MINUTE, RELAY_PART_BYTES};

const TIMESTAMP: &str = "metadata/timestamp.json";
const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const CONFIG: &str = "metadata = [\"one/metadata\", \"two/metadata\"]\n\
                      targets = [\"one/targets\", \"two/targets\"]\n\
                      root = \"1.root.json\"\nstate = \"state\"\nproduct = \"watch\"\n\
                      hardware = \"rev-a\"\ncomponent = \"app\"\nchannel = \"stable\"\n";

/// A relay for two folders, one asked after the other; it ends with the tests.
struct Relay {
    scratch: TempDir,
    address: SocketAddr,
}

impl Relay {
    fn start() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        for folder in ["one/metadata", "one/targets", "two/metadata", "two/targets"] {
            fs::create_dir_all(scratch.path().join(folder)).unwrap();
        }
        Self::on(scratch, CONFIG)
    }

    fn on(scratch: TempDir, config: &str) -> Self {
        let config = Config::parse(config, scratch.path()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let relay = Arc::new(super::Relay::new(config, |_| 0));
        thread::spawn(move || accept(&listener, &relay));
        Self { scratch, address }
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.scratch.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn connect(&self) -> Peer {
        let stream = TcpStream::connect(self.address).unwrap();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        Peer { stream, number: 0 }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Got {
    Bytes(Vec<u8>, bool),
    Absent,
    Failed(u16),
    Time(u64),
}

struct Peer {
    stream: TcpStream,
    number: u16,
}

impl Peer {
    fn ask(&mut self, address: &str, offset: u64, max: u16) -> Got {
        self.number += 1;
        self.call(&Request::Bytes {
            address,
            offset,
            max,
        })
    }

    fn call(&mut self, request: &Request<'_>) -> Got {
        let mut call = Call::new(*request, self.number);
        let mut out = Vec::new();
        assert!(call.send(|bytes| out.extend_from_slice(bytes)));
        self.stream.write_all(&out).unwrap();
        self.wait(|message| call.answer(message).map(owned))
    }

    /// The first message that `is_it` takes.
    fn wait(&mut self, is_it: impl Fn(&[u8]) -> Option<Got>) -> Got {
        let mut buffer = [0; 2048];
        let mut receiver = Receiver::new(&mut buffer);
        loop {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            if let Some(got) = receiver.take(byte[0]).and_then(&is_it) {
                return got;
            }
        }
    }
}

fn owned(reply: Reply<'_>) -> Got {
    match reply {
        Reply::Bytes { bytes, end } => Got::Bytes(bytes.to_vec(), end),
        Reply::Absent => Got::Absent,
        Reply::Failed(code) => Got::Failed(code),
        Reply::Time(seconds) => Got::Time(seconds),
    }
}

#[test]
fn an_object_comes_piece_by_piece_and_says_where_it_ends() {
    let relay = Relay::start();
    let image: Vec<u8> = (0..RELAY_PART_BYTES + 300)
        .map(|at| at.to_le_bytes()[0])
        .collect();
    relay.put(&format!("one/targets/images/{DIGEST}.app.bin"), &image);
    let address = format!("targets/images/{DIGEST}.app.bin");
    let mut peer = relay.connect();
    let mut got = Vec::new();
    loop {
        let offset = u64::try_from(got.len()).unwrap();
        let Got::Bytes(bytes, end) = peer.ask(&address, offset, 1000) else {
            panic!("after {offset} bytes");
        };
        got.extend(bytes);
        if end {
            break;
        }
    }
    assert!(got == image);
    let behind = u64::try_from(image.len()).unwrap() + 5;
    assert_eq!(peer.ask(&address, behind, 10), Got::Bytes(Vec::new(), true));
    assert_eq!(peer.ask("metadata/2.root.json", 0, 10), Got::Absent);
    assert!(matches!(
        peer.call(&Request::Time),
        Got::Time(1_700_000_000..)
    ));
}

#[test]
fn nothing_outside_of_the_repository_is_served() {
    let relay = Relay::start();
    relay.put("one/private", b"secret");
    relay.put("one/metadata/private", b"secret");
    let mut peer = relay.connect();
    for address in [
        "metadata/../private",
        "targets/../private",
        "metadata/private",
        "/etc/passwd",
        "private",
        "metadata/%2e%2e/private.json",
        "metadata/1.../private.json",
        "http://127.0.0.1/",
        "",
    ] {
        let refused = Got::Failed(Refusal::Address.code());
        assert_eq!(peer.ask(address, 0, 100), refused, "{address}");
    }
    assert!(!relay.scratch.path().join("state").exists());
}

#[test]
fn garbage_and_endless_frames_cost_nobody_an_answer() {
    let relay = Relay::start();
    relay.put("one/metadata/timestamp.json", b"{}");
    let mut peer = relay.connect();
    for noise in [
        vec![0xff; 200_000],
        vec![0; 5000],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        (0..=255).cycle().take(9999).collect(),
    ] {
        peer.stream.write_all(&noise).unwrap();
        assert_eq!(
            peer.ask(TIMESTAMP, 0, 100),
            Got::Bytes(b"{}".to_vec(), true)
        );
    }
}

#[test]
fn a_request_of_no_known_kind_is_told_so() {
    let relay = Relay::start();
    let mut peer = relay.connect();
    let message = [9, 0, 0, 1];
    let mut frame = Vec::new();
    sealift_device::link::send(&[&message], |bytes| frame.extend_from_slice(bytes));
    peer.stream.write_all(&frame).unwrap();
    let about = Answer::to(&message, Reply::Absent).about;
    let got = peer.wait(|message| {
        let answer = Answer::read(message)?;
        (answer.about == about).then_some(owned(answer.reply))
    });
    assert_eq!(got, Got::Failed(Refusal::Request.code()));
}

#[test]
fn a_slow_peer_holds_up_nobody_else() {
    let relay = Relay::start();
    relay.put("one/metadata/timestamp.json", b"{}");
    let mut slow = relay.connect();
    let mut frame = Vec::new();
    Request::Time.send(1, |bytes| frame.extend_from_slice(bytes));
    let (last, rest) = frame.split_last().unwrap();
    for byte in rest {
        slow.stream.write_all(&[*byte]).unwrap();
        let got = relay.connect().ask(TIMESTAMP, 0, 100);
        assert_eq!(got, Got::Bytes(b"{}".to_vec(), true));
    }
    slow.stream.write_all(&[*last]).unwrap();
    let got = slow.wait(|message| Some(owned(Answer::read(message)?.reply)));
    assert!(matches!(got, Got::Time(_)));
}

#[test]
fn peers_beyond_the_cap_are_sent_away_until_one_leaves() {
    let relay = Relay::start();
    relay.put("one/metadata/timestamp.json", b"{}");
    let mut peers: Vec<Peer> = (0..RELAY_PEERS).map(|_| relay.connect()).collect();
    for peer in &mut peers {
        peer.ask(TIMESTAMP, 0, 100);
    }
    let mut extra = relay.connect();
    let mut byte = [0];
    assert_eq!(extra.stream.read(&mut byte).unwrap_or(0), 0, "hung up on");
    peers[0].stream.shutdown(Shutdown::Both).unwrap();
    let comes_in = || {
        let mut peer = relay.connect();
        let mut frame = Vec::new();
        Request::Time.send(1, |bytes| frame.extend_from_slice(bytes));
        peer.stream.write_all(&frame).is_ok()
            && peer.stream.read(&mut [0]).is_ok_and(|read| read > 0)
    };
    assert!((0..200).any(|_| comes_in()));
}

#[test]
fn a_timestamp_is_asked_of_the_origin_each_time_and_ends_as_it_began() {
    let relay = Relay::start();
    relay.put("one/metadata/timestamp.json", b"old: 1");
    let mut peer = relay.connect();
    let first = peer.ask(TIMESTAMP, 0, 4);
    assert_eq!(first, Got::Bytes(b"old:".to_vec(), false));
    relay.put("one/metadata/timestamp.json", b"new: 2");
    let rest = peer.ask(TIMESTAMP, 4, 9);
    assert_eq!(rest, Got::Bytes(b" 1".to_vec(), true));
    let other = relay.connect().ask(TIMESTAMP, 0, 9);
    assert_eq!(other, Got::Bytes(b"new: 2".to_vec(), true));
}

#[test]
fn a_document_beyond_the_cap_is_refused() {
    let relay = Relay::start();
    relay.put(
        "one/metadata/3.targets.json",
        &vec![7; RELAY_DOCUMENT_BYTES],
    );
    relay.put(
        "one/metadata/4.targets.json",
        &vec![7; RELAY_DOCUMENT_BYTES + 1],
    );
    let mut peer = relay.connect();
    for (address, expected) in [
        ("metadata/3.targets.json", Got::Bytes(vec![7], false)),
        (
            "metadata/4.targets.json",
            Got::Failed(Refusal::TooLarge.code()),
        ),
    ] {
        assert_eq!(peer.ask(address, 0, 1), expected);
    }
}

#[test]
fn only_this_machine_can_reach_the_relay() {
    let config = Config::parse(CONFIG, Path::new("")).unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7000"] {
        let relay = super::Relay::new(config.clone(), |_| 0);
        let refused = listen(address.parse().unwrap(), relay);
        assert!(matches!(
            refused,
            Err(Error::ConfigValue { key: "--listen" })
        ));
    }
}

#[test]
fn a_peer_that_asks_without_end_is_told_so_and_the_others_are_served() {
    let relay = Relay::start();
    relay.put("one/metadata/timestamp.json", b"{}");
    let mut greedy = relay.connect();
    let document = Got::Bytes(b"{}".to_vec(), true);
    let often = Got::Failed(Refusal::Often.code());
    // It may get some more while it asks: a minute's worth is there at once.
    let mut got = (0..100 * RELAY_FETCHES_PER_MINUTE).map(|_| greedy.ask(TIMESTAMP, 0, 9));
    let served = got.by_ref().take_while(|got| *got == document).count();
    assert!(u64::try_from(served).unwrap() >= RELAY_FETCHES_PER_MINUTE);
    assert_eq!(greedy.ask(TIMESTAMP, 0, 9), often);
    assert_eq!(relay.connect().ask(TIMESTAMP, 0, 9), document);
}
