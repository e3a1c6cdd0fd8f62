//! The images of a product role, taken out of the document so that they can be compared.

use sealift_metadata::Time;
use sealift_metadata::image::{Blocks, Content, Image, Slot};
use sealift_metadata::json::Strings;
use sealift_metadata::release::{COMPONENT, FILE};
use sealift_metadata::targets::{Target, Targets};
use sealift_metadata::write::{PartSpec, SetSpec};
use sealift_metadata::{Digest, blocks};

use crate::error::{Error, Result, Unsound};
use crate::names::{Product, RoleId};

/// An image target, with what its signers say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are documented at sealift_metadata::image::Image"
)]
pub struct Listed {
    pub path: String,
    pub target: Content,
    pub component: String,
    pub hardware: Vec<String>,
    pub version: String,
    pub sequence: u64,
    pub floor: u64,
    pub release: String,
    pub channels: Vec<String>,
    pub image: Content,
    pub encoding: String,
    pub blocks: Blocks,
    pub slot: Option<Slot>,
    pub from: Option<Content>,
    pub needs_with: Vec<(String, u64)>,
    pub needs_installed: Vec<(String, u64)>,
    pub built: Time,
}

/// All images of a product role, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The images.
    pub images: Vec<Listed>,
}

/// What stands at a path of a product role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// An image.
    Image,
    /// The block table of the image at this path.
    BlockTable(&'a str),
    /// The document of this release.
    Release(&'a str),
}

impl Kind<'_> {
    /// What belongs at a path: `images/<product>/<component>/<release>/<name>`. `None` for a
    /// path of another shape.
    pub fn of(path: &str) -> Option<Kind<'_>> {
        let segments: Vec<&str> = path.split('/').collect();
        match segments.as_slice() {
            ["images", _, component, release, name] if *component == COMPONENT => {
                (*name == FILE).then_some(Kind::Release(release))
            }
            ["images", _, _, _, _] => Some(
                path.strip_suffix(blocks::SUFFIX)
                    .map_or(Kind::Image, Kind::BlockTable),
            ),
            _ => None,
        }
    }
}

impl Catalog {
    /// Reads the images of a product's role.
    ///
    /// # Errors
    /// [`Error::Metadata`]; [`Error::Unsound`] for a target that is no image where one belongs,
    /// or whose description belongs elsewhere.
    pub fn read(product: &Product, targets: &Targets<'_>) -> Result<Self> {
        let role = RoleId::Product(product.clone());
        let mut images = Vec::new();
        let mut fault = None;
        targets
            .for_each(|path, target| {
                if Kind::of(path) != Some(Kind::Image) {
                    return Ok(());
                }
                match Image::of(&target)? {
                    None => fault = Some(Unsound::NotAnImage),
                    Some(image) if image.product != product.as_str() || !image.belongs_at(path) => {
                        fault = Some(Unsound::Misplaced);
                    }
                    Some(image) => images.push(Listed::of(path, &target, &image)),
                }
                Ok(())
            })
            .map_err(Error::metadata(&role))?;
        match fault {
            Some(fault) => Err(Error::unsound(&role, fault)),
            None => Ok(Self { images }),
        }
    }

    /// The images of a release.
    pub fn of_release(&self, release: &str) -> impl Iterator<Item = &Listed> {
        self.images
            .iter()
            .filter(move |image| image.release == release)
    }

    /// The image at a path.
    pub fn at(&self, path: &str) -> Option<&Listed> {
        self.images.iter().find(|image| image.path == path)
    }

    /// The release document that belongs to the images of a release. Several encodings of one
    /// image are one component, as long as they agree on version and sequence.
    pub fn release_document(&self, product: &Product, release: &str) -> Vec<u8> {
        let mut parts: Vec<PartSpec> = Vec::new();
        for image in self.of_release(release) {
            let same = parts.iter_mut().find(|part| is_same(part, image));
            let Some(part) = same else {
                parts.push(part(image));
                continue;
            };
            for hardware in &image.hardware {
                if !part.hardware.contains(hardware) {
                    part.hardware.push(hardware.clone());
                }
            }
        }
        for part in &mut parts {
            part.hardware.sort();
        }
        parts.sort_by(|one, other| order(one).cmp(&order(other)));
        let set = SetSpec {
            product: product.as_str().to_owned(),
            release: release.to_owned(),
            parts,
        };
        set.value().encode()
    }
}

/// What a server and a device compare as well.
fn is_same(part: &PartSpec, image: &Listed) -> bool {
    part.component == image.component
        && part.image == image.image
        && part.sequence == image.sequence
        && part.version == image.version
}

fn order(part: &PartSpec) -> (&str, u64, &Digest, &str) {
    let (component, version) = (&part.component, &part.version);
    (component, part.sequence, &part.image.sha256, version)
}

fn part(image: &Listed) -> PartSpec {
    PartSpec {
        component: image.component.clone(),
        hardware: image.hardware.clone(),
        image: image.image,
        sequence: image.sequence,
        version: image.version.clone(),
    }
}

impl Listed {
    fn of(path: &str, target: &Target<'_>, image: &Image<'_>) -> Self {
        Self {
            path: path.to_owned(),
            target: Content {
                length: target.length,
                sha256: target.sha256,
            },
            component: image.component.to_owned(),
            hardware: strings(image.hardware),
            version: image.version.to_owned(),
            sequence: image.sequence,
            floor: image.floor,
            release: image.release.to_owned(),
            channels: strings(image.channels),
            image: image.image,
            encoding: image.encoding.to_owned(),
            blocks: image.blocks,
            slot: image.slot,
            from: image.from,
            needs_with: needs(image.needs_with),
            needs_installed: needs(image.needs_installed),
            built: image.built,
        }
    }

    /// Whether some device could take either of the two.
    pub fn competes_with(&self, other: &Self) -> bool {
        let same_slot = match (self.slot, other.slot) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        self.component == other.component
            && same_slot
            && self.hardware.iter().any(|own| other.hardware.contains(own))
    }
}

fn strings(list: Strings<'_>) -> Vec<String> {
    let mut strings = Vec::new();
    // The list was read once already: it cannot fail now.
    let _ = list.for_each(|text| {
        strings.push(text.to_owned());
        Ok(())
    });
    strings
}

fn needs(list: sealift_metadata::image::Needs<'_>) -> Vec<(String, u64)> {
    let mut needs = Vec::new();
    // As above.
    let _ = list.for_each(|component, sequence| {
        needs.push((component.to_owned(), sequence));
        Ok(())
    });
    needs
}
