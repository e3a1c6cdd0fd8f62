//! Release documents, `images/<product>/release/<release>/set.json`: one tested set of one
//! version of each component.
//!
//! `{"components":[{"component":…,"hardware":[…],"image":{"length":…,"sha256":…},"sequence":…,
//! "version":…}],"product":…,"release":…,"schema":1}`, canonical like the metadata.

use crate::Result;
use crate::error::Error;
use crate::image::{Content, SCHEMA, read_schema, segment, slug};
use crate::json::{Read, Reader, Strings};

/// The component in whose place release documents stand; no image may use the name.
pub const COMPONENT: &str = "release";

/// The file name of a release document.
pub const FILE: &str = "set.json";

/// A release document; its list stays in the bytes that it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// The product that the release is of.
    pub product: &'a str,
    /// The name of the release.
    pub release: &'a str,
    components: &'a [u8],
}

/// One component of a release.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The component.
    pub component: &'a str,
    /// The board revisions that the image runs on.
    pub hardware: Strings<'a>,
    /// The image that ends up in the slot.
    pub image: Content,
    /// Its sequence.
    pub sequence: u64,
    /// Its version, for people.
    pub version: &'a str,
}

impl<'a> Release<'a> {
    /// Reads a release document whose bytes were verified as a target.
    ///
    /// # Errors
    /// [`Error::NotAnImage`] for another schema, or what is wrong with the bytes.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        Reader::document(bytes, Reader::skip)?;
        if read_schema(bytes)? != SCHEMA {
            return Err(Error::NotAnImage);
        }
        let document = Reader::scan(bytes, |reader| {
            let (mut product, mut release, mut components) = (None, None, None);
            reader.object(&mut |reader, name| {
                match name.name() {
                    "product" => product = Some(slug(reader, "product")?),
                    "release" => release = Some(segment(reader, "release")?),
                    "components" => components = Some(reader.raw()?),
                    _ => reader.skip()?,
                }
                Ok(())
            })?;
            Ok(Self {
                product: reader.need(product, "product")?,
                release: reader.need(release, "release")?,
                components: reader.need(components, "components")?,
            })
        })?;
        document.for_each(|_| Ok(()))?;
        Ok(document)
    }

    /// Calls `each` with every component of the set.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each(&self, mut each: impl FnMut(Part<'a>) -> Result<()>) -> Result<()> {
        Reader::scan_array(self.components, &mut |reader| {
            let part = read_part(reader)?;
            reader.take(each(part))
        })
    }
}

fn read_part<'a>(reader: &mut Reader<'a>) -> Read<Part<'a>> {
    let (mut component, mut hardware) = (None, Strings::default());
    let (mut image, mut sequence, mut version) = (None, None, None);
    reader.object(&mut |reader, name| {
        match name.name() {
            "component" => component = Some(slug(reader, "component")?),
            "hardware" => hardware = Strings::read(reader)?,
            "image" => image = Some(Content::read(reader)?),
            "sequence" => reader.unsigned_into(&mut sequence)?,
            "version" => version = Some(segment(reader, "version")?),
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(Part {
        component: reader.need(component, "component")?,
        hardware,
        image: reader.need(image, "image")?,
        sequence: reader.need(sequence, "sequence")?,
        version: reader.need(version, "version")?,
    })
}
