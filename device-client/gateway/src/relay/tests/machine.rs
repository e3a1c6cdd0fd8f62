//! The machine that wearables run, on what the relay gives it.

use sealift_device::{
    Action, BootState, Device, Event, FlashOp, Log, Object, RawOnly, Record, Stored, Updater,
};
use sealift_tests::repository::{Build, Repository, START};

use super::*;

/// Longer than a part of the relay; blocks lie across its end.
const IMAGE_BYTES: usize = 40_000;
const BLOCK_BYTES: u32 = 3000;

/// A wearable: what outlives its rounds.
struct Wearable {
    root: Vec<u8>,
    log: Log,
    boot: BootState,
    slot: Vec<u8>,
}

impl Wearable {
    fn new(root: Vec<u8>) -> Self {
        Self {
            root,
            log: Log::default(),
            boot: BootState::factory(),
            slot: vec![0; IMAGE_BYTES],
        }
    }

    /// One round; whether it came to the reboot into the image.
    fn update(&mut self, peer: &mut Peer) -> sealift_device::Result<bool> {
        let device = Device {
            product: "watch",
            hardware: "rev-a",
            component: "app",
            channel: "stable",
            slot_bytes: 64 * 1024,
            erase_bytes: 1,
            tries: 2,
        };
        let stored = Stored {
            log: self.log.clone(),
            boot: self.boot.clone(),
        };
        let mut buffer = vec![0; 32 * 1024];
        let mut machine = Updater::new(device, stored, RawOnly, &mut buffer, START)?;
        machine.begin(&self.root)?;
        loop {
            match machine.poll(START) {
                Action::Reboot => return Ok(true),
                Action::Idle => return Ok(false),
                Action::Fetch {
                    object,
                    offset,
                    max,
                } => {
                    let got = fetch(peer, &object, offset, max);
                    machine.handle(match &got {
                        Got::Bytes(bytes, end) => Event::Bytes {
                            bytes,
                            end: *end || bytes.len() == max,
                        },
                        Got::Absent => Event::Absent,
                        _ => Event::Failed(1),
                    })?;
                }
                Action::Flash(FlashOp::Read { offset, length, .. }) => {
                    let [start, length] = [offset, length].map(|at| usize::try_from(at).unwrap());
                    let bytes = &self.slot[start..start + length];
                    machine.handle(Event::FlashBytes(bytes))?;
                }
                Action::Flash(FlashOp::Write { offset, bytes, .. }) => {
                    let start = usize::try_from(offset).unwrap();
                    self.slot[start..start + bytes.len()].copy_from_slice(bytes);
                    machine.handle(Event::Done)?;
                }
                Action::Persist(record) => {
                    match record {
                        Record::Boot(boot, _) => self.boot = boot.clone(),
                        Record::Log(log) | Record::Document { log, .. } => self.log = log.clone(),
                        Record::Root { bytes, log } => {
                            (self.root, self.log) = (bytes.to_vec(), log.clone());
                        }
                    }
                    machine.handle(Event::Done)?;
                }
                Action::Flash(_)
                | Action::Evidence(_)
                | Action::Wait { .. }
                | Action::Report(_) => {
                    machine.handle(Event::Done)?;
                }
            }
        }
    }
}

fn fetch(peer: &mut Peer, object: &Object, offset: u64, max: usize) -> Got {
    let most = u16::try_from(max).map_or(512, |max| max.min(512));
    peer.ask(&object.to_string(), offset, most)
}

#[test]
fn whatever_one_of_two_origins_spoils_a_wearable_is_updated() {
    let mut repository = Repository::new();
    repository.rotate(|_| {});
    let build = Build {
        block_bytes: BLOCK_BYTES,
        ..Build::new("1.0.0", 1, IMAGE_BYTES)
    };
    repository.release(&build, |_| {});
    repository.publish();
    for (spoilt, whole) in &repository.files {
        for (bad, good) in [("one", "two"), ("two", "one")] {
            let relay = Relay::start();
            for (address, bytes) in &repository.files {
                relay.put(&format!("{bad}/{address}"), bytes);
                relay.put(&format!("{good}/{address}"), bytes);
            }
            let mut bytes = whole.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            relay.put(&format!("{bad}/{spoilt}"), &bytes);
            let mut peer = relay.connect();
            let mut wearable = Wearable::new(repository.first_root());
            let rounds = [(); 2].map(|()| wearable.update(&mut peer));
            let is_updated = rounds.contains(&Ok(true));
            assert!(is_updated, "{spoilt} of {bad}: {rounds:?}");
            assert!(wearable.slot == build.bytes);
            let is_image = spoilt.ends_with(".app.bin");
            assert!(!is_image || rounds[0] == Ok(true), "a block goes elsewhere");
        }
    }
}
