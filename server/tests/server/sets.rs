use sealift_metadata::Digest;
use sealift_metadata::write::{ImageSpec, PartSpec, SetSpec};

use crate::maker::{
    OFFICERS, RELEASE, Release, delegation, empty_targets, role, set_of, sign, watch_draft,
};
use crate::world::{World, expect};

const SET: &str = "images/watch/release/2.0.0/set.json";

fn app() -> Release {
    Release::new("2.0.0", 2, b"the second image of the watch")
}

/// Another component of the same release.
fn radio() -> Release {
    let mut radio = Release::new("2.0.0", 2, b"the second image of its radio");
    "radio".clone_into(&mut radio.spec.component);
    radio.spec.sequence = 7;
    radio
}

/// Publishes a role of both components with this document; `None` for none.
fn push(world: &World, version: u64, set: Option<&[u8]>) -> crate::world::Reply {
    let (app, radio) = (app(), radio());
    world.upload_release(&app);
    world.upload(&radio.image);
    world.upload(&radio.table);
    let mut draft = watch_draft(version, &[&app]);
    let path = "images/watch/radio/2.0.0/radio.bin";
    let length = |bytes: &[u8]| bytes.len() as u64;
    draft.set_target(
        path,
        length(&radio.image),
        &Digest::of(&radio.image),
        Some(radio.spec.custom()),
    );
    let table = format!("{path}.blocks");
    draft.set_target(
        &table,
        length(&radio.table),
        &Digest::of(&radio.table),
        None,
    );
    match set {
        Some(set) => {
            world.upload(set);
            draft.set_target(SET, length(set), &Digest::of(set), None);
        }
        None => {
            draft.remove_target(SET);
        }
    }
    world.push(&[("watch", &sign(draft, &RELEASE))])
}

#[test]
fn a_release_of_two_components_is_published_as_one_set() {
    let world = World::new();
    let set = set_of(&[&app().spec, &radio().spec]);
    assert_eq!(push(&world, 1, Some(&set)).status, 200);
}

#[test]
fn a_release_document_that_does_not_agree_with_its_images_is_refused() {
    let (app, radio) = (app().spec, radio().spec);
    let changed = |edit: fn(&mut ImageSpec)| {
        let mut radio = radio.clone();
        edit(&mut radio);
        set_of(&[&app, &radio])
    };
    let empty = SetSpec {
        product: "watch".to_owned(),
        release: "2.0.0".to_owned(),
        parts: Vec::<PartSpec>::new(),
    };
    let mut third = radio.clone();
    third.component = "assets".to_owned();
    for (what, set) in [
        ("no document", None),
        ("a component is missing", Some(set_of(&[&app]))),
        ("one too many", Some(set_of(&[&app, &radio, &third]))),
        ("nothing at all", Some(empty.value().encode())),
        (
            "another name",
            Some(changed(|it| it.component = "assets".to_owned())),
        ),
        (
            "another digest",
            Some(changed(|it| it.image.sha256 = Digest::of(b""))),
        ),
        ("another length", Some(changed(|it| it.image.length += 1))),
        ("another sequence", Some(changed(|it| it.sequence = 8))),
        (
            "another version",
            Some(changed(|it| it.version = "9".to_owned())),
        ),
        (
            "other boards",
            Some(changed(|it| it.hardware = vec!["rev-b".to_owned()])),
        ),
        (
            "more boards",
            Some(changed(|it| it.hardware.push("rev-b".to_owned()))),
        ),
    ] {
        let world = World::new();
        let reply = push(&world, 1, set.as_deref());
        assert_eq!(reply.status, 422, "{what}");
        expect(&reply, 422, "release_set_mismatch");
        assert_eq!(reply.json()["path"], SET, "{what}");
    }
}

#[test]
fn an_image_that_joins_a_published_release_is_refused_and_one_may_leave() {
    let world = World::new();
    let set = set_of(&[&app().spec, &radio().spec]);
    assert_eq!(push(&world, 1, Some(&set)).status, 200);
    let mut left = app();
    left.set = set;
    let role = crate::maker::watch(2, &[&left]);
    assert_eq!(world.push(&[("watch", &role)]).status, 200, "one leaves");

    let world = World::new();
    let alone = app();
    world.upload_release(&alone);
    let role = crate::maker::watch(1, &[&alone]);
    assert_eq!(world.push(&[("watch", &role)]).status, 200);
    let reply = push(&world, 2, Some(&alone.set));
    expect(&reply, 422, "release_set_mismatch");
}

/// The top-level role, which trusts `watch` for what the pattern matches.
fn trust(world: &World, version: u64, pattern: &str) {
    let mut draft = empty_targets(version);
    draft.set_delegation(&delegation("watch", pattern, role(&RELEASE, 2)));
    let reply = world.push(&[("targets", &sign(draft, &OFFICERS))]);
    assert_eq!(reply.status, 200, "{}", reply.json());
}

/// A server whose role `watch` once could list no release document, and published without one.
fn without_document() -> (World, Release) {
    let world = World::new();
    trust(&world, 2, "images/watch/app/*/*");
    let app = app();
    world.upload_release(&app);
    let mut draft = watch_draft(1, &[&app]);
    draft.remove_target(SET);
    let reply = world.push(&[("watch", &sign(draft, &RELEASE))]);
    assert_eq!(reply.status, 200, "{}", reply.json());
    (world, app)
}

#[test]
fn a_role_that_may_not_list_release_documents_publishes_images() {
    let (world, app) = without_document();
    let later = Release::new("3.0.0", 3, b"the third image of the watch");
    world.upload_release(&later);
    let mut draft = watch_draft(2, &[&app, &later]);
    draft.remove_target(SET);
    draft.remove_target("images/watch/release/3.0.0/set.json");
    assert_eq!(world.push(&[("watch", &sign(draft, &RELEASE))]).status, 200);
}

#[test]
fn an_old_release_that_does_not_fit_its_document_stops_no_other() {
    let (world, app) = without_document();
    trust(&world, 3, "images/watch/*/*/*");
    let renewed = |version, releases: &[&Release]| {
        let mut draft = watch_draft(version, releases);
        draft.remove_target(SET);
        world.push(&[("watch", &sign(draft, &RELEASE))])
    };
    assert_eq!(renewed(2, &[&app]).status, 200, "a plain renewal");
    let later = Release::new("3.0.0", 3, b"the third image of the watch");
    world.upload_release(&later);
    assert_eq!(renewed(3, &[&app, &later]).status, 200, "one more release");

    let edits: [fn(&mut ImageSpec); 3] = [
        |it| it.sequence = 9,
        |it| it.version = "9".to_owned(),
        |it| it.hardware.push("rev-b".to_owned()),
    ];
    for edit in edits {
        let other = self::app().changed(|it| edit(&mut it.spec));
        expect(&renewed(4, &[&other, &later]), 422, "release_set_mismatch");
    }
    let joined = push(&world, 4, None);
    expect(&joined, 422, "release_set_mismatch");

    let mended = sign(watch_draft(4, &[&app, &later]), &RELEASE);
    assert_eq!(
        world.push(&[("watch", &mended)]).status,
        200,
        "it is mended"
    );
    let gone = renewed(5, &[&app, &later]);
    expect(&gone, 422, "release_set_mismatch");
}
