//! TUF 5.3, attacked: rotations of the root, and of the keys that it names.

use super::*;

#[test]
fn roots_are_walked_one_by_one_under_old_and_new_keys() {
    let mut world = Simulator::new();
    world.rotate_root(|world| world.set_keys("root", "root two", 3, 2));
    world.rotate_root(|world| world.set_keys("targets", "targets two", 3, 2));
    assert_eq!(first_refresh(&world).root, 3);

    // Version 3 does not follow version 1.
    let mut stage = RootStage::begin(world.first_root(), Floors::default(), START).expect("pinned");
    assert_eq!(
        stage.accept(&world.roots[2]),
        Err(Error::Threshold {
            role: Role::Root,
            valid: 0,
            needed: 2
        })
    );
    let same_keys_too_far = {
        let mut root = world.root.clone();
        root.set_version(Version::new(4).expect("not 0"));
        root.set_role(
            "root",
            &RoleSpec {
                keys: public(&secrets("root", 3)),
                threshold: 2,
            },
        );
        sign_with(root.value(), &secrets("root", 3))
    };
    assert_eq!(
        stage.accept(&same_keys_too_far),
        Err(Error::WrongVersion {
            role: Role::Root,
            promised: 2,
            offered: 4
        })
    );
    assert_eq!(stage.floors().root, 0);
}

#[test]
fn a_root_that_its_own_keys_did_not_sign_is_refused() {
    let mut world = Simulator::new();
    let old = secrets("root", 3);
    world.set_keys("root", "root two", 3, 2);
    world.root.set_version(Version::new(2).expect("not 0"));
    let document = sign_with(world.root.value(), &old);
    let mut stage = RootStage::begin(world.first_root(), Floors::default(), START).expect("pinned");
    assert_eq!(
        stage.accept(&document),
        Err(Error::Threshold {
            role: Role::Root,
            valid: 0,
            needed: 2
        })
    );
    assert_eq!(stage.wanted().get(), 2);
}

#[test]
fn an_older_root_than_the_trusted_one_is_refused() {
    let mut world = Simulator::new();
    world.rotate_root(|_| {});
    let floors = first_refresh(&world);
    world.roots.truncate(1);
    assert_eq!(
        refresh(&world, &floors, START).err(),
        Some(rollback(Role::Root, 2, 1))
    );
}

#[test]
fn new_online_keys_end_a_fast_forward_attack() {
    for role in ["timestamp", "snapshot"] {
        let mut world = Simulator::new();
        let far = Version::new(u64::MAX).expect("not 0");
        world.snapshot_version = far;
        world.timestamp_version = far;
        let floors = first_refresh(&world);
        world.snapshot_version = Version::FIRST;
        world.timestamp_version = Version::FIRST;
        let stuck = refresh(&world, &floors, START).err();
        assert_eq!(stuck, Some(rollback(Role::Timestamp, u64::MAX, 1)));
        world.rotate_root(|world| world.set_keys(role, "online two", 1, 1));
        assert_eq!(first_refresh(&world).timestamp, 1, "{role}");
        assert!(refresh(&world, &floors, START).is_ok(), "{role}");
    }
}

#[test]
fn keys_that_were_dropped_sign_nothing_any_more() {
    for (name, role, keys) in [
        ("timestamp", Role::Timestamp, 1),
        ("snapshot", Role::Snapshot, 1),
        ("targets", Role::Targets, 2),
        (PRODUCT, Role::Targets, 2),
    ] {
        let mut world = Simulator::new();
        let floors = first_refresh(&world);
        if name == PRODUCT {
            world.publish("targets", |draft| draft.set_delegation(&handed_over(keys)));
        } else {
            world.rotate_root(|world| world.set_keys(name, "others", keys, keys.into()));
        }
        world.signers.insert(name.into(), secrets(name, keys));
        let short = Error::Threshold {
            role,
            valid: 0,
            needed: keys,
        };
        assert_eq!(refresh(&world, &floors, START).err(), Some(short), "{name}");
        world.signers.insert(name.into(), secrets("others", keys));
        assert!(refresh(&world, &floors, START).is_ok(), "{name}");
    }
}

/// The delegation to the product's role, with keys of others.
fn handed_over(keys: u8) -> DelegationSpec {
    DelegationSpec {
        name: PRODUCT.into(),
        paths: vec![format!("images/{PRODUCT}/*/*/*")],
        terminating: true,
        role: RoleSpec {
            keys: public(&secrets("others", keys)),
            threshold: keys.into(),
        },
    }
}
