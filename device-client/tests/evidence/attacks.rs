//! What somebody may lay into the flash of a device, and what a boot loader says to it.

use sealift_device::slot::SlotId;
use sealift_device::{Error, Refusal};
use sealift_metadata::Digest;
use sealift_metadata::error::{Error as Refused, Role};
use sealift_metadata::image::Slot;
use sealift_metadata::write::{DelegationSpec, Value};
use sealift_tests::repository::role_of;

use super::flashed::{Flashed, PATH};

/// What it is, how it is made, and how it is refused.
pub type Attack = (&'static str, fn(&mut Flashed), Error);

fn threshold(role: Role, valid: u8, needed: u8) -> Error {
    Error::Metadata(Refused::Threshold {
        role,
        valid,
        needed,
    })
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub fn attacks() -> Vec<Attack> {
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
                let delegation = DelegationSpec {
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
                let targets = Value::Object(targets.into());
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
            "a description that belongs to another release",
            |flashed| flashed.describe(|spec| spec.release = "1.9.0".into()),
            Error::Refused(Refusal::Misplaced),
        ),
        (
            "signers who are trusted for the path behind those of the product",
            |flashed| {
                let product = flashed.repository.product.clone();
                flashed.repository.targets.set_delegation(&DelegationSpec {
                    name: "x".into(),
                    paths: vec!["images/*/*/*/*".into()],
                    terminating: true,
                    role: role_of("x"),
                });
                flashed.publish("watch");
                flashed.evidence.product = flashed.repository.signed("x", &product);
            },
            threshold(Role::Targets, 0, 2),
        ),
        (
            "a signed image of no bytes, with others behind it",
            |flashed| {
                flashed.release(Vec::new());
                flashed.image = b"whatever an attacker likes".to_vec();
            },
            Error::Refused(Refusal::Size),
        ),
        (
            "a signed image that ends within its vector table",
            |flashed| flashed.release(vec![0; 7]),
            Error::Refused(Refusal::Size),
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
                let delegation = DelegationSpec {
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
