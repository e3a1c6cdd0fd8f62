//! Where readers of TUF repositories part. Each test makes a repository that shows one difference,
//! and says who refuses it, of all judges and our own client. `docs/interop.md` explains them.

use std::fs;

use anyhow::{Context as _, Result};
use sealift_metadata::Digest;
use sealift_metadata::hashes::Sha512;
use sealift_metadata::write::{KeySpec, Object, Value};
use sealift_tests::court::{CONTENT, Court, DELEGATED, TOP};
use sealift_tests::judges::Judge::{self, PythonTuf, RustTuf, Sealift, SigstoreTuf, Tough, TufJs};
use sealift_tests::simulator::{Simulator, public, secrets};

/// The path of the targets that are delegated by patterns of these tests.
const PATH: &str = "dir/file.txt";

/// A judge that refuses, and a part of what it says.
type Refusal<'a> = (Judge, &'a str);

/// Who knows neither the specification that we follow nor delegations.
const OLD: Refusal<'_> = (RustTuf, "Unknown spec version");

/// Exactly these refuse, for these reasons.
fn refused(court: &Court, target: &str, by: &[Refusal<'_>]) {
    let seen = court.refusing(target);
    let judges: Vec<Judge> = seen.iter().map(|(judge, _)| *judge).collect();
    let expected: Vec<Judge> = by.iter().map(|(judge, _)| *judge).collect();
    assert_eq!(judges, expected, "{target}: {seen:#?}");
    for ((judge, said), (_, reason)) in seen.iter().zip(by) {
        assert!(said.contains(reason), "{judge:?}: {said}");
    }
}

/// A repository where `files` lists `path` and is delegated to by a pattern.
fn delegating(pattern: &str, path: &str) -> Result<Court> {
    let court = Court::new_but(|world| {
        world.delegate_from("targets", "files", &[pattern]);
        list(world, "files", path, CONTENT);
    })?;
    court.published.put_target(path, CONTENT)?;
    Ok(court)
}

fn list(world: &mut Simulator, role: &str, path: &str, content: &[u8]) {
    let length = content.len() as u64;
    let draft = world.draft(role);
    draft.set_target(path, length, &Digest::of(content), None);
}

/// The key that signs timestamps.
fn timestamp_key() -> KeySpec {
    public(&secrets("timestamp", 1)).remove(0)
}

/// Lets root list these keys for the timestamp role, all of which must sign.
fn list_timestamp_keys(world: &mut Simulator, keys: &[(&str, &Value)]) {
    let member = |name| world.root.value().get(name).expect("a root has it").clone();
    let (mut all, mut roles) = (member("keys"), member("roles"));
    all.members().remove(timestamp_key().keyid());
    for (keyid, key) in keys {
        all.members().insert((*keyid).into(), (*key).clone());
    }
    let keyids: Vec<&str> = keys.iter().map(|(keyid, _)| *keyid).collect();
    let role = Value::from([
        ("threshold", Value::from(keyids.len() as u64)),
        ("keyids", Value::from(keyids)),
    ]);
    roles.members().insert("timestamp".into(), role);
    world.root.set("keys", all);
    world.root.set("roles", roles);
}

/// Lets the one signature of the timestamp stand there once more, under another id.
fn sign_again(court: &Court, keyid: &str, other: &str) -> Result<()> {
    let file = "metadata/timestamp.json";
    let text = fs::read_to_string(court.published.metadata().join("timestamp.json"))?;
    let start = text.find(r#"{"keyid""#).context("is signed")?;
    let length = text[start..].find('}').context("ends")? + 1;
    let entry = &text[start..start + length];
    let both = format!("{entry},{}", entry.replace(keyid, other));
    court.alter(file, entry, &both)
}

#[test]
fn everybody_reads_what_shows_no_difference() -> Result<()> {
    refused(&Court::plain()?, TOP, &[]);
    refused(&Court::new()?, DELEGATED, &[OLD]);
    refused(&delegating("dir/*.txt", PATH)?, PATH, &[OLD]);
    Ok(())
}

#[test]
fn tough_looks_for_the_digest_before_the_directory() -> Result<()> {
    let odd = format!("targets/{}.{DELEGATED}", Digest::of(CONTENT));
    for judge in Judge::CURRENT {
        let court = Court::new()?;
        court.ask(judge, DELEGATED)?;
        assert_eq!(court.shelf.asked().contains(&odd), judge == Tough);
    }
    Ok(())
}

#[test]
fn the_id_of_a_key_is_opaque_to_some_and_recomputed_by_others() -> Result<()> {
    let key = timestamp_key();
    let other = Digest::of(b"any other").to_string();
    let court = Court::plain_but("1.0.0", |world| {
        list_timestamp_keys(world, &[(&other, key.value())]);
    })?;
    court.alter("metadata/timestamp.json", key.keyid(), &other)?;
    let by = [(Tough, "Invalid key ID"), (RustTuf, "not met: 0/1")];
    refused(&court, TOP, &by);
    Ok(())
}

#[test]
fn one_key_under_two_ids_is_two_keys_to_most() -> Result<()> {
    let key = timestamp_key();
    // With a member more, the digest of the same key is another one: both ids are right.
    let mut noted = key.value().clone();
    noted.members().insert("x-note".into(), "again".into());
    let wrong = Digest::of(b"any other").to_string();
    let right = Digest::of(&noted.encode()).to_string();
    let ours = (Sealift, "1 valid signatures, 2 needed");
    let theirs = (RustTuf, "not met: 1/2");
    let table: [(&str, &Value, &[Refusal<'_>]); 2] = [
        (
            &wrong,
            key.value(),
            &[ours, (Tough, "Invalid key ID"), theirs],
        ),
        (&right, &noted, &[ours, theirs]),
    ];
    for (other, again, by) in table {
        let court = Court::plain_but("1.0.0", |world| {
            list_timestamp_keys(world, &[(key.keyid(), key.value()), (other, again)]);
        })?;
        sign_again(&court, key.keyid(), other)?;
        refused(&court, TOP, by);
    }
    Ok(())
}

#[test]
fn a_signature_that_stands_there_twice_is_refused_by_most() -> Result<()> {
    let court = Court::plain()?;
    let key = timestamp_key();
    sign_again(&court, key.keyid(), key.keyid())?;
    let by = [
        (Sealift, "duplicate_signature"),
        (PythonTuf, "DeserializationError"),
        (TufJs, "multiple signatures"),
        (SigstoreTuf, "duplicate signature"),
        (Tough, "Duplicate key ID"),
    ];
    refused(&court, TOP, &by);
    Ok(())
}

#[test]
fn tough_loses_members_that_it_does_not_know() -> Result<()> {
    let court = Court::new_but(|world| {
        let targets = world.draft("targets");
        let mut delegations = targets.value().get("delegations").expect("some").clone();
        if let Some(Value::Array(roles)) = delegations.members().get_mut("roles") {
            roles[0].members().insert("x-note".into(), "kept".into());
        }
        targets.set("delegations", delegations);
    })?;
    let lost = (Tough, "0 valid signatures");
    refused(&court, DELEGATED, &[lost, OLD]);
    let court = Court::plain_but("1.0.0", |world| {
        let (length, digest) = (CONTENT.len() as u64, Digest::of(CONTENT));
        let empty = Value::Object(Object::new());
        world
            .draft("targets")
            .set_target(TOP, length, &digest, Some(empty));
    })?;
    refused(&court, TOP, &[lost]);
    Ok(())
}

#[test]
fn tough_needs_sha256() -> Result<()> {
    let sha512 = Sha512::of(CONTENT).to_string();
    let court = Court::plain_but("1.0.0", |world| {
        let target = Value::from([
            (
                "hashes",
                Value::from([("sha512", Value::from(sha512.as_str()))]),
            ),
            ("length", Value::from(CONTENT.len() as u64)),
        ]);
        world
            .draft("targets")
            .set("targets", Value::from([(TOP, target)]));
    })?;
    let place = court.published.targets().join(format!("{sha512}.{TOP}"));
    fs::write(place, CONTENT)?;
    refused(&court, TOP, &[(Tough, "missing field `sha256`")]);
    Ok(())
}

#[test]
fn patterns_mean_more_to_others_than_to_us() -> Result<()> {
    let ours = (Sealift, "no such target");
    let python = (PythonTuf, "LookupError");
    let js = (TufJs, "no such target");
    let sigstore = (SigstoreTuf, "not listed");
    let table: [(&str, &str, &[Refusal<'_>]); 4] = [
        ("*", PATH, &[ours, python, js, sigstore, OLD]),
        ("dir/[f]ile.txt", PATH, &[ours, OLD]),
        ("dir/{file,other}.txt", PATH, &[ours, python, sigstore, OLD]),
        ("dir/*", "dir/.hidden", &[js, OLD]),
    ];
    for (pattern, path, by) in table {
        refused(&delegating(pattern, path)?, path, by);
    }
    Ok(())
}

#[test]
fn tuf_js_cannot_verify_delegations_with_a_number_behind_a_name() -> Result<()> {
    let number_last: &[Refusal<'_>] = &[(TufJs, "targets was signed by 0/2 keys"), OLD];
    for (roles, by) in [(["7", "first"], &[OLD][..]), (["first", "7"], number_last)] {
        let court = Court::new_but(|world| {
            world.draft("targets").remove("delegations");
            for (role, content) in roles.into_iter().zip([CONTENT, b"something else!"]) {
                world.delegate_from("targets", role, &["dir/*"]);
                list(world, role, PATH, content);
            }
        })?;
        court.published.put_target(PATH, CONTENT)?;
        refused(&court, PATH, by);
    }
    Ok(())
}

#[test]
fn sigstore_tuf_takes_no_targets_role_above_5_mb() -> Result<()> {
    let court = Court::plain_but("1.0.0", |world| {
        let padding = "x".repeat(5_000_000);
        world.draft("targets").set("x-padding", padding.as_str());
    })?;
    refused(&court, TOP, &[(SigstoreTuf, "more than 5000000 bytes")]);
    Ok(())
}

#[test]
fn succinct_bins_are_known_to_few() -> Result<()> {
    let bin = format!("bin-{:x}", Digest::of(PATH.as_bytes()).as_bytes()[0] >> 6);
    let court = Court::plain_but("1.0.0", |world| {
        world.delegate_from("targets", &bin, &["nothing"]);
        list(world, &bin, PATH, CONTENT);
        let key = public(&world.signers[&bin]).remove(0);
        let succinct = Value::from([
            ("bit_length", Value::from(2)),
            ("keyids", Value::from(vec![key.keyid()])),
            ("name_prefix", Value::from("bin")),
            ("threshold", Value::from(1)),
        ]);
        let delegations = Value::from([
            ("keys", Value::from([(key.keyid(), key.value().clone())])),
            ("succinct_roles", succinct),
        ]);
        world.draft("targets").set("delegations", delegations);
    })?;
    court.published.put_target(PATH, CONTENT)?;
    let by = [
        (SigstoreTuf, "not listed"),
        (Tough, "missing field `roles`"),
        (RustTuf, "missing field `roles`"),
    ];
    refused(&court, PATH, &by);
    Ok(())
}

#[test]
fn the_crate_tuf_knows_no_specification_but_the_first() -> Result<()> {
    for (spec_version, by) in [("1.0.0", &[][..]), ("1.0.34", &[OLD])] {
        refused(&Court::plain_but(spec_version, |_| ())?, TOP, by);
    }
    Ok(())
}

#[test]
fn the_crate_tuf_finds_nothing_that_is_delegated() -> Result<()> {
    // A pattern, whether it matches for us, and whether the crate asks the role.
    for (pattern, ours, theirs) in [
        ("dir/*", true, false),
        (PATH, true, false),
        ("dir/", false, true),
    ] {
        let court = Court::plain_but("1.0.0", |world| {
            world.delegate_from("targets", "files", &[pattern]);
            list(world, "files", PATH, CONTENT);
        })?;
        court.published.put_target(PATH, CONTENT)?;
        let said = court.ask(RustTuf, PATH).err().context("not found")?;
        assert!(said.to_string().contains("not found"), "{pattern}: {said}");
        let asked = court.shelf.asked();
        let role = "metadata/1.files.json".to_owned();
        assert_eq!(asked.contains(&role), theirs, "{pattern}");
        assert_eq!(court.ask(Sealift, PATH).is_ok(), ours, "{pattern}");
    }
    Ok(())
}

#[test]
fn a_role_that_is_not_listed_ends_the_search_for_most() -> Result<()> {
    let court = Court::new_but(|world| {
        for role in ["missing", "files"] {
            world.delegate_from("targets", role, &["dir/*"]);
        }
        world.unlisted.insert("missing".into());
        list(world, "files", PATH, CONTENT);
    })?;
    court.published.put_target(PATH, CONTENT)?;
    let by = [
        (Sealift, "role_not_listed"),
        (PythonTuf, "not part of snapshot"),
        (TufJs, "TypeError"),
        (Tough, "no such target"),
        OLD,
    ];
    refused(&court, PATH, &by);
    Ok(())
}

#[test]
fn tough_refuses_a_repository_for_a_role_that_nobody_asks() -> Result<()> {
    let court = Court::new_but(|world| {
        world.delegate_from("targets", "aside", &["elsewhere/*"]);
        world.withheld.insert("aside".into(), 1);
    })?;
    refused(&court, DELEGATED, &[(Tough, "0 valid signatures"), OLD]);
    Ok(())
}

/// [`TOP`] with something of the application beside it.
fn with_custom(custom: Value) -> Result<Court> {
    Court::plain_but("1.0.0", |world| {
        let (length, digest) = (CONTENT.len() as u64, Digest::of(CONTENT));
        world
            .draft("targets")
            .set_target(TOP, length, &digest, Some(custom));
    })
}

#[test]
fn large_numbers_lose_digits_in_tuf_js() -> Result<()> {
    let largest = 1_u64 << 53;
    refused(
        &with_custom(Value::from([("n", Value::from(largest))]))?,
        TOP,
        &[],
    );
    let next = Value::from([("n", Value::from(largest + 1))]);
    refused(&with_custom(next)?, TOP, &[(TufJs, "signed by 0/2 keys")]);
    Ok(())
}

#[test]
fn text_beyond_ascii_is_not_the_same_to_everybody() -> Result<()> {
    // A letter and its accent, which another normal form joins.
    let accent = Value::from([("name", Value::from("e\u{301}"))]);
    refused(&with_custom(accent)?, TOP, &[(Tough, "0 valid signatures")]);
    // Code points come in this order, units of UTF-16 in the other.
    let order = [("\u{ffff}", Value::from(1)), ("\u{10000}", Value::from(2))];
    let by = [(TufJs, "signed by 0/2 keys")];
    refused(&with_custom(Value::from(order))?, TOP, &by);
    Ok(())
}

#[test]
fn a_server_that_fails_is_no_end_of_the_roots_except_for_tough() -> Result<()> {
    let court = Court::plain()?;
    fs::create_dir(court.published.metadata().join("2.root.json"))?;
    let by = [
        (Sealift, "status 500"),
        (PythonTuf, "DownloadHTTPError"),
        (TufJs, "Failed to download"),
        (SigstoreTuf, "500"),
        (RustTuf, "500"),
    ];
    refused(&court, TOP, &by);
    Ok(())
}

#[test]
fn a_date_with_a_fraction_is_a_date_to_some() -> Result<()> {
    let mut court = Court::plain()?;
    court.world.publish("targets", |targets| {
        targets.set("expires", "2099-01-01T00:00:00.5Z");
    });
    court.publish()?;
    let by = [
        (Sealift, "`expires`"),
        (PythonTuf, "DeserializationError"),
        (Tough, "0 valid signatures"),
    ];
    refused(&court, TOP, &by);
    Ok(())
}

#[test]
fn an_empty_signature_of_somebody_else_is_harmless() -> Result<()> {
    let court = Court::plain_but("1.0.0", |world| {
        world.set_keys("timestamp", "timestamp", 2, 1);
    })?;
    let keyids: Vec<String> = public(&court.world.signers["timestamp"])
        .iter()
        .map(|key| key.keyid().to_owned())
        .collect();
    let text = fs::read_to_string(court.published.metadata().join("timestamp.json"))?;
    let start = text.find(&keyids[1]).context("signed")? + keyids[1].len() + r#"","sig":""#.len();
    let signature = &text[start..start + 128];
    court.alter("metadata/timestamp.json", signature, "")?;
    refused(&court, TOP, &[]);
    Ok(())
}

/// The names of the tests in a source.
fn tests_in(source: &str) -> impl Iterator<Item = &str> {
    let heads = source.split("#[test]\nfn ").skip(1);
    heads.filter_map(|rest| Some(rest.split_once('(')?.0))
}

#[test]
fn every_difference_is_explained_and_every_explanation_shown() {
    let page = include_str!("../../docs/interop.md");
    let here = include_str!("judges_differences.rs");
    let explained: Vec<&str> = page.split('`').skip(1).step_by(2).collect();
    for test in tests_in(here).filter(|test| !test.starts_with("every_difference")) {
        assert!(explained.contains(&test), "docs/interop.md lacks {test}");
    }
    let others = [
        include_str!("judges.rs"),
        include_str!("judges_forgeries.rs"),
        include_str!("reference_client.rs"),
    ];
    let tests: Vec<&str> = [here]
        .iter()
        .chain(&others)
        .copied()
        .flat_map(tests_in)
        .collect();
    let names = explained
        .iter()
        .filter(|name| name.matches('_').count() > 2);
    for name in names.filter(|name| !name.contains('/')) {
        assert!(
            tests.contains(name),
            "docs/interop.md names {name}, which is no test"
        );
    }
}
