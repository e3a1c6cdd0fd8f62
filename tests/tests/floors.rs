//! What a device remembers: what raises it, and the only thing that makes it forget.

use sealift_metadata::error::Error;
use sealift_metadata::trusted::{Floors, RootStage, SnapshotStage, TargetsStage, TimestampStage};
use sealift_metadata::write::RoleSpec;
use sealift_metadata::{Result, Time};
use sealift_tests::simulator::{DAY, START, Simulator, public, secrets};

/// Walks all roots that are published.
fn walk(world: &Simulator, floors: &Floors) -> Result<RootStage> {
    let mut roots = RootStage::begin(world.first_root(), floors.clone(), START)?;
    for root in world.roots.iter().skip(1) {
        roots.accept(root)?;
    }
    Ok(roots)
}

fn timestamp(world: &Simulator, floors: &Floors) -> Result<SnapshotStage> {
    walk(world, floors)?
        .finish()?
        .accept(&world.fetch_timestamp())
}

fn targets(world: &Simulator) -> Result<TargetsStage> {
    let bytes = world.fetch_snapshot();
    let stage = timestamp(world, &Floors::default())?;
    Ok(stage.accept(&bytes, None)?.0)
}

fn remembered() -> Floors {
    Floors {
        timestamp: 70,
        snapshot: 60,
        time: START.plus(DAY),
        ..Floors::default()
    }
}

/// Lets these keys, in this order, sign for an online role.
fn set_keys(world: &mut Simulator, role: &str, names: &[&str]) {
    let secrets: Vec<_> = names.iter().flat_map(|name| secrets(name, 1)).collect();
    let keys = public(&secrets);
    world.root.set_role(role, &RoleSpec { keys, threshold: 1 });
    world.signers.insert(role.into(), secrets);
}

#[test]
fn only_other_online_keys_make_a_device_forget_versions_and_time() {
    let all = (70, 60, START.plus(DAY));
    let versions = (0, 0, START.plus(DAY));
    let time_too = (0, 0, Time::EPOCH);
    let table: &[(&str, &[&str], &[&str], _)] = &[
        ("timestamp", &["a", "b"], &["a", "b"], all),
        ("timestamp", &["a", "b"], &["b", "a"], all),
        ("timestamp", &["a"], &["b"], time_too),
        ("timestamp", &["a"], &["a", "b"], time_too),
        ("timestamp", &["a", "b"], &["a"], time_too),
        ("snapshot", &["a", "b"], &["b", "a"], all),
        ("snapshot", &["a"], &["b"], versions),
        ("snapshot", &["a"], &["a", "b"], versions),
        ("snapshot", &["a", "b"], &["b"], versions),
    ];
    for (role, old, new, expected) in table {
        let mut world = Simulator::new();
        world.roots.clear();
        set_keys(&mut world, role, old);
        world.publish_root();
        world.rotate_root(|world| set_keys(world, role, new));
        let roots = walk(&world, &remembered()).expect("a healthy walk");
        let floors = roots.floors();
        let kept = (floors.timestamp, floors.snapshot, floors.time);
        assert_eq!(kept, *expected, "{role}: {old:?} to {new:?}");
    }
}

#[test]
fn a_timestamp_of_a_higher_version_is_no_repetition() {
    let mut world = Simulator::new();
    let floors = |world: &Simulator| {
        let stage = timestamp(world, &Floors::default());
        stage.expect("healthy").floors().clone()
    };
    let old = floors(&world);
    let unchanged = |world: &Simulator| timestamp(world, &old).map(|stage| stage.is_unchanged());
    assert_eq!(unchanged(&world), Ok(true));
    world.timestamp_version = world.timestamp_version.next();
    assert_eq!(unchanged(&world), Ok(false));
}

#[test]
fn a_kept_timestamp_raises_floors_and_a_forged_one_none() {
    let mut world = Simulator::new();
    let first = world.fetch_timestamp();
    world.publish("targets", |_| {});
    let kept = world.fetch_timestamp();
    let stage = || walk(&world, &Floors::default()).and_then(RootStage::finish);
    let raised = |stage: &TimestampStage| (stage.floors().timestamp, stage.floors().snapshot);

    let mut stage = stage().expect("healthy");
    let mut forged = kept.clone();
    let last = forged.len() - 10;
    forged[last] ^= 1;
    assert!(stage.remember(&forged).is_err());
    assert_eq!(raised(&stage), (0, 0));
    stage.remember(&kept).expect("signed");
    assert_eq!(raised(&stage), (2, 2));
    stage.remember(&first).expect("signed");
    assert_eq!(raised(&stage), (2, 2), "an older one lowers nothing");
    let refused = stage.accept(&first).err().map(|error| error.name());
    assert_eq!(refused, Some("rollback"));
}

#[test]
fn the_floor_of_time_rises_with_what_signers_vouch_for_and_never_falls() {
    let mut stage = targets(&Simulator::new()).expect("healthy");
    assert_eq!(stage.floors().time, START);
    for (signed, expected) in [(9, 9), (5, 9), (10, 10)] {
        stage.raise_time(START.plus(signed));
        assert_eq!(stage.floors().time, START.plus(expected));
    }
}

#[test]
fn file_names_carry_digests_where_the_root_says_so() {
    for consistent in [true, false] {
        let mut world = Simulator::new();
        world.roots.clear();
        world.root.set("consistent_snapshot", consistent);
        world.publish_root();
        let snapshot = timestamp(&world, &Floors::default()).expect("healthy");
        assert_eq!(snapshot.consistent_snapshot(), consistent);
        let targets = targets(&world).expect("healthy");
        assert_eq!(targets.consistent_snapshot(), consistent);
    }
}

#[test]
fn a_refresh_walks_only_so_many_roots() {
    let mut world = Simulator::new();
    let most = usize::try_from(sealift_metadata::limits::ROOT_ROTATIONS).expect("a small number");
    for _ in 0..most {
        world.rotate_root(|_| {});
    }
    let mut stage = RootStage::begin(world.first_root(), Floors::default(), START).expect("pinned");
    for root in world.roots.iter().skip(1) {
        assert!(!stage.is_exhausted());
        stage.accept(root).expect("healthy");
    }
    assert!(stage.is_exhausted());
    assert_eq!(stage.wanted().get(), 66);
}

#[test]
fn a_root_as_long_as_its_cap_is_read_and_one_byte_more_is_not() {
    let mut world = Simulator::new();
    let cap = sealift_metadata::limits::ROOT_BYTES;
    let missing = cap - world.first_root().len() - br#","x-pad":"""#.len();
    let root = |world: &mut Simulator, length: usize| {
        world.roots.clear();
        world.root.set("x-pad", "x".repeat(length));
        world.publish_root();
        let stage = RootStage::begin(world.first_root(), Floors::default(), START);
        (world.first_root().len(), stage.err())
    };
    assert_eq!(root(&mut world, missing), (cap, None));
    let refused = (cap + 1, Some(Error::TooLarge("root")));
    assert_eq!(root(&mut world, missing + 1), refused);
}
