use sealift_metadata::Digest;
use sealift_metadata::write::{ImageSpec, PartSpec, SetSpec};

use crate::maker::{RELEASE, Release, set_of, sign, watch_draft};
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
