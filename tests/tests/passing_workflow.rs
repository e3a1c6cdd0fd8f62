//! The stages of TUF 5.5 and 5.6 come to the same verdict on documents that pass by as on whole
//! ones: the same attacks, the same facts.

use std::collections::BTreeMap;

use sealift_metadata::error::Role;
use sealift_metadata::name::{RoleName, Version};
use sealift_metadata::stream::{Item, Stream};
use sealift_metadata::timestamp::FileMeta;
use sealift_metadata::trusted::{Floors, RootStage, SnapshotStage, TargetsStage};
use sealift_metadata::verify::RoleKeys;
use sealift_metadata::{Error, Result, Time};
use sealift_tests::simulator::{DAY, PRODUCT, START, Simulator, secrets, sign_with};

/// A client that is about to take a snapshot, and what it is sent.
struct Scene {
    world: Simulator,
    floors: Floors,
    now: Time,
    /// Documents that are sent instead of the promised ones.
    sent: BTreeMap<&'static str, Vec<u8>>,
}

impl Scene {
    fn new() -> Self {
        Self {
            world: Simulator::new(),
            floors: Floors::default(),
            now: START,
            sent: BTreeMap::new(),
        }
    }

    fn follow(&mut self, role: &str, version: u64) {
        let role = RoleName::new(role).unwrap();
        self.floors.roles.push((role, version)).unwrap();
    }

    fn document(&self, role: &str) -> Vec<u8> {
        let promised = || match role {
            "snapshot" => self.world.fetch_snapshot(),
            role => self.world.fetch(role),
        };
        self.sent.get(role).cloned().unwrap_or_else(promised)
    }

    fn begin(&self) -> Result<SnapshotStage> {
        RootStage::begin(self.world.first_root(), self.floors.clone(), self.now)?
            .finish()?
            .accept(&self.world.fetch_timestamp())
    }

    /// What a client says that takes documents whole.
    fn whole(&self) -> Result<Vec<String>> {
        let bytes = self.document("snapshot");
        let (stage, snapshot) = self.begin()?.accept(&bytes, None)?;
        let bytes = self.document("targets");
        let targets = stage.accept(&snapshot, &bytes)?;
        let mut told = vec![format!("targets {}", targets.version)];
        let mut roles = Vec::new();
        targets.delegations.unwrap().for_each(|delegation| {
            roles.push(delegation);
            Ok(())
        })?;
        for delegation in roles {
            let bytes = self.document(delegation.name.as_str());
            let role = stage.accept_delegated(&snapshot, &delegation, &bytes)?;
            told.push(format!("{} {}", delegation.name, role.version));
        }
        Ok(told)
    }

    /// What a client says that lets them pass by.
    fn passing(&self) -> Result<Vec<String>> {
        let stage = self.snapshot()?;
        let promised = stage.noted("targets").ok_or(Error::NotListed)?;
        let mut stream = stage.stream();
        let mut roles = Vec::new();
        pass(&mut stream, &self.document("targets"), &mut |item| {
            if let Item::Delegation(delegation) = item {
                let keys = delegation.keys()?;
                roles.push((delegation.name.clone(), keys));
            }
            Ok(())
        });
        let targets = stage.examine(&promised, &mut stream)?;
        let mut told = vec![format!("targets {}", targets.version)];
        for (name, keys) in roles {
            told.push(self.role(&stage, &name, keys)?);
        }
        Ok(told)
    }

    fn snapshot(&self) -> Result<TargetsStage> {
        let mut stage = self.begin()?;
        let mut stream = stage.stream();
        pass(&mut stream, &self.document("snapshot"), &mut |item| {
            if let Item::Role { name, meta } = item {
                stage.note(name, *meta);
            }
            Ok(())
        });
        let passed = stage.examine(&mut stream)?;
        Ok(stage.admit(&passed))
    }

    fn role(&self, stage: &TargetsStage, name: &RoleName, keys: RoleKeys) -> Result<String> {
        let promised = self.promise(stage, name.as_str())?;
        let mut stream = stage.stream_role(keys);
        pass(&mut stream, &self.document(name.as_str()), &mut |_| Ok(()));
        let role = stage.examine(&promised, &mut stream)?;
        Ok(format!("{name} {}", role.version))
    }

    /// What was noted, or what a second pass of the snapshot says.
    fn promise(&self, stage: &TargetsStage, role: &str) -> Result<FileMeta> {
        let mut found = stage.noted(role);
        if found.is_none() {
            let mut stream = Stream::again(Role::Snapshot, *stage.snapshot());
            pass(&mut stream, &self.document("snapshot"), &mut |item| {
                match item {
                    Item::Role { name, meta } if name == role => found = Some(*meta),
                    _ => {}
                }
                Ok(())
            });
            stream.finish_again()?;
        }
        found.ok_or(Error::NotListed)
    }
}

fn pass(stream: &mut Stream, document: &[u8], each: &mut dyn FnMut(Item<'_>) -> Result<()>) {
    let mut window = [0; 2048];
    for piece in document.chunks(100) {
        stream.push(&mut window, piece, each);
    }
}

/// Changes the scene, and expects one fact, found both ways.
fn refused(change: impl FnOnce(&mut Scene), fact: &Error) {
    let mut scene = Scene::new();
    change(&mut scene);
    assert_eq!(scene.whole().as_ref(), Err(fact), "whole");
    assert_eq!(scene.passing().as_ref(), Err(fact), "passing by");
}

#[test]
fn a_healthy_repository_is_taken_both_ways() {
    let mut scene = Scene::new();
    let told = ["targets 1", "channels 1", "watch 1"].map(String::from);
    assert_eq!(scene.whole(), Ok(told.to_vec()));
    assert_eq!(scene.passing(), Ok(told.to_vec()));
    for role in ["targets", "channels", PRODUCT] {
        scene.follow(role, 1);
    }
    assert_eq!(scene.passing(), Ok(told.to_vec()), "roles are followed");
}

#[test]
fn a_signature_too_few_is_found_while_a_document_passes_by() {
    for (role, kind, needed) in [
        ("snapshot", Role::Snapshot, 1),
        ("targets", Role::Targets, 2),
        ("channels", Role::Targets, 1),
        (PRODUCT, Role::Targets, 2),
    ] {
        let valid = needed - 1;
        let fact = Error::Threshold {
            role: kind,
            valid,
            needed,
        };
        refused(
            |scene| {
                scene.world.withheld.insert(role.into(), 1);
            },
            &fact,
        );
    }
}

#[test]
fn a_signature_over_other_bytes_does_not_count_while_they_pass_by() {
    let fact = Error::Threshold {
        role: Role::Targets,
        valid: 0,
        needed: 1,
    };
    refused(
        |scene| {
            let stranger = secrets("stranger", 1);
            scene.world.signers.insert("channels".into(), stranger);
        },
        &fact,
    );
}

#[test]
fn bytes_that_were_not_promised_are_refused_before_anything_else() {
    for (role, kind) in [
        ("snapshot", Role::Snapshot),
        ("targets", Role::Targets),
        (PRODUCT, Role::Targets),
    ] {
        for place in [0, 20, 300] {
            refused(
                |scene| {
                    let mut other = scene.document(role);
                    other[place] ^= 1;
                    scene.sent.insert(role, other);
                },
                &Error::WrongDigest(kind),
            );
        }
        refused(
            |scene| {
                let mut longer = scene.document(role);
                longer.push(b' ');
                scene.sent.insert(role, longer);
            },
            &Error::WrongLength(kind),
        );
    }
}

#[test]
fn a_role_that_vanished_or_went_back_is_noticed_while_the_snapshot_passes_by() {
    refused(
        |scene| {
            scene.follow(PRODUCT, 1);
            scene.world.unlisted.insert(PRODUCT.into());
        },
        &Error::RoleVanished,
    );
    refused(
        |scene| {
            scene.follow("channels", 1);
            scene.follow(PRODUCT, 2);
        },
        &Error::Rollback {
            role: Role::Targets,
            floor: 2,
            offered: 1,
        },
    );
    refused(
        |scene| {
            scene.world.unlisted.insert("targets".into());
        },
        &Error::NotListed,
    );
    refused(
        |scene| {
            scene.world.unlisted.insert(PRODUCT.into());
        },
        &Error::NotListed,
    );
}

#[test]
fn an_expired_document_is_refused_when_it_has_passed_by() {
    let at = START.plus(DAY);
    for role in ["targets", "channels", PRODUCT] {
        let fact = Error::Expired {
            role: Role::Targets,
            at,
        };
        refused(
            |scene| {
                scene.now = at;
                scene.world.draft(role).set_expires(at);
            },
            &fact,
        );
    }
    // The timestamp outlives the snapshot.
    refused(
        |scene| {
            scene.now = at;
            scene.world.online_expires = at;
            let snapshot = scene.world.fetch_snapshot();
            scene.sent.insert("snapshot", snapshot);
        },
        &Error::Expired {
            role: Role::Timestamp,
            at,
        },
    );
}

#[test]
fn a_snapshot_that_expired_or_has_another_version_is_refused() {
    let at = START.plus(DAY);
    let verdict = |change: &dyn Fn(&mut Simulator)| {
        let mut world = Simulator::new();
        change(&mut world);
        let snapshot = world.fetch_snapshot();
        let healthy = Simulator::new();
        let mut stage = RootStage::begin(healthy.first_root(), Floors::default(), at)
            .and_then(RootStage::finish)
            .and_then(|stage| stage.accept(&healthy.timestamp_of(&snapshot)))
            .unwrap();
        let mut stream = stage.stream();
        pass(&mut stream, &snapshot, &mut |item| {
            if let Item::Role { name, meta } = item {
                stage.note(name, *meta);
            }
            Ok(())
        });
        stage.examine(&mut stream).map(drop)
    };
    assert_eq!(verdict(&|_| {}), Ok(()));
    let expired = verdict(&|world| world.online_expires = at);
    let role = Role::Snapshot;
    assert_eq!(expired, Err(Error::Expired { role, at }));
    let version = verdict(&|world| world.snapshot_version = Version::new(2).unwrap());
    let fact = Error::WrongVersion {
        role,
        promised: 1,
        offered: 2,
    };
    assert_eq!(version, Err(fact));
}

#[test]
fn a_role_of_another_version_than_promised_is_refused_when_it_has_passed_by() {
    let mut scene = Scene::new();
    let stage = scene.snapshot().unwrap();
    scene.world.publish("targets", |_| {});
    let mut promised = stage.noted("targets").unwrap();
    let document = scene.world.fetch("targets");
    (promised.length, promised.hashes) = (None, sealift_metadata::hashes::Hashes::default());
    let mut stream = stage.stream();
    pass(&mut stream, &document, &mut |_| Ok(()));
    let fact = Error::WrongVersion {
        role: Role::Targets,
        promised: 1,
        offered: 2,
    };
    assert_eq!(stage.examine(&promised, &mut stream).err(), Some(fact));
}

#[test]
fn four_signatures_are_checked_while_a_document_passes_by_and_no_more() {
    let mut scene = Scene::new();
    scene.world.delegate(PRODUCT, &["images/watch/*/*/*"], 6, 2);
    assert!(scene.passing().is_ok(), "more signatures do no harm");
    // Of the first four, as their ids are ordered, but one is valid.
    let draft = scene.world.targets[PRODUCT].clone();
    let mut signers = secrets(PRODUCT, 6);
    signers.sort_by_key(sealift_tests::simulator::keyid);
    let genuine = String::from_utf8(sign_with(draft.value(), &signers)).unwrap();
    let mut forged = genuine.clone();
    for signature in genuine.match_indices(r#""sig":""#).take(3) {
        let at = signature.0 + 7;
        let digit = if &forged[at..=at] == "0" { "1" } else { "0" };
        forged.replace_range(at..=at, digit);
    }
    let stage = scene.snapshot().unwrap();
    let mut promised = scene.promise(&stage, PRODUCT).unwrap();
    (promised.length, promised.hashes) = (None, sealift_metadata::hashes::Hashes::default());
    let mut keys = None;
    let mut targets = stage.stream();
    pass(&mut targets, &scene.document("targets"), &mut |item| {
        let path = "images/watch/app/1/x";
        match item.role_for(path) {
            Some(name) => {
                assert_eq!(name.as_str(), PRODUCT);
                keys = Some(item.keys_for(path)?);
            }
            None => assert_eq!(item.keys_for(path).err(), Some(Error::NotDelegated)),
        }
        Ok(())
    });
    let verdict = |document: &str| {
        let mut stream = stage.stream_role(keys.clone().unwrap());
        pass(&mut stream, document.as_bytes(), &mut |_| Ok(()));
        stage.examine(&promised, &mut stream).map(drop)
    };
    assert_eq!(verdict(&genuine), Ok(()));
    let fact = Error::Threshold {
        role: Role::Targets,
        valid: 1,
        needed: 2,
    };
    assert_eq!(verdict(&forged), Err(fact));
}
