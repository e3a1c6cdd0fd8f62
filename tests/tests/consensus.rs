//! Consensus of repositories (TAP 4): `sealift-tuf-client --map` downloads what enough of them
//! agree on, and nothing else.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use sealift_metadata::Digest;
use sealift_tests::programs::Said;
use sealift_tests::published::Published;
use sealift_tests::reference::ReferenceClient;
use sealift_tests::scene::says;
use sealift_tests::simulator::{DAY, START, Simulator};
use serde_json::{Value, json};

const FILE: &str = "dir/file.txt";
const KEPT_FILE: &str = "dir%2Ffile.txt";

/// A client of several repositories, each below a folder of its name.
struct World {
    client: ReferenceClient,
}

impl World {
    /// Repositories, each with keys of its own and what it says is in [`FILE`], if anything.
    fn new(repositories: &[(&str, Option<&[u8]>)]) -> Result<Self> {
        let mut client = ReferenceClient::new()?;
        client.set_now(START);
        let world = Self { client };
        for (name, content) in repositories {
            let published = world.publish(name, *content, |_| {})?;
            world
                .init(name, published.metadata().join("1.root.json"))?
                .ok()?;
        }
        Ok(world)
    }

    fn publish(
        &self,
        name: &str,
        content: Option<&[u8]>,
        change: impl FnOnce(&mut Simulator),
    ) -> Result<Published> {
        let mut simulator = Simulator::new();
        simulator.set_keys("root", name, 3, 2);
        simulator.roots.clear();
        simulator.publish_root();
        if let Some(content) = content {
            let targets = simulator.draft("targets");
            targets.set_target(FILE, content.len() as u64, &Digest::of(content), None);
        }
        change(&mut simulator);
        let published = Published::of(&simulator, &self.folder(name))?;
        if let Some(content) = content {
            published.put_target(FILE, content)?;
        }
        Ok(published)
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.client.scratch().join("repositories").join(name)
    }

    fn init(&self, name: &str, root: PathBuf) -> Result<Said> {
        let args = [
            "init".into(),
            "--repository".into(),
            name.into(),
            root.into(),
        ];
        self.client.run(args)
    }

    /// A download of [`FILE`] under a map of all repositories that lie there.
    fn download(&self, mapping: &Value) -> Result<Said> {
        let mut repositories = serde_json::Map::new();
        for entry in fs::read_dir(self.client.scratch().join("repositories"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            repositories.insert(name.clone(), json!([self.folder(&name)]));
        }
        self.download_by(&json!({"repositories": repositories, "mapping": mapping}))
    }

    fn download_by(&self, map: &Value) -> Result<Said> {
        let file = self.client.scratch().join("map.json");
        fs::write(&file, map.to_string())?;
        let mut args: Vec<OsString> = vec!["--map".into(), file.into()];
        args.extend(self.client.wanted(&[FILE]));
        self.client.run(args)
    }

    /// Downloads, and tells what came.
    fn takes(&self, mapping: &Value) -> Result<Vec<u8>> {
        self.download(mapping)?.ok()?;
        let found = self.client.downloaded(KEPT_FILE)?;
        fs::remove_file(self.client.downloads().join(KEPT_FILE))?;
        Ok(found)
    }

    /// A download that is refused, naming `word`, and leaves nothing.
    fn refuses(&self, mapping: &Value, word: &str) -> Result<()> {
        says(self.download(mapping)?, word)?;
        ensure!(self.client.downloaded(KEPT_FILE).is_err(), "{word}");
        Ok(())
    }
}

fn mapping(repositories: &[&str], threshold: u64, terminating: bool) -> Value {
    json!({
        "paths": ["dir/*"],
        "repositories": repositories,
        "threshold": threshold,
        "terminating": terminating,
    })
}

fn all(repositories: &[&str], threshold: u64) -> Value {
    json!([mapping(repositories, threshold, true)])
}

const GOOD: Option<&[u8]> = Some(b"what both signed");
const EVIL: Option<&[u8]> = Some(b"what one signed!");

#[test]
fn what_enough_repositories_agree_on_is_downloaded() -> Result<()> {
    let world = World::new(&[("a", GOOD), ("b", GOOD), ("c", EVIL)])?;
    let three = all(&["a", "b", "c"], 2);
    assert_eq!(world.takes(&three)?, GOOD.unwrap_or_default());
    assert!(world.client.kept().join("a/targets.json").is_file());
    assert!(world.client.kept().join("b/targets.json").is_file());
    // Nobody else is asked, once they are enough.
    assert!(!world.client.kept().join("c/targets.json").exists());
    for order in [["c", "a", "b"], ["a", "c", "b"]] {
        assert_eq!(world.takes(&all(&order, 2))?, GOOD.unwrap_or_default());
    }
    Ok(())
}

#[test]
fn what_they_disagree_on_is_refused() -> Result<()> {
    let world = World::new(&[("a", GOOD), ("b", EVIL), ("c", Some(b"short"))])?;
    world.refuses(&all(&["a", "b"], 2), "fewer than 2 repositories agree")?;
    world.refuses(&all(&["a", "c"], 2), "fewer than 2 repositories agree")?;
    world.refuses(&all(&["a", "b", "c"], 2), "c: 5 bytes, sha256")
}

#[test]
fn a_repository_that_is_missing_or_refused_agrees_with_nobody() -> Result<()> {
    let world = World::new(&[("a", GOOD), ("b", GOOD), ("none", None)])?;
    world.refuses(&all(&["a", "none"], 2), "none: no such target")?;
    world.publish("expired", GOOD, |it| it.draft("targets").set_expires(START))?;
    world
        .init(
            "expired",
            world.folder("expired").join("metadata/1.root.json"),
        )?
        .ok()?;
    world.refuses(&all(&["a", "expired"], 2), "expired: 1.targets.json")?;
    world.publish("unsigned", GOOD, |it| {
        it.withheld.insert("timestamp".into(), 1);
    })?;
    world
        .init(
            "unsigned",
            world.folder("unsigned").join("metadata/1.root.json"),
        )?
        .ok()?;
    world.refuses(&all(&["a", "unsigned"], 2), "threshold_not_met")?;
    world.publish("untrusted", GOOD, |_| {})?;
    world.refuses(&all(&["a", "untrusted"], 2), "no root is trusted yet")?;
    fs::remove_dir_all(world.folder("b"))?;
    fs::create_dir(world.folder("b"))?;
    world.refuses(&all(&["a", "b"], 2), "b: cannot fetch")?;
    // The others are enough without it.
    assert_eq!(world.takes(&all(&["b", "a"], 1))?, GOOD.unwrap_or_default());
    Ok(())
}

#[test]
fn a_terminating_mapping_ends_the_search_and_another_does_not() -> Result<()> {
    let world = World::new(&[("a", GOOD), ("b", EVIL)])?;
    let then = |terminating| {
        json!([
            mapping(&["a", "b"], 2, terminating),
            mapping(&["b"], 1, true)
        ])
    };
    world.refuses(&then(true), "fewer than 2")?;
    assert_eq!(world.takes(&then(false))?, EVIL.unwrap_or_default());
    // The first mapping that matches comes first, and one that does not ends nothing.
    let mut other = mapping(&["b"], 1, true);
    other["paths"] = json!(["other/*", "dir/*/*", "DIR/*", "*"]);
    let order = json!([other, mapping(&["a"], 1, true), mapping(&["b"], 1, true)]);
    assert_eq!(world.takes(&order)?, GOOD.unwrap_or_default());
    world.refuses(&json!([other]), "no such target")
}

#[test]
fn one_repository_under_two_names_agrees_with_nobody() -> Result<()> {
    let world = World::new(&[("a", GOOD)])?;
    let root = world.folder("a").join("metadata/1.root.json");
    world.init("twin", root)?.ok()?;
    let map = json!({
        "repositories": {"a": [world.folder("a")], "twin": [world.folder("a")]},
        "mapping": all(&["a", "twin"], 2),
    });
    says(world.download_by(&map)?, "the root of another repository")?;
    let map = json!({
        "repositories": {"a": [world.folder("a")]},
        "mapping": all(&["a", "a"], 2),
    });
    says(world.download_by(&map)?, "twice")
}

#[test]
fn a_mirror_that_fails_gives_way_to_the_next() -> Result<()> {
    let world = World::new(&[("a", GOOD)])?;
    let empty = world.folder("empty");
    fs::create_dir_all(empty.join("metadata"))?;
    let stripped = world.publish("stripped", GOOD, |_| {})?;
    // A copy of `a` that lost its targets, and one with others.
    sealift_tests::programs::copy_folder(&world.folder("a"), &world.folder("stripped"))?;
    fs::remove_dir_all(stripped.targets())?;
    let swapped = Published::of(&Simulator::new(), &world.folder("swapped"))?;
    sealift_tests::programs::copy_folder(&world.folder("a"), &world.folder("swapped"))?;
    let digest = Digest::of(GOOD.unwrap_or_default());
    swapped.put_target_as(FILE, &digest, EVIL.unwrap_or_default())?;
    let mirrors = ["empty", "stripped", "swapped", "a"].map(|it| world.folder(it));
    let map = json!({"repositories": {"a": mirrors}, "mapping": all(&["a"], 1)});
    world.download_by(&map)?.ok()?;
    assert_eq!(Some(&*world.client.downloaded(KEPT_FILE)?), GOOD);
    Ok(())
}

#[test]
fn each_repository_keeps_its_own_floor() -> Result<()> {
    let world = World::new(&[("a", GOOD), ("b", GOOD)])?;
    world.publish("a", GOOD, |it| it.publish("targets", |_| {}))?;
    assert_eq!(world.takes(&all(&["a", "b"], 2))?, GOOD.unwrap_or_default());
    world.publish("a", EVIL, |_| {})?;
    world.refuses(&all(&["a"], 1), "rollback")?;
    world.publish("b", EVIL, |it| it.online_expires = START.plus(DAY))?;
    world.refuses(&all(&["a", "b"], 2), "fewer than 2")
}

/// CVE-2026-24686
#[test]
fn a_hostile_repository_name_stays_in_the_folder() -> Result<()> {
    let world = World::new(&[("a", GOOD)])?;
    let root = world.folder("a").join("metadata/1.root.json");
    for (name, kept) in [
        ("../evil", "..%2Fevil"),
        ("/evil", "%2Fevil"),
        ("a/../../evil", "a%2F..%2F..%2Fevil"),
        ("e\\vil", "e%5Cvil"),
        ("C:evil", "C%3Aevil"),
    ] {
        world.init(name, root.clone())?.ok()?;
        assert!(world.client.kept().join(kept).join("root.json").is_file());
        let map = json!({"repositories": {name: [world.folder("a")]}, "mapping": all(&[name], 1)});
        world.download_by(&map)?.ok()?;
        assert!(
            world
                .client
                .kept()
                .join(kept)
                .join("targets.json")
                .is_file()
        );
    }
    for name in ["", ".", ".."] {
        says(world.init(name, root.clone())?, "not the name of a file")?;
        let map = json!({"repositories": {name: [world.folder("a")]}, "mapping": all(&[name], 1)});
        says(
            world.download_by(&map)?,
            "cannot be the name of a repository",
        )?;
    }
    let mut lying: Vec<_> = fs::read_dir(world.client.scratch())?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<Result<_>>()?;
    lying.sort();
    assert_eq!(lying, ["downloads", "kept", "map.json", "repositories"]);
    Ok(())
}

#[test]
fn targets_never_lie_among_the_metadata() -> Result<()> {
    let world = World::new(&[("a", GOOD)])?;
    let map = world.client.scratch().join("map.json");
    let text = json!({"repositories": {"a": [world.folder("a")]}, "mapping": all(&["a"], 1)});
    fs::write(&map, text.to_string())?;
    let download = |folder: PathBuf| {
        world.client.run([
            "--map".into(),
            map.clone().into(),
            "--target-dir".into(),
            folder.into(),
            "--target-name".into(),
            FILE.into(),
            "download".into(),
        ])
    };
    says(
        download(world.client.kept().join("a"))?,
        "where metadata is kept",
    )?;
    let map = map.clone().into();
    let args = [
        "--map".into(),
        map,
        "--target-name".into(),
        FILE.into(),
        "download".into(),
    ];
    says(world.client.run(args)?, "--target-dir")
}

#[test]
fn every_repository_of_a_map_is_refreshed() -> Result<()> {
    let world = World::new(&[("a", GOOD), ("c", GOOD)])?;
    let map = world.client.scratch().join("map.json");
    let text = json!({
        "repositories": {
            "a": [world.folder("a")], "b": [world.folder("b")], "c": [world.folder("c")],
        },
        "mapping": [],
    });
    fs::write(&map, text.to_string())?;
    let args = ["--map".into(), map.into(), "refresh".into()];
    says(world.client.run(args)?, "b: no root is trusted yet")?;
    for name in ["a", "c"] {
        assert!(
            world
                .client
                .kept()
                .join(name)
                .join("snapshot.json")
                .is_file()
        );
    }
    Ok(())
}
