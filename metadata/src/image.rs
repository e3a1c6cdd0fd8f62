//! `custom.sealift` of an image target: signed offline, and all that a device believes of it.

use crate::Result;
use crate::blocks::SUFFIX;
use crate::digest::Digest;
use crate::json::{Read, Reader, Strings};
use crate::limits::BLOCK_BYTES;
use crate::name::{is_segment, is_slug};
use crate::release::COMPONENT;
use crate::targets::Target;
use crate::time::Time;

/// The only schema there is. Others are skipped, so that a later one can live beside it.
pub const SCHEMA: u64 = 1;

/// The length and the digest of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Length in bytes.
    pub length: u64,
    /// Digest of the bytes.
    pub sha256: Digest,
}

/// How an encoding is cut into blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Bytes of the image in every block but the last.
    pub size: u32,
    /// Digest of the block table (see [`crate::blocks`]).
    pub sha256: Digest,
}

/// The slot that an image is linked for, where images run in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The first slot.
    A,
    /// The second slot.
    B,
}

/// What the signers say of an image.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// The product whose devices run the image.
    pub product: &'a str,
    /// The component that the image is of: `app`, `bootloader`, `radio`, …
    pub component: &'a str,
    /// The board revisions that it runs on.
    pub hardware: Strings<'a>,
    /// The version, for people.
    pub version: &'a str,
    /// The order of releases of the component; it strictly rises.
    pub sequence: u64,
    /// The security floor: a device that confirmed it refuses images with a lower one.
    pub floor: u64,
    /// The name of the whole set that the image belongs to.
    pub release: &'a str,
    /// The audience: a channel outside of this list may not offer the image.
    pub channels: Strings<'a>,
    /// The bytes that end up in the slot.
    pub image: Content,
    /// How the target's bytes become the image: `raw`, `zstd`, …
    pub encoding: &'a str,
    /// How the encoding is cut.
    pub blocks: Blocks,
    /// The slot it is linked for, if for one only.
    pub slot: Option<Slot>,
    /// The image that a delta starts from, if it is one.
    pub from: Option<Content>,
    /// `[{component,min_sequence}]` that must be activated together with it.
    pub needs_with: Needs<'a>,
    /// `[{component,min_sequence}]` that must be installed before it.
    pub needs_installed: Needs<'a>,
    /// When it was built: a floor of time.
    pub built: Time,
}

impl<'a> Image<'a> {
    /// Reads the description of a target. `None` where there is none, or one of another schema.
    ///
    /// # Errors
    /// What is missing from the description or wrong with it.
    pub fn of(target: &Target<'a>) -> Result<Option<Self>> {
        let Some(custom) = target.custom else {
            return Ok(None);
        };
        let mut sealift = None;
        Reader::scan(custom, |reader| {
            reader.object(&mut |reader, name| {
                if name.name() == "sealift" {
                    sealift = Some(reader.raw()?);
                    return Ok(());
                }
                reader.skip()
            })
        })?;
        let Some(sealift) = sealift else {
            return Ok(None);
        };
        if read_schema(sealift)? != SCHEMA {
            return Ok(None);
        }
        Reader::scan(sealift, Draft::read).map(Some)
    }

    /// Whether the description belongs to the target at `path`:
    /// `images/<product>/<component>/<release>/<name>`. No image lies where block tables and
    /// release documents do, which nobody looks at as images.
    pub fn belongs_at(&self, path: &str) -> bool {
        if path.ends_with(SUFFIX) || self.component == COMPONENT {
            return false;
        }
        let mut segments = path.split('/');
        segments.next() == Some("images")
            && segments.next() == Some(self.product)
            && segments.next() == Some(self.component)
            && segments.next() == Some(self.release)
            && segments.next().is_some_and(is_segment)
            && segments.next().is_none()
    }
}

/// Releases of other components that an image needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs<'a>(&'a [u8]);

impl<'a> Needs<'a> {
    fn read(reader: &mut Reader<'a>) -> Read<Self> {
        let needs = Self(reader.raw()?);
        reader.take(needs.for_each(|_, _| Ok(())))?;
        Ok(needs)
    }

    /// Calls `each` with every component and the lowest sequence of it that will do.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each(self, mut each: impl FnMut(&'a str, u64) -> Result<()>) -> Result<()> {
        self.tell(&mut each)
    }

    fn tell(self, each: &mut dyn FnMut(&'a str, u64) -> Result<()>) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Reader::scan(self.0, |reader| {
            reader.array(&mut |reader| {
                let (component, min_sequence) = read_need(reader)?;
                reader.take(each(component, min_sequence))
            })
        })
    }
}

fn read_need<'a>(reader: &mut Reader<'a>) -> Read<(&'a str, u64)> {
    let (mut component, mut min_sequence) = (None, None);
    reader.object(&mut |reader, name| {
        match name.name() {
            "component" => component = Some(slug(reader, "needs.component")?),
            "min_sequence" => min_sequence = Some(reader.unsigned()?),
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok((
        reader.need(component, "needs.component")?,
        reader.need(min_sequence, "needs.min_sequence")?,
    ))
}

/// Reads `schema`, which stands behind most other members.
pub(crate) fn read_schema(object: &[u8]) -> Result<u64> {
    Reader::scan(object, |reader| {
        let mut schema = None;
        reader.object(&mut |reader, name| {
            if name.name() == "schema" {
                schema = Some(reader.unsigned()?);
                return Ok(());
            }
            reader.skip()
        })?;
        reader.need(schema, "schema")
    })
}

pub(crate) fn slug<'a>(reader: &mut Reader<'a>, field: &'static str) -> Read<&'a str> {
    let text = reader.plain()?;
    if is_slug(text) {
        Ok(text)
    } else {
        reader.invalid(field)
    }
}

pub(crate) fn segment<'a>(reader: &mut Reader<'a>, field: &'static str) -> Read<&'a str> {
    let text = reader.plain()?;
    if is_segment(text) {
        Ok(text)
    } else {
        reader.invalid(field)
    }
}

impl Content {
    /// Reads `{"length":…,"sha256":…}`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let (mut length, mut sha256) = (None, None);
        reader.object(&mut |reader, name| {
            match name.name() {
                "length" => length = Some(reader.unsigned()?),
                "sha256" => sha256 = Some(Digest::read(reader)?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            length: reader.need(length, "length")?,
            sha256: reader.need(sha256, "sha256")?,
        })
    }
}

impl Blocks {
    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let (mut size, mut sha256) = (None, None);
        reader.object(&mut |reader, name| {
            match name.name() {
                "size" => size = u32::try_from(reader.unsigned()?).ok(),
                "sha256" => sha256 = Some(Digest::read(reader)?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let Some(size) = size.filter(|size| (1..=BLOCK_BYTES).contains(size)) else {
            return reader.invalid("blocks.size");
        };
        Ok(Self {
            size,
            sha256: reader.need(sha256, "blocks.sha256")?,
        })
    }
}

impl Slot {
    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        match reader.plain()? {
            "a" => Ok(Self::A),
            "b" => Ok(Self::B),
            _ => reader.invalid("slot"),
        }
    }
}

/// The members read so far.
#[derive(Default)]
struct Draft<'a> {
    product: Option<&'a str>,
    component: Option<&'a str>,
    hardware: Strings<'a>,
    version: Option<&'a str>,
    sequence: Option<u64>,
    floor: Option<u64>,
    release: Option<&'a str>,
    channels: Strings<'a>,
    image: Option<Content>,
    encoding: Option<&'a str>,
    blocks: Option<Blocks>,
    slot: Option<Slot>,
    from: Option<Content>,
    needs_with: Needs<'a>,
    needs_installed: Needs<'a>,
    built: Option<Time>,
}

impl<'a> Draft<'a> {
    fn read(reader: &mut Reader<'a>) -> Read<Image<'a>> {
        let mut draft = Self::default();
        reader.object(&mut |reader, name| draft.member(name.name(), reader))?;
        draft.finish(reader)
    }

    fn member(&mut self, name: &str, reader: &mut Reader<'a>) -> Read<()> {
        match name {
            "product" => self.product = Some(slug(reader, "product")?),
            "component" => self.component = Some(slug(reader, "component")?),
            "hardware" => self.hardware = Strings::read(reader)?,
            "version" => self.version = Some(segment(reader, "version")?),
            "sequence" => self.sequence = Some(reader.unsigned()?),
            "floor" => self.floor = Some(reader.unsigned()?),
            "release" => self.release = Some(segment(reader, "release")?),
            "channels" => self.channels = Strings::read(reader)?,
            "image" => self.image = Some(Content::read(reader)?),
            "encoding" => self.encoding = Some(slug(reader, "encoding")?),
            "blocks" => self.blocks = Some(Blocks::read(reader)?),
            "slot" => self.slot = Some(Slot::read(reader)?),
            "from" => self.from = Some(Content::read(reader)?),
            "needs_with" => self.needs_with = Needs::read(reader)?,
            "needs_installed" => self.needs_installed = Needs::read(reader)?,
            "built" => self.built = Some(Time::read(reader)?),
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn finish(self, reader: &mut Reader<'a>) -> Read<Image<'a>> {
        if self.hardware.is_empty() {
            return reader.missing("hardware");
        }
        if self.channels.is_empty() {
            return reader.missing("channels");
        }
        Ok(Image {
            product: reader.need(self.product, "product")?,
            component: reader.need(self.component, "component")?,
            hardware: self.hardware,
            version: reader.need(self.version, "version")?,
            sequence: reader.need(self.sequence, "sequence")?,
            floor: reader.need(self.floor, "floor")?,
            release: reader.need(self.release, "release")?,
            channels: self.channels,
            image: reader.need(self.image, "image")?,
            encoding: reader.need(self.encoding, "encoding")?,
            blocks: reader.need(self.blocks, "blocks")?,
            slot: self.slot,
            from: self.from,
            needs_with: self.needs_with,
            needs_installed: self.needs_installed,
            built: reader.need(self.built, "built")?,
        })
    }
}
