//! Channel documents, `channels/<product>/<channel>.json`: the releases on offer, newest first.
//!
//! `{"channel":…,"product":…,"releases":[{"images":[{"component":…,"from"?:…,"path":…}],
//! "release":…}],"schema":1}`, canonical like the metadata. The document only points: what an
//! image is, the product's signers say in the image target itself.

mod passing;

pub use passing::{ChannelStream, Item};

use crate::Result;
use crate::digest::Digest;
use crate::error::Error;
use crate::image::{SCHEMA, read_schema, segment, slug};
use crate::json::{Read, Reader};
use crate::name::TargetPath;

/// A channel document; its list stays in the bytes that it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    /// The product that the channel is of.
    pub product: &'a str,
    /// The name of the channel.
    pub channel: &'a str,
    releases: &'a [u8],
}

/// An image target that a channel offers.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// The release that the image belongs to.
    pub release: &'a str,
    /// The component that the image is of.
    pub component: &'a str,
    /// The path of the image target.
    pub path: TargetPath,
    /// The image that a delta starts from, if the target is one.
    pub from: Option<Digest>,
}

impl<'a> Channel<'a> {
    /// Reads a channel document whose bytes were verified as a target.
    ///
    /// # Errors
    /// [`Error::NotAnImage`] for another schema, or what is wrong with the bytes.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        Reader::document(bytes, Reader::skip)?;
        if read_schema(bytes)? != SCHEMA {
            return Err(Error::NotAnImage);
        }
        let document = Reader::scan(bytes, |reader| {
            let (mut product, mut channel, mut releases) = (None, None, None);
            reader.object(&mut |reader, name| {
                match name.name() {
                    "product" => product = Some(slug(reader, "product")?),
                    "channel" => channel = Some(slug(reader, "channel")?),
                    "releases" => releases = Some(reader.raw()?),
                    _ => reader.skip()?,
                }
                Ok(())
            })?;
            Ok(Self {
                product: reader.need(product, "product")?,
                channel: reader.need(channel, "channel")?,
                releases: reader.need(releases, "releases")?,
            })
        })?;
        document.for_each(|_| Ok(()))?;
        Ok(document)
    }

    /// Calls `each` with every offer, those of the newest release first.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn for_each(&self, mut each: impl FnMut(Offer<'a>) -> Result<()>) -> Result<()> {
        Reader::scan_array(self.releases, &mut |reader| {
            read_release(reader, &mut |offer| each(offer.clone()))
        })
    }
}

/// Reads a release and calls `each` with its offers.
fn read_release<'a>(
    reader: &mut Reader<'a>,
    each: &mut dyn FnMut(&Offer<'a>) -> Result<()>,
) -> Read<()> {
    let (mut images, mut release) = (None, None);
    reader.object(&mut |reader, name| {
        match name.name() {
            "images" => images = Some(reader.raw()?),
            "release" => release = Some(segment(reader, "release")?),
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let release = reader.need(release, "release")?;
    let images = reader.need(images, "images")?;
    let read = Reader::scan_array(images, &mut |reader| {
        let mut offer = Offer::blank(release);
        offer.fill(reader)?;
        reader.take(each(&offer))
    });
    reader.take(read)
}

impl<'a> Offer<'a> {
    const fn blank(release: &'a str) -> Self {
        Self {
            release,
            component: "",
            path: TargetPath::BLANK,
            from: None,
        }
    }

    /// Reads every member into its place. What must be there is never empty.
    fn fill(&mut self, reader: &mut Reader<'a>) -> Read<()> {
        reader.object(&mut |reader, name| {
            match name.name() {
                "component" => self.component = slug(reader, "component")?,
                "path" => self.path.read(reader)?,
                "from" => Digest::read(reader, &mut self.from)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        if self.component.is_empty() {
            return reader.missing("component");
        }
        if self.path.as_str().is_empty() {
            return reader.missing("path");
        }
        Ok(())
    }
}
