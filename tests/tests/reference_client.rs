//! `sealift-tuf-client` reads repositories that python-tuf wrote, with other keys, another layout
//! of JSON, and both kinds of hash bins; and keeps exactly what it downloaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sealift_metadata::Time;
use sealift_metadata::hashes::Sha512;
use sealift_tests::reference::ReferenceClient;

/// A repository by python-tuf, and a client that trusts its first root.
fn world(layout: &str) -> Result<ReferenceClient> {
    let client = ReferenceClient::new()?;
    let python = std::env::var_os("SEALIFT_PYTHON_TUF")
        .context("SEALIFT_PYTHON_TUF is not set: run cargo xtask test")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/python_tuf_writer.py");
    let output = Command::new(python)
        .arg(script)
        .arg(client.repository())
        .arg(layout)
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    client.init(&published(&client, "1.root.json"))?;
    Ok(client)
}

fn published(client: &ReferenceClient, name: &str) -> PathBuf {
    client.repository().join("metadata").join(name)
}

#[test]
fn targets_are_found_in_every_kind_of_delegation_that_python_tuf_writes() -> Result<()> {
    for (layout, roles) in [("plain", 0), ("prefixes", 1), ("succinct", 1)] {
        let client = world(layout)?;
        client.refresh()?.ok()?;
        let refreshed = client.everything_kept()?.len();
        assert_eq!(refreshed, 4, "root, timestamp, snapshot and targets");
        client.download(&["dir/file3.txt"])?.ok()?;
        let found = client.downloaded("dir%2Ffile3.txt")?;
        assert_eq!(found, b"content 3\n", "{layout}");
        assert_eq!(
            client.everything_kept()?.len() - refreshed,
            roles,
            "{layout}"
        );
        assert!(
            client
                .download(&["dir/file99.txt"])?
                .refused()?
                .names("no such target")
        );
    }
    Ok(())
}

#[test]
fn what_is_kept_is_what_was_downloaded_and_survives_a_refusal() -> Result<()> {
    let client = world("plain")?;
    client.refresh()?.ok()?;
    for (kept, name) in [
        ("root.json", "2.root.json"),
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "1.snapshot.json"),
        ("targets.json", "1.targets.json"),
    ] {
        assert_eq!(
            fs::read(client.kept().join(kept))?,
            fs::read(published(&client, name))?,
            "{kept}"
        );
    }
    let before = client.everything_kept()?;
    let mut timestamp = fs::read(published(&client, "timestamp.json"))?;
    let at = timestamp
        .iter()
        .position(|byte| *byte == b'1')
        .context("has a digit")?;
    timestamp[at] = b'2';
    fs::write(published(&client, "timestamp.json"), timestamp)?;
    client.refresh()?.refused()?;
    assert_eq!(client.everything_kept()?, before);
    Ok(())
}

#[test]
fn a_cache_that_was_altered_is_fetched_again_and_an_expired_one_keeps_its_floor() -> Result<()> {
    let mut client = world("prefixes")?;
    client.download(&["dir/file1.txt"])?.ok()?;
    let healthy = client.everything_kept()?;
    for (name, _) in &healthy {
        if name != "root.json" {
            fs::write(client.kept().join(name), b"{}")?;
        }
    }
    client.download(&["dir/file1.txt"])?.ok()?;
    assert_eq!(client.everything_kept()?, healthy);

    // The repository is expired for a client of the future, and nothing of it is lost.
    client.set_now(Time::parse("2999-01-01T00:00:00Z")?);
    assert!(client.refresh()?.refused()?.names("expired"));
    assert_eq!(client.everything_kept()?, healthy);
    Ok(())
}

#[test]
fn an_altered_target_is_refused_and_a_good_one_is_not_fetched_twice() -> Result<()> {
    let client = world("plain")?;
    client.download(&["dir/file1.txt"])?.ok()?;
    let targets = client.repository().join("targets/dir");
    for entry in fs::read_dir(&targets)? {
        fs::write(entry?.path(), b"something else")?;
    }
    client.download(&["dir/file1.txt"])?.ok()?;
    assert!(
        client
            .download(&["dir/file2.txt"])?
            .refused()?
            .names("longer than")
    );
    for entry in fs::read_dir(&targets)? {
        fs::write(entry?.path(), b"content X\n")?;
    }
    assert!(
        client
            .download(&["dir/file2.txt"])?
            .refused()?
            .names("not the one that was signed")
    );
    Ok(())
}

#[test]
fn a_repository_that_knows_sha512_alone_is_read_and_held_to_it() -> Result<()> {
    let client = world("sha512")?;
    client.download(&["dir/file1.txt"])?.ok()?;
    assert_eq!(client.downloaded("dir%2Ffile1.txt")?, b"content 1\n");
    for entry in fs::read_dir(client.repository().join("targets/dir"))? {
        fs::write(entry?.path(), b"content X\n")?;
    }
    let refused = client.download(&["dir/file2.txt"])?.refused()?;
    assert!(refused.names("not the one that was signed"));
    // The same length, another digest.
    let targets = published(&client, "1.targets.json");
    let text = fs::read_to_string(&targets)?;
    fs::write(&targets, text.replacen("file3", "fileX", 1))?;
    fs::remove_file(client.kept().join("targets.json"))?;
    assert!(client.refresh()?.refused()?.names("wrong_digest"));
    Ok(())
}

#[test]
fn a_target_may_lie_under_any_digest_that_is_listed() -> Result<()> {
    let client = world("plain")?;
    let folder = client.repository().join("targets/dir");
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().context("has a name")?.to_string_lossy();
        let plain = name.split_once('.').context("has a digest")?.1.to_owned();
        let sha512 = Sha512::of(&fs::read(&path)?);
        fs::rename(&path, folder.join(format!("{sha512}.{plain}")))?;
    }
    client.download(&["dir/file1.txt"])?.ok()?;
    assert_eq!(client.downloaded("dir%2Ffile1.txt")?, b"content 1\n");
    Ok(())
}
