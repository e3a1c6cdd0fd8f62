//! Repositories of ours, healthy and forged, before every judge: one table of cases for all.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use sealift_metadata::Time;
use sealift_metadata::write::SecretKey;
use sealift_tests::court::{CONTENT, Court};
use sealift_tests::judges::Judge;
use sealift_tests::simulator::{PRODUCT, secrets, sign_with};

/// A court of this judge whose root has been replaced twice, with other keys for everything that
/// root lists.
fn rotated(judge: Judge) -> Result<(Court, &'static str)> {
    let (mut court, target) = Court::readable_by(judge)?;
    court.world.rotate_root(|world| {
        world.set_keys("root", "later", 3, 2);
        world.set_keys("timestamp", "later timestamp", 1, 1);
        world.set_keys("snapshot", "later snapshot", 1, 1);
        world.set_keys("targets", "later targets", 2, 2);
    });
    court
        .world
        .rotate_root(|world| world.set_keys("root", "latest", 3, 2));
    court.publish()?;
    Ok((court, target))
}

#[test]
fn every_judge_starts_from_the_first_root_and_reads_on() -> Result<()> {
    for judge in Judge::ALL {
        let (mut court, target) = rotated(judge)?;
        let memory = tempfile::tempdir()?;
        let verdict = court.ask_again(judge, memory.path(), target)?;
        assert_eq!(verdict.versions["root"], 3, "{judge:?}");
        assert_eq!(verdict.versions["timestamp"], 1, "{judge:?}");

        court.world.publish("targets", |_| ());
        court.publish()?;
        let verdict = court.ask_again(judge, memory.path(), target)?;
        for role in ["timestamp", "snapshot", "targets"] {
            assert_eq!(verdict.versions[role], 2, "{judge:?}: {role}");
        }
    }
    Ok(())
}

/// What an attacker does, by name.
type Forgery = (&'static str, fn(&mut Court, &str) -> Result<()>);

/// The expiry is in every document; another year is a document that nobody signed.
fn another_year(court: &Court, file: &str) -> Result<()> {
    court.alter(&format!("metadata/{file}"), "2099", "2098")
}

fn expired() -> Result<Time> {
    Ok(Time::parse("2020-01-01T00:00:00Z")?)
}

const FORGERIES: [Forgery; 12] = [
    ("a byte of the target", |court, target| {
        let file = find(court, target)?;
        let mut bytes = fs::read(&file)?;
        bytes[7] ^= 1;
        Ok(fs::write(file, bytes)?)
    }),
    ("a target that is longer", |court, target| {
        let file = find(court, target)?;
        Ok(fs::write(file, [CONTENT, b"!"].concat())?)
    }),
    ("a byte of a root on the way", |court, _| {
        another_year(court, "2.root.json")
    }),
    ("a byte of the last root", |court, _| {
        another_year(court, "3.root.json")
    }),
    ("a byte of the timestamp", |court, _| {
        another_year(court, "timestamp.json")
    }),
    ("a byte of the snapshot", |court, _| {
        another_year(court, "1.snapshot.json")
    }),
    ("a byte of the targets role", |court, _| {
        another_year(court, "1.targets.json")
    }),
    ("one signature of two for the targets role", |court, _| {
        court.world.withheld.insert("targets".into(), 1);
        court.publish()
    }),
    ("a timestamp by somebody else", |court, _| {
        court
            .world
            .signers
            .insert("timestamp".into(), secrets("somebody", 1));
        court.publish()
    }),
    ("a timestamp that expired", |court, _| {
        court.world.online_expires = expired()?;
        court.publish()
    }),
    ("a root that expired", |court, _| {
        let late = expired()?;
        court
            .world
            .rotate_root(|world| world.root.set_expires(late));
        court.publish()
    }),
    ("a root that only its own keys signed", |court, _| {
        court
            .world
            .rotate_root(|world| world.set_keys("root", "thief", 3, 2));
        let thief: Vec<SecretKey> = secrets("thief", 3);
        let root = sign_with(court.world.root.value(), &thief);
        court.publish()?;
        Ok(court.published.put("4.root.json", &root)?)
    }),
];

/// These need a role that is delegated to.
const DELEGATED_FORGERIES: [Forgery; 3] = [
    ("a byte of the delegated role", |court, _| {
        another_year(court, "1.watch.json")
    }),
    ("one signature of two for the delegated role", |court, _| {
        court.world.withheld.insert(PRODUCT.into(), 1);
        court.publish()
    }),
    ("a delegated role that expired", |court, _| {
        let late = expired()?;
        court.world.draft(PRODUCT).set_expires(late);
        court.publish()
    }),
];

/// The file of a target.
fn find(court: &Court, target: &str) -> Result<std::path::PathBuf> {
    let (folder, name) = target.rsplit_once('/').unwrap_or(("", target));
    let mut entries = fs::read_dir(court.published.targets().join(folder))?;
    let found = entries.find_map(|entry| {
        let path = entry.ok()?.path();
        path.file_name()?.to_str()?.ends_with(name).then_some(path)
    });
    found.context("is published")
}

#[test]
fn every_judge_refuses_what_was_forged() -> Result<()> {
    for judge in Judge::ALL {
        let delegated = match judge {
            Judge::RustTuf => &[],
            _ => DELEGATED_FORGERIES.as_slice(),
        };
        let (healthy, target) = rotated(judge)?;
        healthy.ask(judge, target).context("healthy")?;
        for (name, forge) in FORGERIES.iter().chain(delegated) {
            let (mut court, target) = rotated(judge)?;
            forge(&mut court, target)?;
            ensure!(court.ask(judge, target).is_err(), "{judge:?} took {name}");
        }
    }
    Ok(())
}

#[test]
fn every_judge_refuses_to_go_back() -> Result<()> {
    for judge in Judge::ALL {
        let (mut court, target) = Court::readable_by(judge)?;
        let older = fs::read(court.published.metadata().join("timestamp.json"))?;
        court.world.publish("targets", |_| ());
        court.publish()?;
        let memory = tempfile::tempdir()?;
        court.ask_again(judge, memory.path(), target)?;

        court.published.put("timestamp.json", &older)?;
        court
            .ask(judge, target)
            .context("the older one is healthy")?;
        let refused = court.ask_again(judge, memory.path(), target);
        ensure!(refused.is_err(), "{judge:?} went back");
    }
    Ok(())
}
