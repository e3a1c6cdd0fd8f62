//! Documents read in two ways that must agree: whole, and while they pass through a window.

use sealift_metadata::channel::{self, Channel, ChannelStream};
use sealift_metadata::delegations::Delegation;
use sealift_metadata::error::Role;
use sealift_metadata::image::Content;
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::stream::{Item, Stream};
use sealift_metadata::targets::Targets;
use sealift_metadata::{Digest, Error, Result, Verified};

/// A path to ask hash bins for.
const PROBE: &str = "images/watch/app/1.0.0/app.bin";

/// What a document lists, entry by entry, as text.
pub type Entries = Vec<String>;

/// Reads a document as a snapshot, as a targets role and as a channel's, both ways.
///
/// # Panics
/// When the two ways disagree. A window may be too small for what is read whole.
pub fn compare(document: &[u8], window: usize, pieces: &[usize]) {
    let pass = |passing: Result<Entries>, whole: Result<Entries>, what: &str| match passing {
        Err(Error::WindowFull | Error::TooLarge("a member's name")) => {}
        Ok(passing) => assert_eq!(Ok(passing), whole, "{what}"),
        Err(error) => assert!(
            whole.is_err(),
            "{what}: {error:?} is found while passing alone"
        ),
    };
    let snapshot = passing(Role::Snapshot, document, window, pieces);
    pass(snapshot, whole_snapshot(document), "snapshot");
    let targets = passing(Role::Targets, document, window, pieces);
    pass(targets, whole_targets(document), "targets");
    let channel = passing_channel(document, window, pieces);
    pass(channel, whole_channel(document), "channel");
}

/// What a document lists that passes through a window of so many bytes, in pieces of these
/// lengths, over and over.
///
/// # Errors
/// What is wrong with the document.
pub fn passing(role: Role, document: &[u8], window: usize, pieces: &[usize]) -> Result<Entries> {
    let mut stream = Stream::again(role, Digest::of(document));
    let mut window = vec![0; window];
    let mut entries = Entries::new();
    for piece in cut(document, pieces) {
        stream.push(&mut window, piece, &mut |item| {
            entries.push(match item {
                Item::Role { name, meta } => format!("{name} {meta:?}"),
                Item::File { path, listing, .. } => format!("{path} {listing:?}"),
                Item::Delegation(delegation) => told(delegation),
                // As a device asks; the whole document is asked for the delegation.
                Item::Bins(_) => match item.role_for(PROBE) {
                    Some(name) => format!("{name} true {:?}", item.keys_for(PROBE)),
                    None => String::new(),
                },
            });
            Ok(())
        });
    }
    stream.finish_again().map(|()| entries)
}

fn passing_channel(document: &[u8], window: usize, pieces: &[usize]) -> Result<Entries> {
    let mut stream = ChannelStream::default();
    let mut window = vec![0; window];
    let mut entries = Entries::new();
    for piece in cut(document, pieces) {
        stream.push(&mut window, piece, &mut |item| {
            entries.push(match item {
                channel::Item::Product(name) | channel::Item::Channel(name) => name.into(),
                channel::Item::Offer(offer) => format!("{offer:?}"),
            });
            Ok(())
        });
    }
    let signed = Content {
        length: document.len() as u64,
        sha256: Digest::of(document),
    };
    stream.finish(signed).map(|()| entries)
}

fn whole_snapshot(document: &[u8]) -> Result<Entries> {
    let snapshot = Verified::<Snapshot<'_>>::reopen(document, &Digest::of(document))?;
    let mut entries = Entries::new();
    snapshot.for_each(|name, meta| {
        entries.push(format!("{name} {meta:?}"));
        Ok(())
    })?;
    Ok(entries)
}

fn whole_targets(document: &[u8]) -> Result<Entries> {
    let targets = Verified::<Targets<'_>>::reopen(document, &Digest::of(document))?;
    let mut entries = Entries::new();
    if let Some(delegations) = &targets.delegations {
        if delegations.is_succinct() {
            let bin = delegations.find(PROBE);
            entries.push(bin.map_or_else(String::new, |bin| told(&bin)));
        }
        delegations.for_each(|delegation| {
            entries.push(told(&delegation));
            Ok(())
        })?;
    }
    targets.for_each_listing(|path, listing| {
        entries.push(format!("{path} {listing:?}"));
        Ok(())
    })?;
    Ok(entries)
}

fn whole_channel(document: &[u8]) -> Result<Entries> {
    let channel = Channel::read(document)?;
    let mut entries = vec![channel.channel.into(), channel.product.into()];
    channel.for_each(|offer| {
        entries.push(format!("{offer:?}"));
        Ok(())
    })?;
    Ok(entries)
}

fn told(delegation: &Delegation<'_>) -> String {
    let matches = delegation.matches(PROBE);
    format!("{} {matches} {:?}", delegation.name, delegation.keys())
}

/// Pieces of these lengths, over and over; a length of 0 counts as 1.
fn cut<'d>(mut document: &'d [u8], pieces: &[usize]) -> impl Iterator<Item = &'d [u8]> {
    let mut lengths = pieces.iter().copied().cycle();
    std::iter::from_fn(move || {
        let length = lengths
            .next()
            .unwrap_or(usize::MAX)
            .clamp(1, document.len().max(1));
        let (piece, rest) = document.split_at_checked(length)?;
        document = rest;
        Some(piece)
    })
}
