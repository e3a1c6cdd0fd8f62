//! Channel documents that are read while they pass by, release by release.

use super::{Offer, read_release};
use crate::Result;
use crate::digest::Hasher;
use crate::error::{Error, Role};
use crate::image::{Content, SCHEMA, slug};
use crate::json::{Read, Reader, What};
use crate::shape::Level;
use crate::stream::{Fate, Feed, Passing};

/// What a channel's document says.
#[derive(Clone, Copy, Debug)]
pub enum Item<'i> {
    /// The product that the channel is of.
    Product(&'i str),
    /// The name of the channel.
    Channel(&'i str),
    /// An image target on offer; those of the newest release come first.
    Offer(&'i Offer<'i>),
}

/// A channel's document on its way. Nothing that it says counts before
/// [`finish`](ChannelStream::finish).
#[derive(Debug)]
pub struct ChannelStream {
    feed: Feed,
    hasher: Hasher,
    seen: Seen,
}

/// Which members were there.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    product: bool,
    channel: bool,
    releases: bool,
    schema: Option<u64>,
}

impl Default for ChannelStream {
    fn default() -> Self {
        Self {
            feed: Feed::new(Level::Channel, Role::Targets),
            hasher: Hasher::new(),
            seen: Seen::default(),
        }
    }
}

impl ChannelStream {
    /// Takes the next bytes, and calls `each` with everything that is whole now. The window is the
    /// same in each call, and nobody else's until the document is over.
    ///
    /// What is wrong with the bytes, and what `each` returns, is said at the end.
    pub fn push(
        &mut self,
        window: &mut [u8],
        bytes: &[u8],
        each: &mut dyn FnMut(Item<'_>) -> Result<()>,
    ) {
        self.hasher.update(bytes);
        let seen = &mut self.seen;
        let mut take = |passing: &mut Passing<'_>| seen.take(passing, each);
        self.feed.push(window, bytes, &mut take);
    }

    /// Ends the document: it is the target that was signed (TUF 5.7.3), and a channel's document.
    ///
    /// # Errors
    /// [`Error::WrongLength`], [`Error::WrongDigest`]; [`Error::NotAnImage`] for another schema;
    /// what is wrong with the bytes; what `each` returned.
    pub fn finish(&mut self, signed: Content) -> Result<()> {
        if self.feed.length() != signed.length {
            return Err(Error::wrong_length(Role::Targets));
        }
        if self.hasher.clone().finish() != signed.sha256 {
            return Err(Error::wrong_digest(Role::Targets));
        }
        self.verify()
    }

    /// Whether the document is whole, whoever promised it.
    pub(crate) fn verify(&self) -> Result<()> {
        self.feed.finish()?;
        self.seen.check()
    }
}

impl Seen {
    fn take(
        &mut self,
        passing: &mut Passing<'_>,
        each: &mut dyn FnMut(Item<'_>) -> Result<()>,
    ) -> Read<Fate> {
        match passing.what {
            What::Open if passing.level == Level::Releases => self.releases = true,
            What::Piece => self.piece(passing.level, &mut passing.reader, each)?,
            _ => {}
        }
        Ok(Fate::Forgotten)
    }

    fn piece(
        &mut self,
        level: Level,
        reader: &mut Reader<'_>,
        each: &mut dyn FnMut(Item<'_>) -> Result<()>,
    ) -> Read<()> {
        if level == Level::Releases {
            read_release(reader, &mut |offer| each(Item::Offer(offer)))?;
            return reader.finish();
        }
        let name = reader.name()?;
        match name.name() {
            "product" => {
                self.product = true;
                let product = slug(reader, "product")?;
                reader.take(each(Item::Product(product)))?;
            }
            "channel" => {
                self.channel = true;
                let channel = slug(reader, "channel")?;
                reader.take(each(Item::Channel(channel)))?;
            }
            "schema" => reader.unsigned_into(&mut self.schema)?,
            _ => reader.skip()?,
        }
        reader.finish()
    }

    const fn check(&self) -> Result<()> {
        match self.schema {
            None => return Err(Error::missing("schema")),
            Some(SCHEMA) => {}
            Some(_) => return Err(Error::NotAnImage),
        }
        if !self.product {
            return Err(Error::missing("product"));
        }
        if !self.channel {
            return Err(Error::missing("channel"));
        }
        if !self.releases {
            return Err(Error::missing("releases"));
        }
        Ok(())
    }
}
