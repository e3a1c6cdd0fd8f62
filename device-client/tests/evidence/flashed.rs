//! A device's flash, as somebody left it who had it in their hands.

use sealift_device::nor::Board;
use sealift_device::slot::{SlotId, SlotRecord, SlotState};
use sealift_device::{Anchor, BootState, Error, Event, Record};
use sealift_metadata::Digest;
use sealift_metadata::write::ImageSpec;
use sealift_tests::evidence::Evidence;
use sealift_tests::flash::{Flash, Geometry};
use sealift_tests::powercut::session::LOADER_BYTES;
use sealift_tests::repository::{Build, Repository};

/// What somebody lays into the flash of a device that was off.
pub struct Flashed {
    pub repository: Repository,
    pub evidence: Evidence,
    /// What becomes of the bytes of the evidence.
    pub damage: fn(&mut Vec<u8>),
    pub slot: SlotId,
    pub image: Vec<u8>,
    pub record: SlotRecord,
    pub anchor: Anchor<'static>,
}

pub const PATH: &str = "images/watch/app/2.0.0/app.bin";

/// A device that runs what its signers released.
pub fn honest() -> Flashed {
    let build = Build {
        floor: 3,
        ..Build::new("2.0.0", 7, 3000)
    };
    let mut repository = Repository::new();
    repository.release(&build, |_| {});
    let record = SlotRecord {
        state: SlotState::Confirmed,
        sequence: 7,
        floor: 3,
        length: 3000,
        sha256: Digest::of(&build.bytes),
        ..SlotRecord::EMPTY
    };
    let mut flashed = Flashed {
        anchor: Anchor {
            root: Digest::of(&repository.first_root()),
            product: "watch",
            component: "app",
            hardware: "rev-a",
            floor: 0,
        },
        evidence: Evidence {
            path: PATH.into(),
            roots: vec![repository.first_root()],
            targets: Vec::new(),
            product: Vec::new(),
        },
        repository,
        damage: |_| {},
        slot: SlotId::A,
        image: build.bytes,
        record,
    };
    flashed.publish("watch");
    flashed
}

impl Flashed {
    /// Publishes, and takes what is published as evidence, with the role of a product.
    pub fn publish(&mut self, product: &str) {
        self.repository.publish();
        let take = |part: &str| {
            let version = self.repository.version;
            self.repository.files[&format!("metadata/{version}.{part}.json")].clone()
        };
        self.evidence.targets = take("targets");
        self.evidence.product = take(product);
    }

    /// Releases the same image with another description.
    pub fn describe(&mut self, change: impl FnOnce(&mut ImageSpec)) {
        let build = Build {
            floor: 3,
            ..Build::new("2.0.0", 7, 3000)
        };
        self.repository.release(&build, change);
        self.publish("watch");
    }

    /// Releases another image, which is what the slot holds.
    pub fn release(&mut self, bytes: Vec<u8>) {
        self.record.length = bytes.len().try_into().unwrap();
        self.record.sha256 = Digest::of(&bytes);
        self.image.clone_from(&bytes);
        let build = Build {
            floor: 3,
            bytes,
            ..Build::new("2.0.0", 7, 0)
        };
        self.repository.release(&build, |_| {});
        self.publish("watch");
    }

    pub fn root(&self, version: u64) -> Vec<u8> {
        self.repository.files[&format!("metadata/{version}.root.json")].clone()
    }

    pub fn flash(&self) -> Flash<32> {
        let geometry = Geometry::named("verifying").unwrap();
        let mut flash = Flash::erased(geometry, 0);
        let layout = geometry.layout;
        flash.scribble(layout.slot(self.slot).start, &self.image);
        let mut bytes = self.evidence.bytes(0xff);
        (self.damage)(&mut bytes);
        let [a, b] = layout.evidence.unwrap();
        let area = if self.slot == SlotId::A { a } else { b };
        flash.scribble(area.start, &bytes);
        let mut state = BootState::factory();
        *state.slot_mut(self.slot) = self.record.clone();
        state.active = self.slot;
        let mut board = Board::open(flash, layout, geometry.erased).unwrap();
        assert!(matches!(
            board.persist(&Record::Boot(&state, &[])),
            Event::Done
        ));
        board.release()
    }

    pub fn board(&self) -> Board<'static, Flash<32>> {
        let geometry = Geometry::named("verifying").unwrap();
        Board::open(self.flash(), geometry.layout, geometry.erased).unwrap()
    }

    pub fn check(&self) -> Result<(), Error> {
        let mut buffer = vec![0; LOADER_BYTES];
        self.board()
            .check_evidence(self.slot, &self.record, &self.anchor, &mut buffer)
    }
}
