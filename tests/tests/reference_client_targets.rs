//! Targets that `sealift-tuf-client` downloads from a folder that an attacker wrote.

use std::fs;
use std::os::unix::fs::symlink;

use anyhow::Result;
use sealift_metadata::Digest;
use sealift_metadata::hashes::Sha512;
use sealift_metadata::write::Value;
use sealift_tests::scene::{CONTENT, FILE, KEPT_FILE, Scene, says};

/// CVE-2026-6968
#[test]
fn a_target_named_like_a_path_stays_in_its_folder() -> Result<()> {
    for name in [
        "../evil.txt",
        "/evil.txt",
        "dir/../../evil.txt",
        "..",
        ".",
        "dir/..",
        "",
    ] {
        let scene = Scene::of(|world| {
            let targets = world.draft("targets");
            targets.set_target(name, CONTENT.len() as u64, &Digest::of(CONTENT), None);
        })?;
        let outside = scene.client.scratch().join("outside");
        fs::create_dir(&outside)?;
        let digest = Digest::of(CONTENT);
        let planted = scene.client.repository().join(format!("{digest}.evil.txt"));
        fs::write(planted, CONTENT)?;
        says(scene.client.download(&[name])?, "not the name of a file")?;
        scene.all_lie_in(&[scene.client.kept()])?;
    }
    Ok(())
}

/// A target may have the name of a document.
#[test]
fn targets_never_lie_among_the_metadata() -> Result<()> {
    let scene = Scene::of(|world| {
        let targets = world.draft("targets");
        targets.set_target("root.json", 2, &Digest::of(b"{}"), None);
    })?;
    scene.published.put_target("root.json", b"{}")?;
    let root = fs::read(scene.client.kept().join("root.json"))?;
    let repository = scene.client.repository();
    let download = |folder: &[&str]| {
        let mut args = vec![
            "--metadata-url".into(),
            repository.join("metadata").into(),
            "--target-base-url".into(),
            repository.join("targets").into(),
        ];
        args.extend(folder.iter().map(Into::into));
        args.extend(["--target-name", "root.json", "download"].map(Into::into));
        scene.client.run(args)
    };
    let kept = scene.client.kept().join("../kept/.");
    let kept = kept.to_string_lossy();
    says(
        download(&["--target-dir", &kept])?,
        "where metadata is kept",
    )?;
    says(download(&[])?, "--target-dir")?;
    assert_eq!(fs::read(scene.client.kept().join("root.json"))?, root);
    Ok(())
}

/// CVE-2026-6968
#[test]
fn a_link_in_the_way_of_a_target_is_not_followed() -> Result<()> {
    let scene = Scene::new()?;
    let victim = scene.client.scratch().join("victim");
    fs::create_dir(scene.client.downloads())?;
    for name in [KEPT_FILE.to_owned(), format!(".{KEPT_FILE}.tmp")] {
        fs::write(&victim, b"somebody else's")?;
        let link = scene.client.downloads().join(name);
        let _ = fs::remove_file(&link);
        symlink(&victim, &link)?;
        scene.client.download(&[FILE])?.ok()?;
        assert_eq!(fs::read(&victim)?, b"somebody else's");
        assert_eq!(scene.client.downloaded(KEPT_FILE)?, CONTENT);
        let place = scene.client.downloads().join(KEPT_FILE);
        assert!(!fs::symlink_metadata(&place)?.is_symlink());
        fs::remove_file(place)?;
    }
    // A link to the right bytes is not the file either: they may change after the check.
    fs::write(&victim, CONTENT)?;
    symlink(&victim, scene.client.downloads().join(KEPT_FILE))?;
    scene.client.download(&[FILE])?.ok()?;
    let place = scene.client.downloads().join(KEPT_FILE);
    assert!(!fs::symlink_metadata(place)?.is_symlink());
    Ok(())
}

/// The attack goal "wrong software".
#[test]
fn another_file_under_the_name_of_a_target_is_refused() -> Result<()> {
    let other = "dir/other.txt";
    let scene = Scene::of(|world| {
        let targets = world.draft("targets");
        targets.set_target(FILE, CONTENT.len() as u64, &Digest::of(CONTENT), None);
        targets.set_target(other, 15, &Digest::of(b"other software!"), None);
    })?;
    let swapped = b"other software!";
    scene
        .published
        .put_target_as(FILE, &Digest::of(CONTENT), swapped)?;
    says(
        scene.client.download(&[FILE])?,
        "not the one that was signed",
    )?;
    assert!(scene.client.downloaded(KEPT_FILE).is_err());
    Ok(())
}

/// The members of `hashes`.
type Hashes<'a> = &'a [(&'a str, &'a str)];

/// All digests that we know must match, and there must be one.
#[test]
fn one_good_digest_does_not_make_up_for_a_bad_one() -> Result<()> {
    let (sha256, other) = (Digest::of(CONTENT).to_string(), Digest::of(b"").to_string());
    let (sha512, other512) = (Sha512::of(CONTENT).to_string(), Sha512::of(b"").to_string());
    let table: [(Hashes<'_>, Option<&str>); 7] = [
        (&[("sha256", &sha256), ("sha512", &sha512)], None),
        (&[("sha256", &sha256), ("blake3", "00")], None),
        (&[("sha512", &sha512)], None),
        (
            &[("sha256", &sha256), ("sha512", &other512)],
            Some("not the one that was signed"),
        ),
        (
            &[("sha256", &other), ("sha512", &sha512)],
            Some("not the one that was signed"),
        ),
        (&[("blake3", "00")], Some("no_known_digest")),
        (&[], Some("no_known_digest")),
    ];
    for (hashes, refusal) in table {
        let scene = Scene::of(|world| {
            let hashes = hashes
                .iter()
                .map(|(name, hex)| ((*name).to_owned(), Value::from(*hex)));
            let target = Value::from([
                ("hashes", Value::Object(hashes.collect())),
                ("length", Value::from(CONTENT.len() as u64)),
            ]);
            world
                .draft("targets")
                .set("targets", Value::from([(FILE, target)]));
        })?;
        for digest in [&sha256, &sha512, &other] {
            let file = scene
                .published
                .targets()
                .join(format!("dir/{digest}.file.txt"));
            fs::write(file, CONTENT)?;
        }
        let said = scene.client.download(&[FILE])?;
        match refusal {
            None => drop(said.ok()?),
            Some(word) => says(said, word)?,
        }
    }
    Ok(())
}

/// The attack goal "endless data".
#[test]
fn a_target_is_read_to_its_signed_length_and_no_further() -> Result<()> {
    let scene = Scene::new()?;
    let endless = fs::File::create(
        scene
            .published
            .targets()
            .join(format!("dir/{}.file.txt", Digest::of(CONTENT))),
    )?;
    // A hole of 1 TiB takes no space, and would take hours to read.
    endless.set_len(1 << 40)?;
    says(scene.client.download(&[FILE])?, "longer than 15 bytes")?;
    let endless = fs::File::create(scene.published.metadata().join("timestamp.json"))?;
    endless.set_len(1 << 40)?;
    scene.refuses("longer than")
}
