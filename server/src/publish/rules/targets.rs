//! What targets say of themselves, and the bytes behind them.

use std::collections::BTreeMap;

use sealift_metadata::blocks::{SUFFIX, table_bytes};
use sealift_metadata::channel::Channel;
use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::{Error, Role};
use sealift_metadata::image::Image;
use sealift_metadata::json::Reader;
use sealift_metadata::limits::{BLOCK_TABLE_BYTES, VERSION_TEXT_BYTES};
use sealift_metadata::name::TargetPath;
use sealift_metadata::release::{self, Release};
use sealift_metadata::targets::{Target, Targets};
use sealift_metadata::verify::Document as _;

use super::{Reached, Refusal, Rules};
use crate::limits::{BUILT_AHEAD_SECONDS, DOCUMENT_TARGET_BYTES};

/// The targets of a role by their paths, so that each is found without reading the role again.
pub(super) type Listed<'a> = BTreeMap<&'a str, Target<'a>>;

impl Rules<'_> {
    /// Looks at every target of a role that changes.
    pub(super) fn check_targets(&self, reached: &Reached<'_>) -> Result<(), Refusal> {
        let refused = Refusal::of(&reached.role);
        let listed = list(&reached.targets).map_err(&refused)?;
        for (text, target) in &listed {
            TargetPath::new(text).map_err(&refused)?;
            if says_sealift(target).map_err(&refused)? && !is_place_of_images(text) {
                return Err(Refusal::MisplacedTarget {
                    path: (*text).to_owned(),
                });
            }
            if let Some(image) = Image::of(target).map_err(&refused)? {
                check_caps(&image).map_err(&refused)?;
                check_image(text, &image, target, &listed)?;
                self.check_built(text, &image)?;
            }
            self.check_blob(text, target)?;
            if !self.served_before(text, target) {
                self.check_document(text, target, &refused)?;
            }
        }
        let before = self.list_before(&reached.role)?;
        check_unchanged(&before, &listed)?;
        self.check_sets(reached, &before, &listed)
    }

    /// What the role listed until now: nothing if it is new.
    fn list_before(&self, role: &str) -> Result<Listed<'_>, Refusal> {
        let Some(before) = self.before.current(role) else {
            return Ok(Listed::new());
        };
        let read = || {
            let envelope = Envelope::read(Role::Targets, &before.bytes)?;
            list(&Targets::read(envelope.signed)?)
        };
        read().map_err(Refusal::of(role))
    }

    /// A device that installed an image believes from then on that it is not earlier than the
    /// image's date.
    fn check_built(&self, path: &str, image: &Image<'_>) -> Result<(), Refusal> {
        let (built, latest) = (image.built, self.now.plus(BUILT_AHEAD_SECONDS));
        if built <= latest {
            return Ok(());
        }
        Err(Refusal::BuiltInFuture {
            path: path.to_owned(),
            built,
            latest,
        })
    }

    /// Whether readers see the target already.
    pub(super) fn served_before(&self, path: &str, target: &Target<'_>) -> bool {
        TargetPath::new(path).is_ok_and(|path| self.before.serves(&path, &target.sha256))
    }

    fn check_blob(&self, path: &str, target: &Target<'_>) -> Result<(), Refusal> {
        if self.blobs.length(&target.sha256) == Some(target.length) {
            return Ok(());
        }
        Err(Refusal::MissingBlob {
            path: path.to_owned(),
            length: target.length,
            sha256: target.sha256,
        })
    }

    /// What a channel or release document says must fit its path, or it could be shown in the
    /// place of another.
    fn check_document(
        &self,
        path: &str,
        target: &Target<'_>,
        refused: &impl Fn(Error) -> Refusal,
    ) -> Result<(), Refusal> {
        let segments: Vec<&str> = path.split('/').collect();
        let misplaced = || Refusal::MisplacedTarget {
            path: path.to_owned(),
        };
        let fits = match segments.as_slice() {
            ["channels", product, file] => {
                let bytes = self.read(target).ok_or_else(misplaced)?;
                self.profile()?.check_channel(&bytes).map_err(refused)?;
                let channel = Channel::read(&bytes).map_err(refused)?;
                channel.product == *product && format!("{}.json", channel.channel) == *file
            }
            ["images", product, release::COMPONENT, name, release::FILE] => {
                let bytes = self.read(target).ok_or_else(misplaced)?;
                let set = Release::read(&bytes).map_err(refused)?;
                set.product == *product && set.release == *name
            }
            _ => true,
        };
        if fits { Ok(()) } else { Err(misplaced()) }
    }

    pub(super) fn read(&self, target: &Target<'_>) -> Option<Vec<u8>> {
        if target.length > DOCUMENT_TARGET_BYTES {
            return None;
        }
        self.blobs.read(&target.sha256).ok()
    }
}

/// What was published below `images/` keeps its bytes for as long as it is listed; channel
/// documents are there to change.
fn check_unchanged(before: &Listed<'_>, listed: &Listed<'_>) -> Result<(), Refusal> {
    let is_other = |(path, target): &(&&str, &Target<'_>)| {
        let old = before.get(**path);
        path.starts_with("images/") && old.is_some_and(|old| old.sha256 != target.sha256)
    };
    match listed.iter().find(is_other) {
        Some((path, _)) => Err(Refusal::TargetChanged {
            path: (*path).to_owned(),
        }),
        None => Ok(()),
    }
}

fn list<'a>(targets: &Targets<'a>) -> sealift_metadata::Result<Listed<'a>> {
    let mut listed = Listed::new();
    targets.for_each(|path, target| {
        listed.insert(path, target);
        Ok(())
    })?;
    Ok(listed)
}

/// Whether a target has a `custom.sealift`, of whatever schema.
fn says_sealift(target: &Target<'_>) -> sealift_metadata::Result<bool> {
    let found = target.custom.map(|it| Reader::find(it, "sealift"));
    Ok(found.transpose()?.flatten().is_some())
}

/// Whether an image may stand at `path`. Reviewers look for no image in a block table, a release
/// document or a channel, and devices must find none there.
fn is_place_of_images(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    matches!(segments.as_slice(), ["images", _, component, _, name]
        if *component != release::COMPONENT && !name.ends_with(SUFFIX))
}

/// A device passes over what it cannot hold; nobody should sign it in vain.
fn check_caps(image: &Image<'_>) -> sealift_metadata::Result<()> {
    if image.version.len() > VERSION_TEXT_BYTES {
        return Err(Error::DeviceProfile("the text of a version"));
    }
    if table_bytes(image.image.length, image.blocks.size) > BLOCK_TABLE_BYTES {
        return Err(Error::DeviceProfile("the length of a block table"));
    }
    Ok(())
}

fn check_image(
    path: &str,
    image: &Image<'_>,
    target: &Target<'_>,
    listed: &Listed<'_>,
) -> Result<(), Refusal> {
    let path = path.to_owned();
    if !image.belongs_at(&path) {
        return Err(Refusal::MisplacedTarget { path });
    }
    let is_image = target.length == image.image.length && target.sha256 == image.image.sha256;
    if image.encoding == "raw" && !is_image {
        return Err(Refusal::EncodingMismatch { path });
    }
    let length = table_bytes(image.image.length, image.blocks.size);
    let is_its_table =
        |table: &Target<'_>| table.sha256 == image.blocks.sha256 && table.length == length;
    let table = listed.get(format!("{path}{SUFFIX}").as_str());
    if table.is_some_and(is_its_table) {
        Ok(())
    } else {
        Err(Refusal::BlockTable { path })
    }
}
