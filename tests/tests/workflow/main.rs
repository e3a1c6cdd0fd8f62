//! TUF 5.3 to 5.6, attacked step by step: what is refused, by which name, and that a refusal
//! leaves nothing behind.

mod roots;

use sealift_metadata::error::{Error, Role};
use sealift_metadata::name::{RoleName, Version};
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::trusted::{Floors, RootStage, TargetsStage};
use sealift_metadata::verify::Verified;
use sealift_metadata::write::{DelegationSpec, Draft, RoleSpec, Value};
use sealift_metadata::{Result, Time, limits};
use sealift_tests::simulator::{DAY, PRODUCT, START, Simulator, public, secrets, sign_with};

/// What a client holds after a refresh that went through.
struct Refreshed {
    floors: Floors,
    unchanged: bool,
}

/// One refresh, from the pinned root to the product's role.
fn refresh(world: &Simulator, floors: &Floors, now: Time) -> Result<Refreshed> {
    let mut roots = RootStage::begin(world.first_root(), floors.clone(), now)?;
    while let Some(root) = world.fetch_root(roots.wanted()) {
        roots.accept(root)?;
    }
    let timestamp = roots.finish()?.accept(&world.fetch_timestamp())?;
    let unchanged = timestamp.is_unchanged();
    let bytes = world.fetch_snapshot();
    let (mut stage, snapshot) = timestamp.accept(&bytes, None)?;
    follow_roles(world, &mut stage, &snapshot)?;
    Ok(Refreshed {
        floors: stage.floors().clone(),
        unchanged,
    })
}

fn follow_roles(
    world: &Simulator,
    stage: &mut TargetsStage,
    snapshot: &Verified<Snapshot<'_>>,
) -> Result<()> {
    let bytes = world.fetch("targets");
    let targets = stage.accept(snapshot, &bytes)?;
    stage.follow(&RoleName::targets(), &targets)?;
    let delegations = targets.delegations.ok_or(Error::NotDelegated)?;
    for path in [
        "channels/watch/stable.json",
        "images/watch/app/1.0.0/app.bin",
    ] {
        let delegation = delegations.find(path).ok_or(Error::NotDelegated)?;
        let bytes = world.fetch(delegation.name.as_str());
        let role = stage.accept_delegated(snapshot, &delegation, &bytes)?;
        stage.follow(&delegation.name, &role)?;
    }
    Ok(())
}

fn first_refresh(world: &Simulator) -> Floors {
    refresh(world, &Floors::default(), START)
        .expect("a healthy repository refreshes")
        .floors
}

/// The refusal of a refresh by a client that refreshed before the world was changed.
fn refusal(change: impl FnOnce(&mut Simulator)) -> Error {
    let mut world = Simulator::new();
    world.publish(PRODUCT, |_| {});
    let floors = first_refresh(&world);
    change(&mut world);
    refresh(&world, &floors, START)
        .err()
        .expect("the change is refused")
}

fn rollback(role: Role, floor: u64, offered: u64) -> Error {
    Error::Rollback {
        role,
        floor,
        offered,
    }
}

#[test]
fn a_healthy_repository_refreshes_and_raises_every_floor() {
    let floors = first_refresh(&Simulator::new());
    assert_eq!((floors.root, floors.timestamp, floors.snapshot), (1, 1, 1));
    let roles: Vec<&str> = floors.roles.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(roles, ["targets", "channels", PRODUCT]);
    assert_eq!(floors.time, START);
}

#[test]
fn the_same_timestamp_again_says_that_nothing_is_newer() {
    let world = Simulator::new();
    let floors = first_refresh(&world);
    assert!(
        refresh(&world, &floors, START)
            .expect("nothing changed")
            .unchanged
    );
}

#[test]
fn one_signature_short_of_the_threshold_is_refused_for_every_role() {
    for (name, role, valid, needed) in [
        ("timestamp", Role::Timestamp, 0, 1),
        ("snapshot", Role::Snapshot, 0, 1),
        ("targets", Role::Targets, 1, 2),
        ("channels", Role::Targets, 0, 1),
        (PRODUCT, Role::Targets, 1, 2),
    ] {
        let error = refusal(|world| {
            world.withheld.insert(name.into(), 1);
            world.timestamp_version = world.timestamp_version.next();
        });
        assert_eq!(
            error,
            Error::Threshold {
                role,
                valid,
                needed
            },
            "{name}"
        );
    }
}

#[test]
fn no_role_goes_backwards() {
    let back = Version::FIRST;
    assert_eq!(
        refusal(|world| world.timestamp_version = back),
        rollback(Role::Timestamp, 2, 1)
    );
    assert_eq!(
        refusal(|world| {
            world.snapshot_version = back;
            world.timestamp_version = world.timestamp_version.next();
        }),
        rollback(Role::Snapshot, 2, 1)
    );
    assert_eq!(
        refusal(|world| {
            world.publish("targets", |_| {});
            world.draft(PRODUCT).set_version(back);
        }),
        rollback(Role::Targets, 2, 1)
    );
}

#[test]
fn a_role_that_vanishes_from_the_snapshot_is_refused() {
    let vanish = |world: &mut Simulator| {
        world.publish("targets", |_| {});
        world.unlisted.insert(PRODUCT.into());
    };
    assert_eq!(refusal(vanish), Error::RoleVanished);
}

#[test]
fn a_role_nobody_followed_may_not_vanish_from_a_snapshot_that_is_still_at_hand() {
    let mut world = Simulator::new();
    let old = world.fetch_snapshot();
    let stage = |world: &Simulator| {
        RootStage::begin(world.first_root(), Floors::default(), START)?
            .finish()?
            .accept(&world.fetch_timestamp())
    };
    let (_, old) = stage(&world)
        .expect("healthy")
        .accept(&old, None)
        .expect("healthy");
    world.unlisted.insert("channels".into());
    let next = world.fetch_snapshot();
    let refused = stage(&world).expect("healthy").accept(&next, Some(&old));
    assert_eq!(refused.err(), Some(Error::RoleVanished));
    assert!(stage(&world).expect("healthy").accept(&next, None).is_ok());
}

#[test]
fn every_role_expires_at_its_second() {
    let late = |role: &str, seconds: u64| {
        let mut world = Simulator::new();
        let end = START.plus(10);
        match role {
            "root" => {
                world.rotate_root(|world| world.root.set_expires(end));
            }
            "online" => world.online_expires = end,
            role => world.publish(role, |draft| draft.set_expires(end)),
        }
        refresh(&world, &Floors::default(), START.plus(seconds)).err()
    };
    for (name, role) in [
        ("root", Role::Root),
        ("online", Role::Timestamp),
        ("targets", Role::Targets),
        ("channels", Role::Targets),
        (PRODUCT, Role::Targets),
    ] {
        assert_eq!(late(name, 9), None, "{name}");
        assert_eq!(
            late(name, 10),
            Some(Error::Expired {
                role,
                at: START.plus(10)
            }),
            "{name}"
        );
    }
}

#[test]
fn a_clock_set_back_does_not_revive_what_signers_know_to_be_past() {
    let mut world = Simulator::new();
    world.issued = START.plus(3 * DAY);
    let floors = first_refresh(&world);
    assert_eq!(floors.time, START.plus(3 * DAY));
    world.issued = START;
    world.online_expires = START.plus(2 * DAY);
    let error = refresh(&world, &floors, Time::EPOCH).err();
    assert_eq!(error.map(|error| error.name()), Some("expired"));
}

#[test]
fn a_timestamp_from_a_clock_that_went_wrong_wedges_nobody() {
    let healthy = Simulator::new();
    let floors = first_refresh(&healthy);
    for (online_days, issued_days) in [(7, 7), (7, 4000), (4000, 366)] {
        let mut world = Simulator::new();
        world.online_expires = START.plus(online_days * DAY);
        world.issued = START.plus(issued_days * DAY);
        let refused = refresh(&world, &floors, START).err();
        assert_eq!(refused, Some(Error::IssuedInFuture { at: world.issued }));
    }
    assert!(refresh(&healthy, &floors, START).is_ok());
}

#[test]
fn walking_again_from_the_pinned_root_forgets_nothing() {
    let mut world = Simulator::new();
    world.rotate_root(|world| world.set_keys("timestamp", "timestamp two", 1, 1));
    world.timestamp_version = Version::new(9).expect("not 0");
    world.snapshot_version = Version::new(8).expect("not 0");
    let floors = first_refresh(&world);
    assert_eq!((floors.root, floors.timestamp), (2, 9));
    // The device lost its root; the mirror replays an older timestamp of the same keys.
    world.timestamp_version = Version::new(3).expect("not 0");
    assert_eq!(
        refresh(&world, &floors, START).err(),
        Some(rollback(Role::Timestamp, 9, 3))
    );
}

#[test]
fn documents_of_two_moments_do_not_mix() {
    let mut world = Simulator::new();
    let old = world.fetch_snapshot();
    world.publish(PRODUCT, |_| {});
    let stage = || {
        RootStage::begin(world.first_root(), Floors::default(), START)?
            .finish()?
            .accept(&world.fetch_timestamp())
    };
    let refused = stage().expect("healthy").accept(&old, None).err();
    assert_eq!(refused, Some(Error::WrongDigest(Role::Snapshot)));
    let snapshot = world.fetch_snapshot();
    let (targets, snapshot) = stage()
        .expect("healthy")
        .accept(&snapshot, None)
        .expect("healthy");
    let refused = targets.accept(&snapshot, &world.fetch("channels")).err();
    assert_eq!(refused, Some(Error::WrongLength(Role::Targets)));
    let mut flipped = world.fetch("targets");
    flipped[20] ^= 1;
    let refused = targets.accept(&snapshot, &flipped).err();
    assert_eq!(refused, Some(Error::WrongDigest(Role::Targets)));
    assert_eq!(targets.promised(&snapshot, "nobody"), Err(Error::NotListed));
}

#[test]
fn every_bit_of_a_document_is_signed_or_promised() {
    let world = Simulator::new();
    let timestamp = world.fetch_timestamp();
    for index in 0..timestamp.len() {
        let mut flipped = timestamp.clone();
        flipped[index] ^= 1;
        let stage = RootStage::begin(world.first_root(), Floors::default(), START)
            .and_then(RootStage::finish)
            .expect("pinned");
        assert!(stage.accept(&flipped).is_err(), "byte {index}");
    }
}

#[test]
fn a_document_beyond_its_cap_is_refused_before_it_is_read() {
    let world = Simulator::new();
    let mut stage = RootStage::begin(world.first_root(), Floors::default(), START).expect("pinned");
    assert_eq!(
        stage.accept(&vec![b'{'; limits::ROOT_BYTES + 1]),
        Err(Error::TooLarge("root"))
    );
    let stage = stage.finish().expect("healthy");
    let endless = vec![b'{'; limits::TIMESTAMP_BYTES + 1];
    assert_eq!(
        stage.accept(&endless).err(),
        Some(Error::TooLarge("timestamp"))
    );
}

#[test]
fn a_document_of_another_role_or_specification_is_refused() {
    let world = Simulator::new();
    for (member, value, name) in [
        ("_type", Value::from("snapshot"), "wrong_role"),
        (
            "spec_version",
            Value::from("2.0.0"),
            "unsupported_spec_version",
        ),
        ("version", Value::from("1"), "malformed_json"),
        ("expires", Value::from("tomorrow"), "invalid_field"),
        ("meta", Value::from(Vec::<Value>::new()), "malformed_json"),
    ] {
        let bytes = world.fetch_timestamp();
        let mut draft = Draft::of_document(&bytes).expect("well formed");
        draft.set(member, value);
        let stage = RootStage::begin(world.first_root(), Floors::default(), START)
            .and_then(RootStage::finish)
            .expect("pinned");
        let error = stage.accept(&world.sign("timestamp", &draft)).err();
        assert_eq!(error.map(|error| error.name()), Some(name), "{member}");
    }
}
