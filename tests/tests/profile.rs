//! The device profile: what the weakest deployed device could not verify is never published.

use sealift_metadata::Time;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::limits::CHANNEL_BYTES;
use sealift_metadata::profile::Profile;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::write::{ChannelSpec, Draft, OfferSpec, SPEC_VERSION, Value, seal};
use sealift_tests::simulator::{START, Simulator};

#[test]
fn what_the_weakest_device_could_not_verify_is_not_published() {
    let world = Simulator::new();
    let profile = Profile::default();
    assert_eq!(profile.check(Role::Root, world.first_root()), Ok(()));
    let small = Profile {
        root_bytes: 100,
        ..profile
    };
    assert_eq!(
        small
            .check(Role::Root, world.first_root())
            .map_err(|error| error.code()),
        Err(132)
    );
    let few = Profile {
        keys_per_role: 2,
        ..profile
    };
    let refused = few.check(Role::Root, world.first_root());
    assert_eq!(refused, Err(Error::DeviceProfile("the number of keys")));
    let few = Profile {
        signatures: 1,
        ..profile
    };
    let refused = few.check(Role::Targets, &world.fetch("targets"));
    assert_eq!(
        refused,
        Err(Error::DeviceProfile("the number of signatures"))
    );
}

#[test]
fn a_root_that_lists_more_keys_than_devices_hold_is_not_published() {
    let mut world = Simulator::new();
    world.set_keys("root", "root", 5, 2);
    world.set_keys("targets", "targets", 6, 2);
    let fits = Profile::default().check(Role::Root, &world.sign("root", &world.root));
    // Eleven for the offline roles and one for each of two others are one too many.
    assert!(fits.is_err());
    world.set_keys("targets", "targets", 5, 2);
    let fits = Profile::default().check(Role::Root, &world.sign("root", &world.root));
    assert_eq!(fits, Ok(()));
}

#[test]
fn what_only_larger_devices_could_verify_is_not_published_for_small_ones() {
    let mut world = Simulator::new();
    let mut check = |officers: u8, keys: u8, threshold: u64| {
        world.set_keys("root", "root", officers, 1);
        world.set_keys("targets", "targets", keys, threshold);
        let root = world.sign("root", &world.root);
        assert_eq!(Profile::default().check(Role::Root, &root), Ok(()));
        Profile::small().check(Role::Root, &root)
    };
    let refused = |what| Err(Error::DeviceProfile(what));
    assert_eq!(check(3, 3, 2), Ok(()));
    assert_eq!(check(3, 4, 2), refused("the number of keys of a root"));
    assert_eq!(check(1, 5, 2), refused("the number of keys"));
    assert_eq!(check(3, 3, 3), refused("a threshold"));
}

#[test]
fn ids_that_only_this_build_could_hold_or_skip_are_not_published() {
    let profile = Profile::default();
    let dangling = |document: &[u8], role: Role| {
        let text = String::from_utf8(document.to_vec()).expect("ASCII");
        let ids: Vec<String> = (0..7).map(|id| format!("\"{id:064}\"")).collect();
        let start = text.find("\"keyids\":[").expect("has a role") + 10;
        let more = format!("{}{},{}", &text[..start], ids.join(","), &text[start..]);
        profile.check(role, more.as_bytes())
    };
    let refused = Err(Error::DeviceProfile("the number of keys"));
    let bins = |ids: usize| {
        let ids: Vec<Value> = (0..ids).map(|id| format!("{id:064}").into()).collect();
        let mut draft = Draft::new("targets", SPEC_VERSION, START);
        let roles = Value::from([("keyids", Value::from(ids))]);
        draft.set("delegations", Value::from([("succinct_roles", roles)]));
        profile.check(Role::Targets, &seal(draft.value(), &[]))
    };
    let most = usize::try_from(profile.keys_per_role).expect("is small");
    assert_eq!((bins(most), bins(most + 1)), (Ok(()), refused));
    let world = Simulator::new();
    assert_eq!(dangling(&world.fetch("targets"), Role::Targets), refused);
    assert_eq!(dangling(world.first_root(), Role::Root), refused);

    let mut world = Simulator::new();
    world.set_keys("targets", "targets", 5, 5);
    let refused = profile.check(Role::Root, &world.sign("root", &world.root));
    assert_eq!(refused, Err(Error::DeviceProfile("a threshold")));
}

#[test]
fn a_role_that_no_wearable_could_read_while_it_passes_by_is_not_published() {
    let profile = Profile::default();
    let mut world = Simulator::new();
    let check = |world: &Simulator| {
        let root = RootStage::begin(world.first_root(), Floors::default(), START);
        let root = root.expect("well formed");
        let keys = root.root().signers(Role::Targets);
        profile.check_passing(Role::Targets, &world.fetch("targets"), keys)
    };
    assert_eq!(check(&world), Ok(()));
    // The keys of all delegations stay in the window.
    for product in 0..40 {
        let (name, paths) = (format!("p{product}"), format!("images/p{product}/*/*/*"));
        world.delegate(&name, &[&paths], 1, 1);
    }
    let what = "the length of a member, or of the keys of all delegations,";
    assert_eq!(check(&world), Err(Error::DeviceProfile(what)));

    let mut world = Simulator::new();
    world.withheld.insert("targets".into(), 1);
    let what = "a threshold without enough signatures that devices know";
    assert_eq!(check(&world), Err(Error::DeviceProfile(what)));
}

#[test]
fn a_channel_whose_release_no_wearable_could_read_is_not_published() {
    let channel = |images: usize| {
        let offers = (0..images).map(|image| OfferSpec {
            release: "1.0.0".into(),
            component: "app".into(),
            path: format!("images/watch/app/1.0.0/app-{image}.bin"),
            from: None,
        });
        let document = ChannelSpec {
            product: "watch".into(),
            channel: "stable".into(),
            offers: offers.collect(),
        };
        Profile::default().check_channel(&document.value().encode())
    };
    assert_eq!(channel(20), Ok(()));
    let what = "the length of a release in a channel";
    assert_eq!(channel(200), Err(Error::DeviceProfile(what)));
    let too_long = vec![b' '; CHANNEL_BYTES + 1];
    let what = "the length of a channel's document";
    assert_eq!(
        Profile::default().check_channel(&too_long),
        Err(Error::DeviceProfile(what))
    );
    let truncated = Profile::default().check_channel(b"{");
    assert_eq!(truncated.map_err(|error| error.code()), Err(100));
}

#[test]
fn a_root_whose_threshold_needs_a_scheme_that_devices_do_not_know_is_not_published() {
    let mut world = Simulator::new();
    let text = String::from_utf8(world.root.value().encode()).expect("ASCII");
    let keyid = world
        .root
        .value()
        .get("roles")
        .and_then(|roles| roles.get("timestamp"));
    let keyid = keyid.and_then(|role| role.get("keyids")?.as_array()?.first()?.as_str());
    let keyid = keyid.expect("has a key");
    let start = text.find(&format!("\"{keyid}\":{{")).expect("is listed");
    let (before, after) = text.split_at(start);
    let after = after.replacen("\"ed25519\"", "\"ecdsa\"", 1);
    let payload = Value::decode(format!("{before}{after}").as_bytes()).expect("well formed");
    world.root = Draft::of_document(&seal(&payload, &[])).expect("well formed");
    let refused = Profile::default().check(Role::Root, &world.sign("root", &world.root));
    assert_eq!(
        refused,
        Err(Error::DeviceProfile(
            "a threshold without enough keys that devices know"
        ))
    );
}

#[test]
fn the_profile_is_signed_with_the_top_level_targets() {
    let mut draft = Draft::new("targets", SPEC_VERSION, Time::from_seconds(2_000_000_000));
    assert_eq!(
        Profile::of_targets(&seal(draft.value(), &[])),
        Ok(Profile::default())
    );
    draft.set(
        "x-sealift-device-profile",
        Value::from([("root_bytes", Value::from(4096))]),
    );
    let profile = Profile::of_targets(&seal(draft.value(), &[])).expect("well formed");
    assert_eq!(
        profile,
        Profile {
            root_bytes: 4096,
            ..Profile::default()
        }
    );
    let most = Profile::default();
    for (cap, most) in [
        ("root_bytes", most.root_bytes),
        ("timestamp_bytes", most.timestamp_bytes),
        ("snapshot_bytes", most.snapshot_bytes),
        ("targets_bytes", most.targets_bytes),
        ("keys_per_role", most.keys_per_role),
        ("signatures", most.signatures),
    ] {
        let mut profile = |value: u64| {
            let caps = Value::from([(cap, Value::from(value))]);
            draft.set("x-sealift-device-profile", caps);
            Profile::of_targets(&seal(draft.value(), &[])).map(drop)
        };
        assert_eq!(profile(most), Ok(()), "{cap}");
        let refused = Err(Error::Invalid("x-sealift-device-profile"));
        assert_eq!(profile(most + 1), refused, "{cap}");
    }
}
