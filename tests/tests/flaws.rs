//! Flaws that other implementations of TUF had, and the attacks that TUF is there for. Each has a
//! test, here or in the file that the tables name.
//!
//! | flaw of others | advisory | test |
//! |---|---|---|
//! | one signature counted twice | CVE-2020-6174, CVE-2020-15093, CVE-2026-6966 | `thresholds::one_id_may_sign_only_once` |
//! | one key under several ids | GHSA-3633-5h82-39pq | `thresholds::one_key_under_two_ids_counts_once` |
//! | a threshold of 0 | CVE-2026-23992 | `thresholds::a_threshold_of_zero_protects_nothing_and_is_refused`, `flaws::a_threshold_of_zero_is_refused_wherever_it_stands` |
//! | a flood of signatures | CVE-2020-6173 | `thresholds::a_flood_of_signatures_is_refused_before_any_is_checked` |
//! | a root not verified by itself | CVE-2020-15163 | `workflow::roots::a_root_that_its_own_keys_did_not_sign_is_refused` |
//! | an unverified root kept | CVE-2020-15163 | `reference_client_offline::a_root_that_was_not_verified_is_not_kept` |
//! | a root that is not exactly N+1 | CVE-2025-2885 | `workflow::roots::roots_are_walked_one_by_one_under_old_and_new_keys` |
//! | rollback checks left out | CVE-2022-29173, CVE-2025-2887 | `workflow::no_role_goes_backwards` |
//! | stuck with a timestamp whose snapshot was refused | CVE-2025-2888 | `reference_client_offline::a_timestamp_with_a_bad_snapshot_leaves_nobody_stuck` |
//! | delegated roles unchecked | CVE-2026-6967 | `flaws::a_delegated_role_is_held_to_length_hash_version_and_expiry` |
//! | `terminating` ignored, wrong walk | CVE-2025-2886, CVE-2024-47534 | `delegations::roles_are_asked_depth_first_in_the_order_of_their_listing` |
//! | a role verified for one delegator, believed for all | python-tuf #2977 | `delegations::a_role_reached_on_another_way_answers_to_the_keys_of_that_way`, `reference_client_offline::a_cached_role_answers_to_whoever_delegates_to_it_now` |
//! | paths in role names | CVE-2021-41131 | `reference_client_offline::a_role_named_like_a_path_stays_in_its_folder` |
//! | a role that poses as a top-level one | | `flaws::a_delegated_role_cannot_take_a_top_level_name`, `reference_client_offline::a_role_named_root_does_not_replace_the_root` |
//! | paths in target names, absolute names, links | CVE-2026-6968 | `reference_client_targets::a_target_named_like_a_path_stays_in_its_folder`, `reference_client_targets::a_link_in_the_way_of_a_target_is_not_followed` |
//! | paths in repository names | CVE-2026-24686 | `consensus::a_hostile_repository_name_stays_in_the_folder` |
//! | matching that depends on the platform, `*` across `/` | GHSA-qp9x-wp8f-qgjj | `flaws::a_pattern_matches_alike_on_every_platform`, `flaws::a_pattern_with_an_escape_is_refused` |
//! | panic on JSON of the wrong shape | CVE-2026-23991 | `flaws::a_value_of_the_wrong_shape_is_refused_without_a_panic` |
//! | an expired cache loses the floor | | `reference_client_offline::an_expired_timestamp_still_holds_its_floor` |
//! | bytes changed after verification | | `flaws::bytes_that_changed_after_verification_are_noticed` |
//! | algorithm not tied to the key's type | | `flaws::a_key_counts_only_under_the_scheme_of_its_type` |
//! | an expired root accepted | CVE-2015-9259 | `workflow::every_role_expires_at_its_second` |
//!
//! | attack | test |
//! |---|---|
//! | arbitrary installation | `workflow::one_signature_short_of_the_threshold_is_refused_for_every_role` |
//! | endless data | `workflow::a_document_beyond_its_cap_is_refused_before_it_is_read`, `reference_client_targets::a_target_is_read_to_its_signed_length_and_no_further`, `reference_client_offline::a_promise_of_endless_data_is_refused` |
//! | extraneous dependencies | `delegations::roles_are_asked_depth_first_in_the_order_of_their_listing` |
//! | fast-forward | `workflow::roots::new_online_keys_end_a_fast_forward_attack`, `reference_client_offline::new_online_keys_end_a_fast_forward_attack_on_disk` |
//! | indefinite freeze | `workflow::every_role_expires_at_its_second`, `workflow::a_clock_set_back_does_not_revive_what_signers_know_to_be_past` |
//! | malicious mirror | `reference_client_offline::a_mirror_can_refuse_but_not_deceive`, `consensus::a_mirror_that_fails_gives_way_to_the_next` |
//! | mix-and-match | `workflow::documents_of_two_moments_do_not_mix` |
//! | rollback | `workflow::no_role_goes_backwards`, `workflow::roots::an_older_root_than_the_trusted_one_is_refused` |
//! | wrong software | `reference_client_targets::another_file_under_the_name_of_a_target_is_refused` |

use std::fs;
use std::path::Path;

use sealift_metadata::error::{Error, Role};
use sealift_metadata::name::{RoleName, Version};
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::targets::Targets;
use sealift_metadata::trusted::{Floors, RootStage, TargetsStage, TimestampStage};
use sealift_metadata::verify::{Document as _, Verified};
use sealift_metadata::write::{Draft, RoleSpec, SPEC_VERSION, Value};
use sealift_metadata::{Result, Time};
use sealift_tests::simulator::{
    DAY, PRODUCT, START, Simulator, delegation, public, secrets, sign_with,
};

/// A client that took the root.
fn rooted(world: &Simulator) -> Result<TimestampStage> {
    RootStage::begin(world.first_root(), Floors::default(), START)?.finish()
}

/// A client that took this snapshot, which the timestamp promises.
fn snapshotted<'a>(
    world: &Simulator,
    snapshot: &'a [u8],
) -> Result<(TargetsStage, Verified<Snapshot<'a>>)> {
    rooted(world)?
        .accept(&world.timestamp_of(snapshot))?
        .accept(snapshot, None)
}

/// What a client says of the product's role, given what the snapshot lists and what is sent.
fn product(world: &Simulator, snapshot: &[u8], sent: &[u8], now: Time) -> Result<()> {
    let stage = RootStage::begin(world.first_root(), Floors::default(), now)?.finish()?;
    let (stage, snapshot) = stage
        .accept(&world.timestamp_of(snapshot))?
        .accept(snapshot, None)?;
    let targets = world.fetch("targets");
    let targets = stage.accept(&snapshot, &targets)?;
    let delegations = targets.delegations.ok_or(Error::NotDelegated)?;
    let delegation = delegations.named(PRODUCT).ok_or(Error::NotDelegated)?;
    stage
        .accept_delegated(&snapshot, &delegation, sent)
        .map(drop)
}

/// CVE-2026-6967
#[test]
fn a_delegated_role_is_held_to_length_hash_version_and_expiry() {
    let mut world = Simulator::new();
    world.online_expires = START.plus(400 * DAY);
    let snapshot = world.fetch_snapshot();
    let good = world.fetch(PRODUCT);
    let verdict = |sent: &[u8], now: Time| product(&world, &snapshot, sent, now);
    assert_eq!(verdict(&good, START), Ok(()));
    let longer = [&good[..], b" "].concat();
    assert_eq!(
        verdict(&longer, START),
        Err(Error::WrongLength(Role::Targets))
    );
    let mut other = good.clone();
    other[20] ^= 1;
    assert_eq!(
        verdict(&other, START),
        Err(Error::WrongDigest(Role::Targets))
    );
    let mut late = Simulator::new();
    late.draft(PRODUCT).set_expires(START.plus(10));
    let (snapshot, sent) = (late.fetch_snapshot(), late.fetch(PRODUCT));
    assert_eq!(
        product(&late, &snapshot, &sent, START.plus(10)),
        Err(Error::Expired {
            role: Role::Targets,
            at: START.plus(10)
        })
    );
    // The snapshot promises version 2 of what says that it is version 1.
    let mut listed = Draft::of_document(&world.fetch_snapshot()).expect("well formed");
    listed.set_meta(&format!("{PRODUCT}.json"), Version::FIRST.next(), &good);
    let snapshot = world.sign("snapshot", &listed);
    assert_eq!(
        product(&world, &snapshot, &good, START),
        Err(Error::WrongVersion {
            role: Role::Targets,
            promised: 2,
            offered: 1
        })
    );
}

/// CVE-2026-23992
#[test]
fn a_threshold_of_zero_is_refused_wherever_it_stands() {
    let spec = |name: &str| RoleSpec {
        keys: public(&secrets(name, 1)),
        threshold: 0,
    };
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let mut world = Simulator::new();
        world.rotate_root(|world| world.root.set_role(role, &spec(role)));
        let mut stage = RootStage::begin(world.first_root(), Floors::default(), START)
            .expect("the first root is healthy");
        assert_eq!(
            stage.accept(&world.roots[1]),
            Err(Error::ThresholdZero),
            "{role}"
        );
        assert_eq!(stage.root().version, Version::FIRST);
    }
    let mut world = Simulator::new();
    world.delegate(PRODUCT, &["images/*/*/*/*"], 1, 0);
    let snapshot = world.fetch_snapshot();
    let unsigned = sign_with(world.targets[PRODUCT].value(), &[]);
    let mut listed = Draft::of_document(&snapshot).expect("well formed");
    listed.set_meta(&format!("{PRODUCT}.json"), Version::FIRST, &unsigned);
    let snapshot = world.sign("snapshot", &listed);
    assert_eq!(
        product(&world, &snapshot, &unsigned, START),
        Err(Error::ThresholdZero)
    );
}

/// Where documents are kept by name, such a role would take the place of the real one.
#[test]
fn a_delegated_role_cannot_take_a_top_level_name() {
    for name in ["root", "timestamp", "snapshot", "targets"] {
        let mut draft = Draft::new("targets", SPEC_VERSION, START.plus(DAY));
        draft.set_delegation(&delegation(name, &["*"], &secrets(name, 1)));
        let bytes = draft.value().encode();
        assert_eq!(
            Targets::read(&bytes).err(),
            Some(Error::Invalid("delegations.roles.name")),
            "{name}"
        );
    }
}

/// GHSA-qp9x-wp8f-qgjj
#[test]
fn a_pattern_matches_alike_on_every_platform() {
    for (pattern, path, expected) in [
        ("a/*.bin", "a/b.bin", true),
        ("*", "a/b", false),
        ("a/*", "a/b/c", false),
        ("a*c", "a/c", false),
        ("a?c", "a/c", false),
        ("**", "a/b", false),
        ("a/**/c", "a/b/b/c", false),
        ("A/*", "a/b", false),
        ("a/[bc]", "a/b", false),
        ("a/{b,c}", "a/b", false),
        ("a/b", "a\\b", false),
        ("a/*", "a/b\\c", true),
        ("a/*", "a/.b", true),
        ("a/*", "./a/b", false),
    ] {
        let mut draft = Draft::new("targets", SPEC_VERSION, START.plus(DAY));
        draft.set_delegation(&delegation("x", &[pattern], &secrets("x", 1)));
        let bytes = draft.value().encode();
        let targets = Targets::read(&bytes).expect("well formed");
        let found = targets.delegations.expect("delegates").find(path);
        assert_eq!(found.is_some(), expected, "{pattern} {path}");
    }
}

/// GHSA-qp9x-wp8f-qgjj
#[test]
fn a_pattern_with_an_escape_is_refused() {
    let mut draft = Draft::new("targets", SPEC_VERSION, START.plus(DAY));
    draft.set_delegation(&delegation("x", &["a\\*"], &secrets("x", 1)));
    let refused = Targets::read(&draft.value().encode()).err();
    assert_eq!(refused.map(|error| error.name()), Some("malformed_json"));
}

/// What was verified is not verified any more once its bytes come from elsewhere.
#[test]
fn bytes_that_changed_after_verification_are_noticed() {
    let mut world = Simulator::new();
    let bytes = world.fetch_snapshot();
    let (stage, snapshot) = snapshotted(&world, &bytes).expect("healthy");
    assert!(Verified::<Snapshot<'_>>::reopen(&bytes, stage.snapshot()).is_ok());
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        let refused = Verified::<Snapshot<'_>>::reopen(&changed, stage.snapshot()).err();
        assert_eq!(refused, Some(Error::WrongDigest(Role::Snapshot)), "{index}");
    }
    // A snapshot that was verified for another refresh promises nothing in this one.
    world.publish(PRODUCT, |_| {});
    let other = world.fetch_snapshot();
    let (other_stage, _) = snapshotted(&world, &other).expect("healthy");
    let product = RoleName::new(PRODUCT).expect("short");
    assert_eq!(
        other_stage.promised(&snapshot, product.as_str()),
        Err(Error::WrongDigest(Role::Snapshot))
    );
}

/// Who signs must not choose how the signature is checked.
#[test]
fn a_key_counts_only_under_the_scheme_of_its_type() {
    for (keytype, scheme) in [
        ("rsa", "ed25519"),
        ("ecdsa", "ed25519"),
        ("ed25519", "ecdsa-sha2-nistp256"),
        ("ed25519", "rsassa-pss-sha256"),
        ("ed25519", "hmac-sha256"),
        ("", ""),
    ] {
        let mut world = Simulator::new();
        let mut root = world.root.value().clone();
        let keys = root.members().get_mut("keys").expect("has keys").members();
        for key in keys.values_mut() {
            key.members().insert("keytype".into(), keytype.into());
            key.members().insert("scheme".into(), scheme.into());
        }
        world.roots[0] = sign_with(&root, &world.signers["root"]);
        assert_eq!(
            rooted(&world).err(),
            Some(Error::Threshold {
                role: Role::Root,
                valid: 0,
                needed: 2
            }),
            "{keytype} {scheme}"
        );
    }
}

/// `value` with each of its parts in turn put in another shape.
fn misshapen(value: &Value) -> Vec<Value> {
    let mut all = vec![
        Value::Null,
        Value::Bool(true),
        Value::Number(0),
        Value::Number(u64::MAX),
        Value::from(""),
        Value::from("é\\\""),
        Value::Array(Vec::new()),
        Value::Array(vec![Value::Null]),
        Value::from([]),
        Value::from([("", Value::Null)]),
    ];
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                all.extend(misshapen(item).into_iter().map(|item| {
                    let mut items = items.clone();
                    items[index] = item;
                    Value::Array(items)
                }));
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                all.extend(misshapen(member).into_iter().map(|member| {
                    let mut members = members.clone();
                    members.insert(name.clone(), member);
                    Value::Object(members)
                }));
            }
        }
        _ => {}
    }
    all
}

/// CVE-2026-23991
#[test]
fn a_value_of_the_wrong_shape_is_refused_without_a_panic() {
    let mut world = Simulator::new();
    world
        .draft(PRODUCT)
        .set_target("a/b", 1, &sealift_metadata::Digest::of(b"x"), None);
    let root = world.root.value().clone();
    for root in misshapen(&root) {
        world.roots[0] = sign_with(&root, &world.signers["root"]);
        // Some are fine: nobody reads the value of an unknown member, or a key that never signs.
        let _ = rooted(&world);
    }
    world = Simulator::new();
    let draft = |bytes: &[u8]| {
        Draft::of_document(bytes)
            .expect("well formed")
            .value()
            .clone()
    };
    let (mut tried, mut refused) = (0, 0);
    let stage = rooted(&world).expect("healthy");
    for timestamp in misshapen(&draft(&world.fetch_timestamp())) {
        let bytes = sign_with(&timestamp, &world.signers["timestamp"]);
        tried += 1;
        refused += usize::from(stage.clone().accept(&bytes).is_err());
    }
    for snapshot in misshapen(&draft(&world.fetch_snapshot())) {
        let bytes = sign_with(&snapshot, &world.signers["snapshot"]);
        tried += 1;
        refused += usize::from(snapshotted(&world, &bytes).is_err());
    }
    for targets in misshapen(world.targets["targets"].value()) {
        tried += 1;
        refused += usize::from(Targets::read(&targets.encode()).is_err());
    }
    // A handful of values may be anything: a digest of an algorithm that nobody knows, a length.
    assert!(refused * 10 > tried * 7, "{refused} of {tried}");
}

/// CVE-2026-23991
#[test]
fn an_envelope_of_the_wrong_shape_is_refused_without_a_panic() {
    let world = Simulator::new();
    let stage = rooted(&world).expect("healthy");
    let envelope = Value::decode(&world.fetch_timestamp()).expect("canonical");
    for envelope in misshapen(&envelope) {
        assert!(
            stage.clone().accept(&envelope.encode()).is_err(),
            "{envelope:?}"
        );
    }
}

#[test]
fn the_table_names_tests_that_exist() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let read = |module: &str| {
        let path = module.replace("::", "/");
        let file = fs::read_to_string(folder.join(format!("{path}.rs")));
        file.or_else(|_| fs::read_to_string(folder.join(path).join("main.rs")))
    };
    let own = read("flaws").expect("this file");
    let table = own.lines().filter(|line| line.starts_with("//! |"));
    let named: Vec<(&str, &str)> = table
        .flat_map(|line| line.split('`'))
        .filter_map(|text| text.rsplit_once("::"))
        .collect();
    assert!(named.len() > 30);
    for (file, test) in named {
        let text = read(file).unwrap_or_default();
        assert!(
            text.contains(&format!("#[test]\nfn {test}(")),
            "{file}::{test}"
        );
    }
}
