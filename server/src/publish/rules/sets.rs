//! Release documents: a device takes whole sets only, and what it takes for whole is what
//! `set.json` names. One that says otherwise than the images beside it would strand devices.

use std::collections::BTreeMap;

use sealift_metadata::image::Image;
use sealift_metadata::release::{self, Part, Release};

use super::targets::Listed;
use super::{Reached, Refusal, Rules, delegations};

/// The images of a role by the path of the document of their release.
type Images<'a> = BTreeMap<String, Vec<Image<'a>>>;

impl Rules<'_> {
    /// Every image of a role stands in the document of its release, with the same words; and a
    /// document that was not published before names nothing that is not there. Of a release that
    /// was published, images may be withdrawn: the set as it was tested stays.
    ///
    /// A release that stays as it was is not judged again: what was published must not change, and
    /// every other image of the role would have to wait for it. Nor is one whose document the role
    /// may not list.
    pub(super) fn check_sets(
        &self,
        reached: &Reached<'_>,
        before: &Listed<'_>,
        listed: &Listed<'_>,
    ) -> Result<(), Refusal> {
        let images = images_of(listed).map_err(Refusal::of(&reached.role))?;
        // Images that nobody can read any more are no images that stood there.
        let images_before = images_of(before).unwrap_or_default();
        for (path, images) in &images {
            let digest = |listed: &Listed<'_>| listed.get(path.as_str()).map(|it| it.sha256);
            let stood = images_before.get(path).is_some_and(|old| {
                let parts: Vec<Part<'_>> = old.iter().map(part_of).collect();
                are_named(images, &parts)
            });
            let is_unchanged = stood && digest(before) == digest(listed);
            if is_unchanged || !delegations::is_trusted(reached, path) {
                continue;
            }
            let set = listed.get(path.as_str()).and_then(|it| self.read(it));
            let parts = set.as_deref().and_then(parts_of);
            if !parts.is_some_and(|parts| are_named(images, &parts)) {
                return Err(mismatch(path));
            }
        }
        for (path, target) in listed.iter().filter(|(path, _)| is_set(path)) {
            if self.served_before(path, target) {
                continue;
            }
            let bytes = self.read(target).ok_or_else(|| mismatch(path))?;
            let parts = parts_of(&bytes).ok_or_else(|| mismatch(path))?;
            let images = images.get(*path).map_or(&[][..], Vec::as_slice);
            let is_there = |it: &Part<'_>| is_made_of(it, images) || is_foreign(path, it, listed);
            if parts.is_empty() || !parts.iter().all(is_there) {
                return Err(mismatch(path));
            }
        }
        Ok(())
    }
}

fn mismatch(path: &str) -> Refusal {
    Refusal::ReleaseSet {
        path: path.to_owned(),
    }
}

fn images_of<'a>(listed: &Listed<'a>) -> sealift_metadata::Result<Images<'a>> {
    let mut images = Images::new();
    for target in listed.values() {
        if let Some(image) = Image::of(target)? {
            let path = document(image.product, image.release);
            images.entry(path).or_default().push(image);
        }
    }
    Ok(images)
}

fn document(product: &str, name: &str) -> String {
    let (component, file) = (release::COMPONENT, release::FILE);
    format!("images/{product}/{component}/{name}/{file}")
}

fn is_set(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    matches!(segments.as_slice(), ["images", _, component, _, file]
        if *component == release::COMPONENT && *file == release::FILE)
}

fn parts_of(bytes: &[u8]) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let read = Release::read(bytes).and_then(|set| {
        set.for_each(|part| {
            parts.push(part);
            Ok(())
        })
    });
    read.is_ok().then_some(parts)
}

/// What a document that agrees says of the image.
fn part_of<'a>(image: &Image<'a>) -> Part<'a> {
    Part {
        component: image.component,
        hardware: image.hardware,
        image: image.image,
        sequence: image.sequence,
        version: image.version,
    }
}

/// Whether both are of the same image.
fn is_same(image: &Image<'_>, part: &Part<'_>) -> bool {
    part.component == image.component
        && part.image == image.image
        && part.sequence == image.sequence
        && part.version == image.version
}

fn are_named(images: &[Image<'_>], parts: &[Part<'_>]) -> bool {
    images.iter().all(|image| is_named(image, parts))
}

fn is_named(image: &Image<'_>, parts: &[Part<'_>]) -> bool {
    let has_all = |part: &Part<'_>| !image.hardware.any(|name| !part.hardware.contains(name));
    parts
        .iter()
        .any(|part| is_same(image, part) && has_all(part))
}

/// Whether there is an image of a part for each board revision that it names.
fn is_made_of(part: &Part<'_>, images: &[Image<'_>]) -> bool {
    let runs_on = |name: &str| {
        images
            .iter()
            .any(|image| is_same(image, part) && image.hardware.contains(name))
    };
    !part.hardware.is_empty() && !part.hardware.any(|name| !runs_on(name))
}

/// Whether the part may be one that is described in a schema of later days.
fn is_foreign(path: &str, part: &Part<'_>, listed: &Listed<'_>) -> bool {
    let mut segments = path.split('/');
    let (product, name) = (segments.nth(1), segments.nth(1));
    let (Some(product), Some(name)) = (product, name) else {
        return false;
    };
    let folder = format!("images/{product}/{}/{name}/", part.component);
    let beside = listed.iter().filter(|(path, _)| path.starts_with(&folder));
    let mut described = beside.filter(|(_, target)| target.custom.is_some());
    described.any(|(_, target)| matches!(Image::of(target), Ok(None)))
}
