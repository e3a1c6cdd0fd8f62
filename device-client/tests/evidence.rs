//! A boot loader that checks signatures: what proves an image to it, and what does not, whatever
//! somebody wrote into the flash from outside.

use sealift_device::nor::{Area, Board, Fault};
use sealift_device::slot::{Cause, SlotId, SlotRecord, SlotState};
use sealift_device::{Anchor, BootState, Error, Event, EvidenceOp, Record, Refusal};
use sealift_metadata::error::{Error as Refused, Role};
use sealift_metadata::image::Slot;
use sealift_metadata::{Digest, Time};
use sealift_tests::evidence::Evidence;
use sealift_tests::flash::{Flash, Geometry};
use sealift_tests::powercut::scenarios::{Step, walk};
use sealift_tests::powercut::session::{End, LOADER_BYTES, Session};
use sealift_tests::powercut::world::{Stage, World};
use sealift_tests::repository::{Build, Repository, role_of};

/// What somebody lays into the flash of a device that was off.
struct Flashed {
    repository: Repository,
    evidence: Evidence,
    /// What becomes of the bytes of the evidence.
    damage: fn(&mut Vec<u8>),
    slot: SlotId,
    image: Vec<u8>,
    record: SlotRecord,
    anchor: Anchor<'static>,
}

const PATH: &str = "images/watch/app/2.0.0/app.bin";

/// A device that runs what its signers released.
fn honest() -> Flashed {
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
    fn publish(&mut self, product: &str) {
        self.repository.publish();
        let take = |part: &str| {
            let version = self.repository.version;
            self.repository.files[&format!("metadata/{version}.{part}.json")].clone()
        };
        self.evidence.targets = take("targets");
        self.evidence.product = take(product);
    }

    /// Releases the same image with another description.
    fn describe(&mut self, change: impl FnOnce(&mut sealift_metadata::write::ImageSpec)) {
        let build = Build {
            floor: 3,
            ..Build::new("2.0.0", 7, 3000)
        };
        self.repository.release(&build, change);
        self.publish("watch");
    }

    fn root(&self, version: u64) -> Vec<u8> {
        self.repository.files[&format!("metadata/{version}.root.json")].clone()
    }

    fn flash(&self) -> Flash<32> {
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
        assert!(matches!(board.persist(&Record::Boot(&state)), Event::Done));
        board.release()
    }

    fn board(&self) -> Board<'static, Flash<32>> {
        let geometry = Geometry::named("verifying").unwrap();
        Board::open(self.flash(), geometry.layout, geometry.erased).unwrap()
    }

    fn check(&self) -> Result<(), Error> {
        let mut buffer = vec![0; LOADER_BYTES];
        self.board()
            .check_evidence(self.slot, &self.record, &self.anchor, &mut buffer)
    }
}

type Attack = (&'static str, fn(&mut Flashed), Error);

fn threshold(role: Role, valid: u8, needed: u8) -> Error {
    Error::Metadata(Refused::Threshold {
        role,
        valid,
        needed,
    })
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn attacks() -> Vec<Attack> {
    vec![
        (
            "nothing lies there",
            |flashed| flashed.damage = |bytes| bytes.fill(0xff),
            Error::EvidenceTorn,
        ),
        (
            "the header is torn",
            |flashed| flashed.damage = |bytes| bytes[260..288].fill(0xff),
            Error::EvidenceTorn,
        ),
        (
            "the last document was never announced",
            |flashed| {
                flashed.evidence.product = Vec::new();
                flashed.damage = |bytes| {
                    let end = bytes.len();
                    bytes[end - 32..].fill(0xff);
                }
            },
            Error::EvidenceTorn,
        ),
        (
            "the last document breaks off",
            |flashed| flashed.evidence.product.truncate(900),
            Error::Metadata(Refused::Json {
                fault: sealift_metadata::json::Fault::Truncated,
                at: 900,
            }),
        ),
        (
            "a length leads out of the area",
            |flashed| flashed.damage = |bytes| bytes[288..292].fill(0x70),
            Error::EvidenceTorn,
        ),
        (
            "the image was never signed, and its record says nothing else",
            |flashed| {
                flashed.image = b"whatever an attacker likes".to_vec();
                flashed.record.length = 26;
                flashed.record.sha256 = Digest::of(&flashed.image);
            },
            Error::EvidenceOther,
        ),
        (
            "one byte of the image was changed, and the record with it",
            |flashed| {
                flashed.image[1234] ^= 1;
                flashed.record.sha256 = Digest::of(&flashed.image);
            },
            Error::EvidenceOther,
        ),
        (
            "the record claims a later sequence",
            |flashed| flashed.record.sequence = 99,
            Error::EvidenceOther,
        ),
        (
            "the record claims a higher floor",
            |flashed| flashed.record.floor = 99,
            Error::EvidenceOther,
        ),
        (
            "the evidence of another product, by its own signers",
            |flashed| {
                let role = role_of("watch");
                let delegation = sealift_metadata::write::DelegationSpec {
                    name: "band".into(),
                    paths: vec!["images/band/*/*/*".into()],
                    terminating: true,
                    role,
                };
                flashed.repository.targets.set_delegation(&delegation);
                flashed.describe(|spec| spec.product = "band".into());
                let product = flashed.repository.product.clone();
                let target = product.value().get("targets").unwrap().clone();
                let mut band = product;
                let entry = target.get(PATH).unwrap().clone();
                let targets = [("images/band/app/2.0.0/app.bin".to_owned(), entry)];
                let targets = sealift_metadata::write::Value::Object(targets.into());
                band.set("targets", targets);
                flashed.evidence.product = flashed.repository.signed("watch", &band);
                flashed.evidence.path = "images/band/app/2.0.0/app.bin".into();
            },
            Error::Refused(Refusal::Misplaced),
        ),
        (
            "another component of the product",
            |flashed| flashed.describe(|spec| spec.component = "radio".into()),
            Error::Refused(Refusal::Misplaced),
        ),
        (
            "another board revision",
            |flashed| flashed.describe(|spec| spec.hardware = vec!["rev-b".into()]),
            Error::Refused(Refusal::Hardware),
        ),
        (
            "linked for the other slot",
            |flashed| flashed.describe(|spec| spec.slot = Some(Slot::B)),
            Error::Refused(Refusal::Slot),
        ),
        (
            "in the other slot than it was linked for",
            |flashed| {
                flashed.describe(|spec| spec.slot = Some(Slot::A));
                flashed.slot = SlotId::B;
            },
            Error::Refused(Refusal::Slot),
        ),
        (
            "below the floor of the boot loader",
            |flashed| flashed.anchor.floor = 4,
            Error::Refused(Refusal::BelowFloor),
        ),
        (
            "a target that nobody listed",
            |flashed| flashed.evidence.path = "images/watch/app/3.0.0/app.bin".into(),
            Error::Refused(Refusal::NotListed),
        ),
        (
            "a path that is trusted to nobody",
            |flashed| flashed.evidence.path = "somewhere/else".into(),
            Error::Metadata(Refused::NotDelegated),
        ),
        (
            "a path that is trusted to another role",
            |flashed| flashed.evidence.path = "channels/watch/stable.json".into(),
            threshold(Role::Targets, 0, 1),
        ),
        (
            "one of two signers of the product",
            |flashed| {
                flashed.repository.signing.insert("watch", 1);
                flashed.publish("watch");
            },
            threshold(Role::Targets, 1, 2),
        ),
        (
            "a top-level role that nobody signed",
            |flashed| {
                flashed.repository.signing.insert("targets", 0);
                flashed.publish("watch");
            },
            threshold(Role::Targets, 0, 1),
        ),
        (
            "signers that were replaced since",
            |flashed| {
                let before = flashed.evidence.product.clone();
                let mut role = role_of("watch");
                role.keys = role_of("root").keys;
                let delegation = sealift_metadata::write::DelegationSpec {
                    name: "watch".into(),
                    paths: vec!["images/watch/*/*/*".into()],
                    terminating: true,
                    role,
                };
                flashed.repository.targets.set_delegation(&delegation);
                flashed.publish("watch");
                flashed.evidence.product = before;
            },
            threshold(Role::Targets, 0, 2),
        ),
        (
            "the root of somebody else",
            |flashed| flashed.anchor.root = Digest::of(b"the pinned one"),
            Error::Metadata(Refused::WrongDigest(Role::Root)),
        ),
        (
            "a later root without those before",
            |flashed| {
                flashed.repository.rotate(|_| {});
                flashed.evidence.roots = vec![flashed.root(2)];
            },
            Error::Metadata(Refused::WrongDigest(Role::Root)),
        ),
        (
            "a chain of roots with a gap",
            |flashed| {
                flashed.repository.rotate(|_| {});
                flashed.repository.rotate(|_| {});
                let last = flashed.root(3);
                flashed.evidence.roots.push(last);
            },
            Error::Metadata(Refused::WrongVersion {
                role: Role::Root,
                promised: 2,
                offered: 3,
            }),
        ),
        (
            "a root that the one before did not agree to",
            |flashed| {
                flashed.repository.signing.insert("root", 1);
                flashed.repository.rotate(|_| {});
                let forged = flashed.root(2);
                flashed.evidence.roots.push(forged);
            },
            threshold(Role::Root, 1, 2),
        ),
    ]
}

#[test]
fn nothing_but_a_chain_of_signatures_proves_an_image() {
    assert_eq!(honest().check(), Ok(()));
    for (what, attack, refused) in attacks() {
        let mut flashed = honest();
        attack(&mut flashed);
        assert_eq!(flashed.check(), Err(refused), "{what}");
    }
}

#[test]
fn an_image_without_evidence_is_not_booted_and_no_cause_but_that_is_recorded() {
    for (what, attack, _) in attacks() {
        let mut flashed = honest();
        attack(&mut flashed);
        let image = flashed.record.length;
        let mut board = flashed.board();
        let mut buffer = vec![0; LOADER_BYTES];
        let booted = board.boot_verified(&flashed.anchor, &mut buffer);
        assert_eq!(booted, Err(Error::NothingToBoot), "{what}");
        let record = board.state().slot(flashed.slot);
        let failed = SlotState::Failed(Cause::NoEvidence);
        assert_eq!((record.state, record.length), (failed, image), "{what}");
        // What checks no signatures boots each of them.
        assert_eq!(flashed.board().boot(), Ok(flashed.slot), "{what}");
    }
}

#[test]
fn a_rotated_root_proves_and_expiry_stops_nothing_that_runs() {
    let mut flashed = honest();
    flashed.repository.expires = Time::from_seconds(1);
    for draft in [
        &mut flashed.repository.targets,
        &mut flashed.repository.product,
        &mut flashed.repository.root,
    ] {
        draft.set("expires", "1970-01-01T00:00:01Z");
    }
    flashed.publish("watch");
    for version in 2..=4 {
        flashed.repository.rotate(|_| {});
        let root = flashed.root(version);
        flashed.evidence.roots.push(root);
    }
    assert_eq!(flashed.check(), Ok(()));
}

#[test]
fn a_flipped_bit_of_a_document_proves_nothing_any_more() {
    let flashed = honest();
    let bytes = flashed.evidence.bytes(0xff);
    let mut places = 0;
    let mut at = 288;
    let Evidence {
        roots,
        targets,
        product,
        ..
    } = &flashed.evidence;
    for document in [&roots[0], targets, product] {
        for place in (at + 32..at + 32 + document.len()).step_by(37) {
            let mut board = flashed.board();
            let area = area_of(SlotId::A);
            let mut flash = board.release();
            flash.flip(
                area.start + u32::try_from(place).unwrap(),
                u8::try_from(place % 7).unwrap(),
            );
            let geometry = flash.geometry;
            board = Board::open(flash, geometry.layout, geometry.erased).unwrap();
            let mut buffer = vec![0; LOADER_BYTES];
            let checked =
                board.check_evidence(SlotId::A, &flashed.record, &flashed.anchor, &mut buffer);
            assert!(checked.is_err(), "byte {place}");
            places += 1;
        }
        at = (at + 32 + document.len()).next_multiple_of(32);
    }
    assert_eq!(at, bytes.len(), "all of them");
    assert!(places > 100, "{places} places");
}

fn area_of(slot: SlotId) -> Area {
    let [a, b] = Geometry::named("verifying")
        .unwrap()
        .layout
        .evidence
        .unwrap();
    if slot == SlotId::A { a } else { b }
}

const INSTALLED: &[Step] = &[
    Step::Round(Stage::First),
    Step::Boot,
    Step::Confirm,
    Step::Boot,
];

fn world() -> World {
    World::new(Geometry::named("verifying").unwrap())
}

#[test]
fn an_update_leaves_evidence_that_the_boot_loader_goes_by() {
    let world = world();
    let mut session = Session::<32>::new(&world, Flash::erased(world.geometry, 1));
    walk(&mut session, INSTALLED);
    walk(&mut session, &[Step::Round(Stage::Rotated)]);
    let running = session.state().unwrap().active;
    let before = evidence(&session, running);
    walk(
        &mut session,
        &[Step::Round(Stage::Second), Step::Boot, Step::Confirm],
    );
    assert_eq!(session.boot(), Ok(running.other()));
    assert_eq!(
        evidence(&session, running),
        before,
        "the other's is left alone"
    );
}

fn evidence(session: &Session<'_, 32>, slot: SlotId) -> Vec<u8> {
    let area = area_of(slot);
    session.flash.peek(area.start..area.end()).to_vec()
}

#[test]
fn a_link_that_lies_about_evidence_costs_a_round_and_nothing_else() {
    type Lie = (&'static str, fn(&mut Vec<u8>));
    let lies: [(Lie, Error); 4] = [
        (("1.root.json", |root| root[99] ^= 1), Error::NoEvidence),
        (("1.root.json", Vec::clear), Error::NoEvidence),
        (
            ("1.root.json", |root| root.resize(8000, b' ')),
            Error::Storage {
                code: Fault::EvidenceRoom.code(),
            },
        ),
        (
            ("1.root.json", |root| root.resize(3000, b' ')),
            Error::NoEvidence,
        ),
    ];
    let world = world();
    let mut installed = Session::<32>::new(&world, Flash::erased(world.geometry, 1));
    walk(&mut installed, INSTALLED);
    let running = installed.state().unwrap().active;
    for (lie, error) in lies {
        let mut session = installed.clone();
        session.lie = Some(lie);
        assert_eq!(session.round(Stage::Second), End::Over(error));
        let state = session.state().unwrap();
        let idle = state.slot(running.other());
        assert!(
            matches!(idle.state, SlotState::Receiving { .. }),
            "{idle:?}"
        );
        assert!(state.failures.is_empty());
        assert_eq!(session.boot(), Ok(running));
        session.lie = None;
        walk(
            &mut session,
            &[Step::Round(Stage::Second), Step::Boot, Step::Confirm],
        );
        assert_eq!(session.boot(), Ok(running.other()));
    }
}

#[test]
fn the_evidence_of_what_runs_is_neither_begun_nor_written() {
    let world = world();
    let mut session = Session::<32>::new(&world, Flash::erased(world.geometry, 1));
    walk(&mut session, INSTALLED);
    let slot = session.state().unwrap().active;
    let before = evidence(&session, slot);
    let (layout, erased) = (world.geometry.layout, world.geometry.erased);
    let mut board = Board::open(&mut session.flash, layout, erased).unwrap();
    for op in [
        EvidenceOp::Begin {
            slot,
            roots: 1,
            path: PATH,
        },
        EvidenceOp::Open {
            slot,
            at: 288,
            length: 0,
        },
        EvidenceOp::Write {
            slot,
            at: 320,
            bytes: &[0; 32],
        },
    ] {
        let said = board.keep_evidence(op, &world.anchor());
        let code = Fault::RunningSlot.code();
        assert!(
            matches!(said, Event::Failed(why) if why == code),
            "{said:?}"
        );
    }
    assert_eq!(evidence(&session, slot), before);
}

#[test]
fn evidence_that_is_too_long_for_its_area_is_not_begun_beyond_it() {
    let world = world();
    let mut session = Session::<32>::new(&world, Flash::erased(world.geometry, 1));
    walk(&mut session, INSTALLED);
    let slot = session.state().unwrap().active.other();
    let (layout, erased) = (world.geometry.layout, world.geometry.erased);
    let length = area_of(slot).length;
    let mut board = Board::open(&mut session.flash, layout, erased).unwrap();
    for op in [
        EvidenceOp::Open {
            slot,
            at: 288,
            length,
        },
        EvidenceOp::Open {
            slot,
            at: u32::MAX - 31,
            length: u32::MAX,
        },
        EvidenceOp::Write {
            slot,
            at: length - 32,
            bytes: &[0; 64],
        },
    ] {
        let said = board.keep_evidence(op, &world.anchor());
        let code = Fault::EvidenceRoom.code();
        assert!(
            matches!(said, Event::Failed(why) if why == code),
            "{said:?}"
        );
    }
}
