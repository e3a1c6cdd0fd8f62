//! Delegations, attacked: who is asked for a target, in which order, and who never is.

use sealift_metadata::Result;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::name::RoleName;
use sealift_metadata::search::{Search, Step};
use sealift_metadata::targets::Targets;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::verify::{Document as _, verify_threshold};
use sealift_metadata::write::{Draft, SPEC_VERSION, Value};
use sealift_metadata::{Digest, Time};
use sealift_tests::simulator::{self, START, Simulator, public, secrets};

const PATH: &str = "a/b/c";

/// One delegation of a tree: from, to, patterns, terminating.
type Edge<'a> = (&'a str, &'a str, &'a [&'a str], bool);

/// A repository with these delegations, and the target `PATH` in these roles.
fn world(edges: &[Edge<'_>], holders: &[&str]) -> Simulator {
    let mut world = Simulator::new();
    for (from, to, paths, terminating) in edges {
        let keys = secrets(to, 1);
        let mut spec = simulator::delegation(to, paths, &keys);
        spec.terminating = *terminating;
        world.signers.insert((*to).into(), keys);
        world.draft(from).set_delegation(&spec);
        let empty = || Draft::new("targets", SPEC_VERSION, START.plus(1000));
        world.targets.entry((*to).into()).or_insert_with(empty);
    }
    for holder in holders {
        world
            .draft(holder)
            .set_target(PATH, 1, &Digest::of(holder.as_bytes()), None);
    }
    world
}

/// Searches `PATH`: the roles that were asked, and the one that knew.
fn search<const N: usize>(world: &Simulator) -> Result<(Vec<String>, Option<String>)> {
    let snapshot = world.fetch_snapshot();
    let stage = RootStage::begin(world.first_root(), Floors::default(), START)?.finish()?;
    let (stage, snapshot) = stage
        .accept(&world.fetch_timestamp())?
        .accept(&snapshot, None)?;
    let mut search = Search::<N>::new(PATH);
    let mut asked = Vec::new();
    let bytes = world.fetch("targets");
    let mut step = search.look(&RoleName::targets(), &stage.accept(&snapshot, &bytes)?)?;
    while step == Step::GoOn {
        let Some(wanted) = search.next_role() else {
            return Ok((asked, None));
        };
        asked.push(wanted.name.to_string());
        let bytes = world.fetch(wanted.name.as_str());
        let role = stage.accept_role(&snapshot, &wanted.name, &wanted.keys, &bytes)?;
        step = search.look(&wanted.name, &role)?;
    }
    let found = asked.last().cloned();
    Ok((asked, found))
}

/// Delegations, roles that list the target, roles that are asked, and the one that knew.
type Case<'a> = (
    &'a [Edge<'a>],
    &'a [&'a str],
    &'a [&'a str],
    Option<&'a str>,
);

const ANY: &[&str] = &["*/*/*"];

#[test]
fn roles_are_asked_depth_first_in_the_order_of_their_listing() {
    let table: &[Case<'_>] = &[
        (&[("targets", "x", ANY, false)], &["x"], &["x"], Some("x")),
        (&[("targets", "x", &["*/*"], false)], &["x"], &[], None),
        (
            &[
                ("targets", "x", ANY, false),
                ("targets", "y", ANY, false),
                ("x", "z", ANY, false),
            ],
            &["y", "z"],
            &["x", "z"],
            Some("z"),
        ),
        // The listing decides, not the alphabet.
        (
            &[("targets", "y", ANY, false), ("targets", "x", ANY, false)],
            &["x", "y"],
            &["y"],
            Some("y"),
        ),
        // A terminating role ends the search even where nothing was found.
        (
            &[("targets", "x", ANY, true), ("targets", "y", ANY, false)],
            &["y"],
            &["x"],
            None,
        ),
        // Deep in the tree too, and its own delegations are still asked.
        (
            &[
                ("targets", "x", ANY, false),
                ("targets", "y", ANY, false),
                ("x", "z", ANY, true),
                ("z", "w", ANY, false),
            ],
            &["y"],
            &["x", "z", "w"],
            None,
        ),
        // A terminating role for other paths ends nothing.
        (
            &[
                ("targets", "x", &["b/*/*"], true),
                ("targets", "y", ANY, false),
            ],
            &["y"],
            &["y"],
            Some("y"),
        ),
        // A cycle ends.
        (
            &[
                ("targets", "x", ANY, false),
                ("x", "y", ANY, false),
                ("y", "x", ANY, false),
            ],
            &[],
            &["x", "y"],
            None,
        ),
    ];
    for (edges, holders, asked, found) in table {
        let (seen, knew) = search::<8>(&world(edges, holders)).expect("a healthy tree");
        assert_eq!(seen, *asked, "{edges:?}");
        assert_eq!(knew.as_deref(), *found, "{edges:?}");
    }
}

#[test]
fn a_role_reached_on_another_way_answers_to_the_keys_of_that_way() {
    let edges: &[Edge<'_>] = &[
        ("targets", "x", &["no/*"], false),
        ("targets", "y", ANY, false),
        ("y", "x", ANY, false),
    ];
    let mut world = world(edges, &["x"]);
    assert_eq!(
        search::<8>(&world).map(|(_, found)| found),
        Ok(Some("x".into()))
    );
    // Whoever delegates to it now trusts other keys than those that signed it.
    let others = simulator::delegation("x", ANY, &secrets("others", 1));
    world.draft("y").set_delegation(&others);
    let refused = Error::Threshold {
        role: Role::Targets,
        valid: 0,
        needed: 1,
    };
    assert_eq!(search::<8>(&world).map(|(_, found)| found), Err(refused));
}

#[test]
fn a_search_visits_no_more_roles_than_its_cap() {
    let names: Vec<String> = (0..6).map(|index| format!("role-{index}")).collect();
    let mut edges = vec![("targets", names[0].as_str(), ANY, false)];
    for pair in names.windows(2) {
        edges.push((&pair[0], &pair[1], ANY, false));
    }
    let world = world(&edges, &["role-5"]);
    assert_eq!(
        search::<7>(&world).map(|(_, found)| found),
        Ok(Some("role-5".into()))
    );
    let refused = search::<6>(&world).map(|(_, found)| found);
    assert_eq!(refused, Err(Error::TooLarge("roles of a search")));
}

#[test]
fn a_missing_or_bad_role_on_the_way_ends_the_search() {
    let edges: &[Edge<'_>] = &[("targets", "x", ANY, false), ("targets", "y", ANY, false)];
    let mut unlisted = world(edges, &["y"]);
    unlisted.unlisted.insert("x".into());
    assert_eq!(search::<8>(&unlisted).err(), Some(Error::NotListed));
    let mut unsigned = world(edges, &["y"]);
    unsigned.withheld.insert("x".into(), 1);
    assert_eq!(
        search::<8>(&unsigned).err().map(|error| error.name()),
        Some("threshold_not_met")
    );
}

/// A targets role whose delegations are `delegations`.
fn role(delegations: &Value) -> Vec<u8> {
    let mut draft = Draft::new("targets", SPEC_VERSION, Time::from_seconds(2_000_000_000));
    draft.set("delegations", delegations.clone());
    draft.value().encode()
}

fn delegation(members: &[(&str, Value)]) -> Value {
    let mut role = Value::from([
        ("keyids", Value::from(Vec::<Value>::new())),
        ("name", Value::from("x")),
        ("terminating", Value::from(false)),
        ("threshold", Value::from(1)),
    ]);
    for (name, value) in members {
        role.members().insert((*name).into(), value.clone());
    }
    Value::from([
        ("keys", Value::from([])),
        ("roles", Value::Array(vec![role])),
    ])
}

#[test]
fn a_role_may_be_trusted_by_the_hash_of_a_path() {
    let digest = Digest::of(PATH.as_bytes()).to_string();
    for (prefix, expected) in [
        (digest[..1].to_owned(), true),
        (digest[..8].to_owned(), true),
        (digest.clone(), true),
        (format!("{digest}0"), false),
        (digest[1..9].to_owned(), false),
        (
            digest[..8].to_uppercase(),
            digest[..8].to_uppercase() == digest[..8],
        ),
    ] {
        let prefixes = Value::from(vec![prefix.as_str()]);
        let bytes = role(&delegation(&[("path_hash_prefixes", prefixes)]));
        let targets = Targets::read(&bytes).expect("well formed");
        let found = targets.delegations.expect("delegates").find(PATH);
        assert_eq!(found.is_some(), expected, "{prefix}");
        assert!(found.is_none_or(|found| found.is_by_hash()));
    }
}

#[test]
fn a_role_is_trusted_by_paths_or_by_hashes_never_by_both_or_neither() {
    let list = || Value::from(vec!["a"]);
    let both = role(&delegation(&[
        ("paths", list()),
        ("path_hash_prefixes", list()),
    ]));
    let error = |bytes: &[u8]| Targets::read(bytes).err();
    assert_eq!(
        error(&both),
        Some(Error::Invalid("delegations.roles.paths"))
    );
    assert_eq!(
        error(&role(&delegation(&[]))),
        Some(Error::Missing("delegations.roles.paths"))
    );
}

#[test]
fn a_delegation_says_by_what_its_role_is_trusted() {
    let list = || Value::from(vec!["b/*", "a"]);
    for (member, by_hash, paths) in [
        ("paths", false, &["b/*", "a"][..]),
        ("path_hash_prefixes", true, &[]),
    ] {
        let bytes = role(&delegation(&[(member, list())]));
        let targets = Targets::read(&bytes).expect("well formed");
        let delegations = targets.delegations.expect("delegates");
        assert!(!delegations.is_succinct(), "{member}");
        let found = delegations.named("x").expect("listed");
        assert_eq!(found.is_by_hash(), by_hash);
        let mut seen = Vec::new();
        let read = found.paths().for_each(|path| {
            seen.push(path);
            Ok(())
        });
        assert_eq!((read, seen.as_slice()), (Ok(()), paths));
    }
}

fn bins(bit_length: u64) -> Value {
    let keys = secrets("bins", 1);
    let spec = public(&keys).remove(0);
    let roles = Value::from([
        ("bit_length", Value::from(bit_length)),
        ("keyids", Value::from(vec![spec.keyid()])),
        ("name_prefix", Value::from("bin")),
        ("threshold", Value::from(1)),
    ]);
    Value::from([
        ("keys", Value::from([(spec.keyid(), spec.value().clone())])),
        ("succinct_roles", roles),
    ])
}

#[test]
fn a_succinct_bin_is_named_by_the_first_bits_of_the_hash() {
    let first = u32::from_be_bytes(
        *Digest::of(PATH.as_bytes())
            .as_bytes()
            .first_chunk()
            .unwrap(),
    );
    for (bits, digits) in [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3), (32, 8)] {
        let bytes = role(&bins(bits));
        let delegations = Targets::read(&bytes)
            .expect("well formed")
            .delegations
            .expect("some");
        assert!(delegations.is_succinct());
        let found = delegations.find(PATH).expect("every path has a bin");
        assert_eq!(
            found.name.as_str(),
            format!("bin-{:0digits$x}", first >> (32 - bits))
        );
        assert!(!found.terminating);
        assert_eq!(found.keys().expect("well formed").threshold, 1);
        assert!(delegations.named(found.name.as_str()).is_some());
    }
}

#[test]
fn only_bins_that_exist_are_roles() {
    let bytes = role(&bins(5));
    let delegations = Targets::read(&bytes)
        .expect("well formed")
        .delegations
        .expect("some");
    for (name, expected) in [
        ("bin-00", true),
        ("bin-1f", true),
        ("bin-20", false),
        ("bin-1F", false),
        ("bin-0", false),
        ("bin-000", false),
        ("bin-+1", false),
        ("bin1f", false),
        ("other-00", false),
        ("", false),
    ] {
        assert_eq!(delegations.named(name).is_some(), expected, "{name}");
    }
}

#[test]
fn bins_of_no_bits_or_too_many_are_refused() {
    for bits in [0, 33, u64::MAX] {
        let refused = Targets::read(&role(&bins(bits))).err();
        assert_eq!(refused, Some(Error::Invalid("succinct_roles.bit_length")));
    }
    let mut both = bins(3);
    both.members()
        .insert("roles".into(), Value::from(Vec::<Value>::new()));
    assert_eq!(
        Targets::read(&role(&both)).err(),
        Some(Error::Invalid("delegations.roles"))
    );
}

#[test]
fn a_succinct_bin_is_found_and_verified() {
    let mut world = Simulator::new();
    world.signers.insert("bin".into(), secrets("bins", 1));
    let first = Digest::of(PATH.as_bytes()).as_bytes()[0] >> 6;
    let name = format!("bin-{first:x}");
    world.signers.insert(name.clone(), secrets("bins", 1));
    let mut bin = Draft::new("targets", SPEC_VERSION, START.plus(1000));
    bin.set_target(PATH, 1, &Digest::of(b"x"), None);
    world.targets.insert(name.clone(), bin);
    world.draft("targets").set("delegations", bins(2));
    assert_eq!(
        search::<4>(&world),
        Ok((vec![name.clone()], Some(name.clone())))
    );
    let document = world.fetch(&name);
    let stranger = RoleKeysOf("stranger").keys();
    assert!(verify_threshold::<Targets<'_>>(&document, &stranger).is_err());
}

/// The keys of a delegation to a role of this name.
struct RoleKeysOf<'a>(&'a str);

impl RoleKeysOf<'_> {
    fn keys(&self) -> sealift_metadata::verify::RoleKeys {
        let mut draft = Draft::new("targets", SPEC_VERSION, START);
        draft.set_delegation(&simulator::delegation(self.0, &["*"], &secrets(self.0, 1)));
        let bytes = draft.value().encode();
        let targets = Targets::read(&bytes).expect("well formed");
        let delegations = targets.delegations.expect("delegates");
        delegations
            .named(self.0)
            .expect("listed")
            .keys()
            .expect("has keys")
    }
}
