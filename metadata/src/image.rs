//! `custom.sealift` of an image target: signed offline, and all that a device believes of it.

use crate::Result;
use crate::blocks::SUFFIX;
use crate::digest::Digest;
use crate::error::Error;
use crate::json::{Read, Reader, Strings};
use crate::limits::BLOCK_BYTES;
use crate::name::{is_segment, is_slug, segments};
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
    const BLANK: Self = Self {
        product: "",
        component: "",
        hardware: Strings::EMPTY,
        version: "",
        sequence: 0,
        floor: 0,
        release: "",
        channels: Strings::EMPTY,
        image: Content::BLANK,
        encoding: "",
        blocks: Blocks {
            size: 0,
            sha256: Content::BLANK.sha256,
        },
        slot: None,
        from: None,
        needs_with: Needs(&[]),
        needs_installed: Needs(&[]),
        built: Time::EPOCH,
    };

    /// Reads the description of a target. `None` where there is none, or one of another schema.
    ///
    /// # Errors
    /// What is missing from the description or wrong with it.
    #[inline(never)]
    pub fn of(target: &Target<'a>) -> Result<Option<Self>> {
        let Some(sealift) = target.custom.map(find).transpose()?.flatten() else {
            return Ok(None);
        };
        if read_schema(sealift)? != SCHEMA {
            return Ok(None);
        }
        let mut image = Self::BLANK;
        Reader::scan(sealift, |reader| image.fill(reader))?;
        Ok(Some(image))
    }

    /// Reads every member into its place.
    #[inline(never)]
    fn fill(&mut self, reader: &mut Reader<'a>) -> Read<()> {
        let mut has = Has::default();
        reader.object(&mut |reader, name| self.member(name.name(), reader, &mut has))?;
        match self.missing(&has) {
            Some(what) => reader.missing(what),
            None => Ok(()),
        }
    }

    /// A member that must be there and was not. Those that `has` does not tell of are never empty
    /// where they are there.
    fn missing(&self, has: &Has) -> Option<&'static str> {
        Some(match self {
            _ if self.hardware.is_empty() => "hardware",
            _ if self.channels.is_empty() => "channels",
            Self { product: "", .. } => "product",
            Self { component: "", .. } => "component",
            Self { version: "", .. } => "version",
            _ if !has.sequence => "sequence",
            _ if !has.floor => "floor",
            Self { release: "", .. } => "release",
            _ if self.image == Content::BLANK => "image",
            Self { encoding: "", .. } => "encoding",
            _ if self.blocks.size == 0 => "blocks",
            _ if !has.built => "built",
            _ => return None,
        })
    }

    fn member(&mut self, name: &str, reader: &mut Reader<'a>, has: &mut Has) -> Read<()> {
        match name {
            "product" => self.product = slug(reader, "product")?,
            "component" => self.component = slug(reader, "component")?,
            "hardware" => self.hardware = Strings::read(reader)?,
            "version" => self.version = segment(reader, "version")?,
            "sequence" => (self.sequence, has.sequence) = (reader.unsigned()?, true),
            "floor" => (self.floor, has.floor) = (reader.unsigned()?, true),
            "release" => self.release = segment(reader, "release")?,
            "channels" => self.channels = Strings::read(reader)?,
            "image" => self.image.fill(reader)?,
            "encoding" => self.encoding = slug(reader, "encoding")?,
            "blocks" => self.blocks.fill(reader)?,
            "slot" => self.slot = Some(Slot::read(reader)?),
            "from" => self.from.insert(Content::BLANK).fill(reader)?,
            "needs_with" => self.needs_with = Needs::read(reader)?,
            "needs_installed" => self.needs_installed = Needs::read(reader)?,
            "built" => (self.built, has.built) = (Time::read(reader)?, true),
            _ => reader.skip()?,
        }
        Ok(())
    }

    /// Whether the description belongs to the target at `path`:
    /// `images/<product>/<component>/<release>/<name>`. No image lies where block tables and
    /// release documents do, which nobody looks at as images.
    pub fn belongs_at(&self, path: &str) -> bool {
        if path.ends_with(SUFFIX) || self.component == COMPONENT {
            return false;
        }
        let mut segments = segments(path);
        segments.next() == Some("images")
            && segments.next() == Some(self.product)
            && segments.next() == Some(self.component)
            && segments.next() == Some(self.release)
            && segments.next().is_some_and(is_segment)
            && segments.next().is_none()
    }
}

/// Which members were there, of those whose values do not tell.
#[derive(Default)]
struct Has {
    sequence: bool,
    floor: bool,
    built: bool,
}

/// The bytes of `sealift` in a `custom` object, if it has such a member.
fn find(custom: &[u8]) -> Result<Option<&[u8]>> {
    let mut sealift = None;
    Reader::scan_object(custom, &mut |reader, name| {
        if name.name() == "sealift" {
            sealift = Some(reader.raw()?);
            return Ok(());
        }
        reader.skip()
    })?;
    Ok(sealift)
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
        Reader::scan_array(self.0, &mut |reader| {
            let (component, min_sequence) = read_need(reader)?;
            reader.take(each(component, min_sequence))
        })
    }
}

fn read_need<'a>(reader: &mut Reader<'a>) -> Read<(&'a str, u64)> {
    let (mut component, mut min_sequence) = (None, None);
    reader.object(&mut |reader, name| {
        match name.name() {
            "component" => component = Some(slug(reader, "needs.component")?),
            "min_sequence" => reader.unsigned_into(&mut min_sequence)?,
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
    let mut schema = None;
    Reader::scan_object(object, &mut |reader, name| {
        if name.name() == "schema" {
            reader.unsigned_into(&mut schema)?;
            return Ok(());
        }
        reader.skip()
    })?;
    schema.ok_or(Error::missing("schema"))
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
    const BLANK: Self = Self {
        length: 0,
        sha256: Digest::from_bytes([0; 32]),
    };

    /// Reads `{"length":…,"sha256":…}`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let mut content = Self::BLANK;
        content.fill(reader)?;
        Ok(content)
    }

    /// As [`Self::read`], into its place.
    #[inline(never)]
    fn fill(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let mut parts = Parts::default();
        parts.fill(reader, "length")?;
        self.length = reader.need(parts.number, "length")?;
        self.sha256 = reader.need(parts.sha256, "sha256")?;
        Ok(())
    }
}

impl Blocks {
    /// Reads `{"sha256":…,"size":…}` into its place.
    fn fill(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let mut parts = Parts::default();
        parts.fill(reader, "size")?;
        let size = parts.number.and_then(|size| u32::try_from(size).ok());
        let Some(size) = size.filter(|size| (1..=BLOCK_BYTES).contains(size)) else {
            return reader.invalid("blocks.size");
        };
        self.size = size;
        self.sha256 = reader.need(parts.sha256, "blocks.sha256")?;
        Ok(())
    }
}

/// A number and a digest that stand in one object.
#[derive(Default)]
struct Parts {
    number: Option<u64>,
    sha256: Option<Digest>,
}

impl Parts {
    #[inline(never)]
    fn fill(&mut self, reader: &mut Reader<'_>, number: &str) -> Read<()> {
        reader.object(&mut |reader, name| {
            match name.name() {
                "sha256" => Digest::read(reader, &mut self.sha256)?,
                name if name == number => reader.unsigned_into(&mut self.number)?,
                _ => reader.skip()?,
            }
            Ok(())
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
