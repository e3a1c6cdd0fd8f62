//! What is said of an image, as values to be signed: the counterparts of [`crate::image`],
//! [`crate::channel`] and [`crate::release`].

use std::borrow::ToOwned;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{Object, Value};
use crate::digest::Digest;
use crate::image::{Blocks, Content, SCHEMA, Slot};
use crate::time::Time;

/// `custom.sealift` of an image target; the fields are those of [`crate::image::Image`].
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are documented at the type that is read"
)]
pub struct ImageSpec {
    pub product: String,
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
    pub needs_with: Vec<NeedSpec>,
    pub needs_installed: Vec<NeedSpec>,
    pub built: Time,
    /// What people and fleet queries are told of a security update; devices skip it.
    pub security: Option<Value>,
}

/// A component, and the lowest sequence of it that will do.
#[derive(Clone, Debug)]
pub struct NeedSpec {
    /// The component.
    pub component: String,
    /// The lowest sequence.
    pub min_sequence: u64,
}

impl ImageSpec {
    /// The whole `custom` object: `{"sealift":{…}}`.
    pub fn custom(&self) -> Value {
        let mut sealift = Value::from([
            ("blocks", blocks(&self.blocks)),
            ("built", Value::from(self.built.to_string())),
            ("channels", Value::from(self.channels.clone())),
            ("component", Value::from(self.component.as_str())),
            ("encoding", Value::from(self.encoding.as_str())),
            ("floor", Value::from(self.floor)),
            ("hardware", Value::from(self.hardware.clone())),
            ("image", content(&self.image)),
            ("product", Value::from(self.product.as_str())),
            ("release", Value::from(self.release.as_str())),
            ("schema", Value::from(SCHEMA)),
            ("sequence", Value::from(self.sequence)),
            ("version", Value::from(self.version.as_str())),
        ]);
        self.add_optional(sealift.members());
        Value::from([("sealift", sealift)])
    }

    fn add_optional(&self, members: &mut Object) {
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        add(
            "slot",
            self.slot.map(|slot| {
                Value::from(match slot {
                    Slot::A => "a",
                    Slot::B => "b",
                })
            }),
        );
        add("from", self.from.as_ref().map(content));
        add("needs_with", needs(&self.needs_with));
        add("needs_installed", needs(&self.needs_installed));
        add("security", self.security.clone());
    }
}

fn needs(needs: &[NeedSpec]) -> Option<Value> {
    let needs: Vec<Value> = needs
        .iter()
        .map(|need| {
            Value::from([
                ("component", Value::from(need.component.as_str())),
                ("min_sequence", Value::from(need.min_sequence)),
            ])
        })
        .collect();
    (!needs.is_empty()).then_some(Value::Array(needs))
}

fn content(content: &Content) -> Value {
    Value::from([
        ("length", Value::from(content.length)),
        ("sha256", Value::from(content.sha256.to_string())),
    ])
}

fn blocks(blocks: &Blocks) -> Value {
    Value::from([
        ("sha256", Value::from(blocks.sha256.to_string())),
        ("size", Value::from(u64::from(blocks.size))),
    ])
}

/// An image that a channel offers.
#[derive(Clone, Debug)]
pub struct OfferSpec {
    /// The release that it belongs to.
    pub release: String,
    /// The component that it is of.
    pub component: String,
    /// The path of its target.
    pub path: String,
    /// The image that a delta starts from, if it is one.
    pub from: Option<Digest>,
}

/// A channel document.
#[derive(Clone, Debug)]
pub struct ChannelSpec {
    /// The product.
    pub product: String,
    /// The channel.
    pub channel: String,
    /// The offers, those of one release together, the newest release first.
    pub offers: Vec<OfferSpec>,
}

impl ChannelSpec {
    /// The document.
    pub fn value(&self) -> Value {
        let mut releases: Vec<(&str, Vec<Value>)> = Vec::new();
        for offer in &self.offers {
            let mut image = Value::from([
                ("component", Value::from(offer.component.as_str())),
                ("path", Value::from(offer.path.as_str())),
            ]);
            if let Some(from) = &offer.from {
                image
                    .members()
                    .insert("from".to_owned(), Value::from(from.to_string()));
            }
            match releases.last_mut() {
                Some((release, images)) if *release == offer.release => images.push(image),
                _ => releases.push((&offer.release, std::vec![image])),
            }
        }
        let releases = releases.into_iter().map(|(release, images)| {
            Value::from([
                ("images", Value::Array(images)),
                ("release", Value::from(release)),
            ])
        });
        Value::from([
            ("channel", Value::from(self.channel.as_str())),
            ("product", Value::from(self.product.as_str())),
            ("releases", Value::Array(releases.collect())),
            ("schema", Value::from(SCHEMA)),
        ])
    }
}

/// One component of a release.
#[derive(Clone, Debug)]
pub struct PartSpec {
    /// The component.
    pub component: String,
    /// The board revisions that the image runs on.
    pub hardware: Vec<String>,
    /// The image that ends up in the slot.
    pub image: Content,
    /// Its sequence.
    pub sequence: u64,
    /// Its version.
    pub version: String,
}

impl From<&ImageSpec> for PartSpec {
    fn from(image: &ImageSpec) -> Self {
        Self {
            component: image.component.clone(),
            hardware: image.hardware.clone(),
            image: image.image,
            sequence: image.sequence,
            version: image.version.clone(),
        }
    }
}

/// A release document.
#[derive(Clone, Debug)]
pub struct SetSpec {
    /// The product.
    pub product: String,
    /// The release.
    pub release: String,
    /// Its components.
    pub parts: Vec<PartSpec>,
}

impl SetSpec {
    /// The document.
    pub fn value(&self) -> Value {
        let parts = self.parts.iter().map(|part| {
            Value::from([
                ("component", Value::from(part.component.as_str())),
                ("hardware", Value::from(part.hardware.clone())),
                ("image", content(&part.image)),
                ("sequence", Value::from(part.sequence)),
                ("version", Value::from(part.version.as_str())),
            ])
        });
        Value::from([
            ("components", Value::Array(parts.collect())),
            ("product", Value::from(self.product.as_str())),
            ("release", Value::from(self.release.as_str())),
            ("schema", Value::from(SCHEMA)),
        ])
    }
}
