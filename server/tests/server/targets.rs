use sealift_metadata::Digest;
use sealift_metadata::write::Value;
use sealift_server::limits::KEPT_VERSIONS;

use crate::maker::{
    self, CHANNEL, NOW, OFFICERS, RELEASE, Release, delegation, empty_targets, role, sign, watch,
    watch_draft,
};
use crate::world::{World, expect, target_path};

fn changed(edit: impl FnOnce(&mut Release)) -> Release {
    Release::new("2.0.0", 2, b"the second image of the watch").changed(edit)
}

#[test]
fn an_image_that_contradicts_its_path_or_its_blocks_is_refused() {
    for (release, code) in [
        (
            changed(|it| it.spec.product = "band".to_owned()),
            "misplaced_target",
        ),
        (
            changed(|it| it.spec.component = "radio".to_owned()),
            "misplaced_target",
        ),
        (
            changed(|it| it.spec.release = "2.0.1".to_owned()),
            "misplaced_target",
        ),
        (
            changed(|it| it.table = b"x".repeat(72)),
            "block_table_mismatch",
        ),
        (
            changed(|it| it.spec.blocks.size = 8),
            "block_table_mismatch",
        ),
        (changed(|it| it.spec.image.length += 1), "encoding_mismatch"),
        (
            changed(|it| it.spec.image.sha256 = Digest::of(b"")),
            "encoding_mismatch",
        ),
        (changed(|it| it.spec.channels.clear()), "missing_field"),
        (
            changed(|it| it.set = Release::new("3", 3, b"x").set),
            "misplaced_target",
        ),
    ] {
        let world = World::new();
        world.upload_release(&release);
        expect(&world.push(&[("watch", &watch(1, &[&release]))]), 422, code);
    }
}

#[test]
fn no_image_is_described_where_nobody_looks_for_one() {
    let other_schema = Value::from([("sealift", Value::from([("schema", Value::from(2))]))]);
    let release = changed(|_| {});
    let document = maker::channel("watch", &release);
    let (image, table) = (release.path(), format!("{}.blocks", release.path()));
    let set = "images/watch/release/2.0.0/set.json".to_owned();
    let loose = "images/watch/app/2.0.0/loose.blocks".to_owned();
    for (place, custom) in [
        (&table, release.spec.custom()),
        (&table, other_schema.clone()),
        (&set, release.spec.custom()),
        (&set, other_schema.clone()),
        (&loose, other_schema.clone()),
    ] {
        let world = World::new();
        world.upload_release(&release);
        let mut draft = watch_draft(1, &[&release]);
        let files = release.files();
        let bytes = files.iter().find(|file| file.0 == *place);
        let bytes = bytes.map_or(release.table.as_slice(), |file| file.1);
        draft.set_target(place, bytes.len() as u64, &Digest::of(bytes), Some(custom));
        let reply = world.push(&[("watch", &sign(draft, &RELEASE))]);
        expect(&reply, 422, "misplaced_target");
        assert_eq!(reply.json()["path"], *place);
    }

    let world = World::new();
    world.upload(&document);
    let mut draft = empty_targets(1);
    let digest = Digest::of(&document);
    let path = "channels/watch/stable.json";
    draft.set_target(
        path,
        document.len() as u64,
        &digest,
        Some(other_schema.clone()),
    );
    let reply = world.push(&[("channels", &sign(draft, &CHANNEL))]);
    expect(&reply, 422, "misplaced_target");

    // At an image's place, devices pass over a schema that they do not know.
    world.upload_release(&release);
    let mut draft = watch_draft(1, &[&release]);
    let digest = Digest::of(&release.image);
    draft.set_target(
        &image,
        release.image.len() as u64,
        &digest,
        Some(other_schema),
    );
    assert_eq!(world.push(&[("watch", &sign(draft, &RELEASE))]).status, 200);
}

#[test]
fn what_no_device_could_hold_is_not_published() {
    for (change, status) in [
        (changed(|it| it.spec.version = "1".repeat(64)), 200),
        (changed(|it| it.spec.version = "1".repeat(65)), 422),
        (changed(|it| it.spec.image.length = 1 << 40), 422),
    ] {
        let world = World::new();
        world.upload_release(&change);
        let reply = world.push(&[("watch", &watch(1, &[&change]))]);
        assert_eq!(reply.status, status, "{}", reply.json());
        if status == 422 {
            expect(&reply, 422, "device_profile");
        }
    }
}

#[test]
fn an_image_built_in_the_future_would_lead_devices_clocks_astray() {
    for (built, status) in [
        (NOW.plus(86_400), 200),
        (NOW.plus(86_401), 422),
        (NOW.plus(40 * 365 * 86_400), 422),
    ] {
        let world = World::new();
        let release = changed(|it| it.spec.built = built);
        world.upload_release(&release);
        let reply = world.push(&[("watch", &watch(1, &[&release]))]);
        assert_eq!(reply.status, status, "{}", reply.json());
        if status == 422 {
            expect(&reply, 422, "built_in_future");
            assert_eq!(reply.json()["path"], release.path());
            assert_eq!(reply.json()["built"], built.to_string());
        }
    }
}

#[test]
fn a_channel_document_stands_under_its_own_name() {
    let (world, release) = World::with_release();
    let document = maker::channel("watch", &release);
    world.upload(&document);
    let misplaced = maker::channels(1, "channels/band/stable.json", &document);
    expect(
        &world.push(&[("channels", &misplaced)]),
        422,
        "misplaced_target",
    );
    let misnamed = maker::channels(1, "channels/watch/beta.json", &document);
    expect(
        &world.push(&[("channels", &misnamed)]),
        422,
        "misplaced_target",
    );
    let good = maker::channels(1, "channels/watch/stable.json", &document);
    assert_eq!(world.push(&[("channels", &good)]).status, 200);
}

#[test]
fn a_target_whose_bytes_are_missing_is_refused() {
    let world = World::new();
    let release = Release::new("1.0.0", 1, b"image");
    let reply = world.push(&[("watch", &watch(1, &[&release]))]);
    expect(&reply, 422, "missing_blob");
    assert_eq!(reply.json()["path"], release.path());
    assert_eq!(reply.json()["sha256"], Digest::of(b"image").to_string());

    // Bytes of another length than the signers promised are missing as well.
    world.upload_release(&release);
    let mut draft = watch_draft(1, &[]);
    draft.set_target("images/watch/app/1/x", 6, &Digest::of(b"image"), None);
    expect(
        &world.push(&[("watch", &sign(draft, &RELEASE))]),
        422,
        "missing_blob",
    );
    assert_eq!(world.push(&[("watch", &watch(1, &[&release]))]).status, 200);
}

#[test]
fn what_was_published_keeps_its_bytes() {
    let (world, _) = World::with_release();
    let other = Release::new("1.0.0", 1, b"other bytes under the same name");
    world.upload_release(&other);
    let reply = world.push(&[("watch", &watch(2, &[&other]))]);
    expect(&reply, 422, "target_changed");
}

#[test]
fn a_withdrawn_release_is_served_no_more() {
    let (world, release) = World::with_release();
    let path = target_path(&release.path(), &release.image);
    // One that every reader may still be on the way to, until no kept snapshot leads to it.
    let kept = u64::try_from(KEPT_VERSIONS).unwrap();
    for version in 2..=kept {
        let pushed = world.push(&[("watch", &watch(version, &[]))]).status;
        assert_eq!((pushed, world.get(&path).status), (200, 200), "{version}");
        assert_eq!(world.metadata("1.watch.json").status, 200);
    }
    let world = world.restart();
    assert_eq!(world.get(&path).status, 200);
    assert_eq!(world.push(&[("watch", &watch(kept + 1, &[]))]).status, 200);
    assert_eq!(world.get(&path).status, 404);
    assert_eq!(world.metadata("1.watch.json").status, 404);
    assert_eq!(world.restart().get(&path).status, 404);
}

#[test]
fn a_reader_in_the_middle_of_a_refresh_is_served_whole() {
    let (world, release) = World::with_release();
    let (path, place) = ("channels/watch/stable.json", target_path);
    let old = maker::channel("watch", &release);
    world.upload(&old);
    let channels = maker::channels(1, path, &old);
    assert_eq!(world.push(&[("channels", &channels)]).status, 200);
    // A reader holds this snapshot, and goes on with it while others publish.
    let snapshot = format!("{}.snapshot.json", world.current()["snapshot"]);
    let was_served = [
        "/tuf/default/metadata/1.targets.json".to_owned(),
        "/tuf/default/metadata/1.channels.json".to_owned(),
        "/tuf/default/metadata/1.watch.json".to_owned(),
        format!("/tuf/default/metadata/{snapshot}"),
        place(path, &old),
        place(&release.path(), &release.image),
        place(&format!("{}.blocks", release.path()), &release.table),
    ];
    let next = changed(|_| {});
    let document = maker::channel("watch", &next);
    world.upload_release(&next);
    world.upload(&document);
    let channels = maker::channels(2, path, &document);
    let pruned = watch(2, &[&next]);
    let reply = world.push(&[("channels", &channels), ("watch", &pruned)]);
    assert_eq!(reply.status, 200, "{}", reply.json());
    for path in &was_served {
        assert_eq!(world.get(path).status, 200, "{path}");
    }

    // Nobody delegates to the product any more.
    let mut targets = empty_targets(2);
    let spec = role(&CHANNEL, 1);
    targets.set_delegation(&delegation("channels", "channels/*/*", spec));
    let reply = world.push(&[("targets", &sign(targets, &OFFICERS))]);
    assert_eq!(reply.status, 200, "{}", reply.json());
    let world = world.restart();
    for path in &was_served {
        assert_eq!(world.get(path).status, 200, "{path}");
    }
}

#[test]
fn what_a_second_implementation_cannot_read_is_refused() {
    let world = World::new();
    world.upload(b"x");
    // Our verifier skips digests that it does not know, whatever they are; others want text.
    let hashes = Value::from([
        ("sha256", Value::from(Digest::of(b"x").to_string())),
        ("sha999", Value::from(7)),
    ]);
    let target = Value::from([("hashes", hashes), ("length", Value::from(1))]);
    let mut draft = empty_targets(1);
    draft.set("targets", Value::from([("images/watch/app/1/x", target)]));
    let reply = world.push(&[("watch", &sign(draft, &RELEASE))]);
    expect(&reply, 422, "foreign_judge");
    assert_eq!(world.current()["roles"]["watch"], serde_json::Value::Null);
}
