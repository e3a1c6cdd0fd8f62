//! Hostile delegations under valid signatures: whoever signs for a role may delegate in circles, to
//! everybody, or in bytes that are hardly a document. A search ends all the same, asks nobody
//! twice and no more roles than its cap; and where every document is well formed, it goes the way
//! that the specification tells as a recursion.
//!
//! The first byte says how many delegations there are, the second which roles list the target;
//! then come three bytes for each delegation. What is left changes one payload before it is signed:
//! which, where, how much of it makes way, and what is put there.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::name::RoleName;
use sealift_metadata::search::{Search, Step};
use sealift_metadata::targets::Targets;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::verify::{RoleKeys, verify_threshold};
use sealift_metadata::write::{Draft, SPEC_VERSION, SecretKey};
use sealift_metadata::{Digest, Result};
use sealift_tests::simulator::{START, Simulator, delegation, keyid, secrets};

const PATH: &str = "a/b/c";

/// The first two match [`PATH`].
const PATTERNS: [&str; 4] = ["*/*/*", "a/?/c", "b/*/*", "*/*"];

/// There are more roles than a search may visit.
const ROLES: u8 = 9;
const MOST: usize = 6;

/// One key signs everything, and the top-level role is known by it.
static KEYS: LazyLock<(Vec<SecretKey>, RoleKeys)> = LazyLock::new(|| {
    let mut world = Simulator::new();
    world.roots.clear();
    world.set_keys("targets", "everything", 1, 1);
    world.publish_root();
    let stage = RootStage::begin(world.first_root(), Floors::default(), START).expect("pinned");
    (secrets("everything", 1), stage.root().signers(Role::Targets).into())
});

/// Who delegates to whom: the role, whether for [`PATH`], whether terminating.
type Graph = BTreeMap<u8, Vec<(u8, bool, bool)>>;

fuzz_target!(|bytes: &[u8]| {
    let [count, holders, rest @ ..] = bytes else { return };
    let count = usize::from(count % 24) * 3;
    let Some((edges, change)) = rest.split_at_checked(count) else { return };
    let graph = graph(edges);
    let mut payloads = payloads(&graph, *holders);
    let is_changed = alter(&mut payloads, change);
    let mut asked = vec!["targets".to_owned()];
    let result = search(&payloads, &mut asked);
    assert!(asked.len() <= MOST, "{asked:?}");
    let mut distinct = asked.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), asked.len(), "{asked:?}");
    if is_changed || result == Err(Error::TooLarge("roles of a search")) {
        return;
    }
    let mut visited = Vec::new();
    let found = visit(&graph, *holders, 0, &mut visited) == Way::Found;
    let expected: Vec<String> = visited.into_iter().map(name).collect();
    assert_eq!((result, asked), (Ok(found), expected), "{graph:?} {holders:b}");
});

fn name(role: u8) -> String {
    if role == 0 { "targets".into() } else { format!("role-{role}") }
}

fn graph(edges: &[u8]) -> Graph {
    let mut graph = Graph::new();
    for edge in edges.chunks_exact(3) {
        let to = 1 + edge[1] % (ROLES - 1);
        let listed = graph.entry(edge[0] % ROLES).or_default();
        if listed.iter().all(|(other, ..)| *other != to) {
            listed.push((to, edge[2] & 2 == 0, edge[2] & 1 == 1));
        }
    }
    graph
}

fn payloads(graph: &Graph, holders: u8) -> Vec<Vec<u8>> {
    let draft = |role: u8| {
        let mut draft = Draft::new("targets", SPEC_VERSION, START);
        if holds(holders, role) {
            draft.set_target(PATH, 1, &Digest::of(b"x"), None);
        }
        for (index, (to, matches, terminating)) in graph.get(&role).into_iter().flatten().enumerate() {
            let pattern = PATTERNS[index % 2 + if *matches { 0 } else { 2 }];
            let mut spec = delegation(&name(*to), &[pattern], &KEYS.0);
            spec.terminating = *terminating;
            draft.set_delegation(&spec);
        }
        draft.value().encode()
    };
    (0..ROLES).map(draft).collect()
}

/// The top-level role lists nothing, and the last one what the first bit says.
fn holds(holders: u8, role: u8) -> bool {
    role > 0 && holders >> (role - 1) & 1 == 1
}

fn alter(payloads: &mut [Vec<u8>], change: &[u8]) -> bool {
    let [which, at, cut, put @ ..] = change else { return false };
    let payload = &mut payloads[usize::from(which % ROLES)];
    let at = usize::from(*at) * payload.len() / 256;
    let cut = usize::from(*cut).min(payload.len() - at);
    payload.splice(at..at + cut, put.iter().copied());
    true
}

/// Whether the target was found; `asked` are the roles on the way.
fn search(payloads: &[Vec<u8>], asked: &mut Vec<String>) -> Result<bool> {
    let mut search = Search::<MOST>::new(PATH);
    let document = signed(&payloads[0]);
    let top = verify_threshold::<Targets<'_>>(&document, &KEYS.1)?;
    let mut step = search.look(&RoleName::targets(), &top)?;
    while step == Step::GoOn {
        let Some(wanted) = search.next_role() else { return Ok(false) };
        let index = (1..ROLES).find(|role| name(*role) == wanted.name.as_str());
        let payload = index.and_then(|index| payloads.get(usize::from(index)));
        let document = signed(payload.ok_or(Error::NotListed)?);
        let role = verify_threshold::<Targets<'_>>(&document, &wanted.keys)?;
        step = search.look(&wanted.name, &role)?;
        asked.push(wanted.name.to_string());
    }
    Ok(true)
}

fn signed(payload: &[u8]) -> Vec<u8> {
    let key = &KEYS.0[0];
    let sig: String = key.sign(payload).iter().map(|byte| format!("{byte:02x}")).collect();
    let head = format!(r#"{{"signatures":[{{"keyid":"{}","sig":"{sig}"}}],"signed":"#, keyid(key));
    [head.as_bytes(), payload, b"}"].concat()
}

/// How a search goes on.
#[derive(PartialEq)]
enum Way {
    Found,
    On,
    End,
}

/// TUF 5.6.7 as a recursion.
fn visit(graph: &Graph, holders: u8, role: u8, visited: &mut Vec<u8>) -> Way {
    if visited.contains(&role) {
        return Way::On;
    }
    visited.push(role);
    if holds(holders, role) {
        return Way::Found;
    }
    for (to, _, terminating) in graph.get(&role).into_iter().flatten().filter(|edge| edge.1) {
        match visit(graph, holders, *to, visited) {
            Way::On if *terminating => return Way::End,
            Way::On => {}
            way => return way,
        }
    }
    Way::On
}
