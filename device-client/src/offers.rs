//! The offers of a channel: what there is to choose from, who may sign for each, and what became
//! of it.

use sealift_metadata::Result as Read;
use sealift_metadata::channel::Offer;
use sealift_metadata::name::{RoleName, TargetPath, segments};
use sealift_metadata::stream::Item;
use sealift_metadata::targets::Listing;
use sealift_metadata::verify::RoleKeys;

use crate::decode::Decode;
use crate::device::Device;
use crate::limits::OFFERS;
use crate::others::{Component, Others};
use crate::select::{Judge, Refusal};

/// Offers for the device's own component, the newest first. Their texts lie in the part of the
/// buffer that is reserved for them: length and bytes of the path, then of the release.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    count: usize,
    /// Bytes of the reserved part that are taken.
    used: usize,
    /// Whether no older offer is taken any more.
    is_full: bool,
    is_foreign: bool,
    standing: [Standing; OFFERS],
    /// On a device of several components, by places: whether it is known which role is trusted for
    /// the document of the offer's release, and whether that is the product's.
    known_sets: u32,
    own_sets: u32,
}

const _: () = assert!(OFFERS <= 32, "a bit for each offer");

/// What is known of an offer.
#[derive(Clone, Copy, Debug, Default)]
enum Standing {
    /// Below the product; no role was found yet that is trusted for it.
    #[default]
    Open,
    /// The product's role is trusted for it.
    Own,
    /// The product's role lists it.
    Judged(Option<Refusal>),
    /// It is refused for its path alone.
    Misled(Refusal),
}

impl Offers {
    /// Remembers whether the document is the one that was asked for.
    pub(crate) const fn check(&mut self, is_own: bool) {
        self.is_foreign |= !is_own;
    }

    /// Whether the document is of another product or channel.
    pub(crate) const fn is_foreign(&self) -> bool {
        self.is_foreign
    }

    /// Takes an offer in, if it is for the device's component and there is room. Older offers than
    /// those that fit are not looked at.
    pub(crate) fn add(
        &mut self,
        texts: &mut [u8],
        device: &Device<'_>,
        others: Option<&Others>,
        offer: &Offer<'_>,
    ) {
        let is_other = others.is_some_and(|others| others.place(offer.component).is_some());
        if (offer.component != device.component && !is_other) || self.is_full {
            return;
        }
        let path = offer.path.as_str();
        let end = write_text(texts, self.used, path)
            .and_then(|end| write_text(texts, end, offer.release));
        let (Some(end), Some(standing)) = (end, self.standing.get_mut(self.count)) else {
            self.is_full = true;
            return;
        };
        *standing = if !is_below_product(device, path) {
            Standing::Misled(Refusal::OutsideProduct)
        } else if others.is_some() && component_of(path) != offer.component {
            Standing::Misled(Refusal::Misplaced)
        } else {
            Standing::Open
        };
        self.used = end;
        self.count = self.count.saturating_add(1);
    }

    /// Whether any offer lies below the product.
    pub(crate) fn has_own(&self) -> bool {
        self.newest().is_some()
    }

    /// The newest offer below the product: the role that is trusted for it is the product's.
    fn newest(&self) -> Option<usize> {
        let known = self.standing.iter().take(self.count);
        let is_outside =
            |standing: &Standing| matches!(standing, Standing::Misled(Refusal::OutsideProduct));
        known.into_iter().position(|standing| !is_outside(standing))
    }

    /// Looks at the next delegation of the top-level role, and returns the product's role where
    /// this is it.
    pub(crate) fn delegate(
        &mut self,
        texts: &[u8],
        item: &Item<'_>,
    ) -> Read<Option<(RoleName, RoleKeys)>> {
        let newest = self.newest();
        let is_open = |place: usize| matches!(self.standing.get(place), Some(Standing::Open));
        let newest = newest.filter(|place| is_open(*place));
        let path = newest.and_then(|place| texts_at(texts, place));
        let found = path.and_then(|(path, _)| item.role_for(path));
        for (standing, (path, _)) in self.standing.iter_mut().zip(Texts(texts)).take(self.count) {
            if !matches!(standing, Standing::Open) {
                continue;
            }
            let Some(trusted) = item.role_for(path) else {
                continue;
            };
            *standing = if found.as_ref() == Some(&trusted) {
                Standing::Own
            } else {
                Standing::Misled(Refusal::OtherRole)
            };
        }
        match (found, path) {
            (Some(name), Some((path, _))) => item.keys_for(path).map(|keys| Some((name, keys))),
            _ => Ok(None),
        }
    }

    /// Looks at the next delegation of the top-level role for the documents of releases: as with
    /// all targets, the first role that is trusted for a path is the only one.
    pub(crate) fn delegate_sets(
        &mut self,
        item: &Item<'_>,
        product: Option<&RoleName>,
        set_path: impl Fn(usize) -> Option<TargetPath>,
    ) {
        for place in 0..self.count {
            let bit = bit_of(place);
            if self.known_sets & bit != 0 {
                continue;
            }
            let Some(trusted) = set_path(place).and_then(|path| item.role_for(path.as_str()))
            else {
                continue;
            };
            self.known_sets |= bit;
            if product == Some(&trusted) {
                self.own_sets |= bit;
            }
        }
    }

    /// Whether the product's role is trusted for the document of the release at a place.
    pub(crate) fn is_own_set(&self, place: usize) -> bool {
        self.own_sets & bit_of(place) != 0
    }

    /// Judges the offers of a target that the product's role lists, and returns the place of the
    /// newest of them that may be installed.
    pub(crate) fn judge<D: Decode>(
        &mut self,
        texts: &[u8],
        judge: &Judge<'_, D>,
        path: &str,
        listing: &Listing<'_>,
    ) -> Option<usize> {
        let mut best = None;
        let known = self.standing.iter_mut().zip(Texts(texts)).take(self.count);
        for (place, (standing, (offered, release))) in known.enumerate() {
            if offered != path || !matches!(standing, Standing::Own) {
                continue;
            }
            let verdict = judge.judge(offered, release, listing);
            *standing = Standing::Judged(verdict.err());
            if verdict.is_ok() {
                best = best.or(Some(place));
            }
        }
        best
    }

    /// On a device of several components: leaves of the good offers those whose release has a good
    /// one for each component, and returns the place of the newest.
    pub(crate) fn newest_whole(
        &mut self,
        texts: &[u8],
        device: &Device<'_>,
        others: &Others,
    ) -> Option<usize> {
        let mut newest = None;
        for place in 0..self.count {
            if !self.is_good(place) {
                continue;
            }
            let has = |component: &str| self.has_good(texts, place, component);
            let names = others.components().iter().map(Component::name);
            if core::iter::once(device.component).chain(names).all(has) {
                newest = newest.or(Some(place));
            } else {
                self.refuse(place, Refusal::IncompleteSet);
            }
        }
        newest
    }

    /// Whether the release of a place has a good offer for a component.
    fn has_good(&self, texts: &[u8], place: usize, component: &str) -> bool {
        let release = release_at(texts, place);
        let known = Texts(texts).take(self.count).enumerate();
        known.into_iter().any(|(other, (path, of))| {
            Some(of) == release && self.is_good(other) && component_of(path) == component
        })
    }

    fn is_good(&self, place: usize) -> bool {
        matches!(self.standing.get(place), Some(Standing::Judged(None)))
    }

    /// The place of a target among the good offers of the release at `newest`.
    pub(crate) fn part_of(&self, texts: &[u8], newest: usize, path: &str) -> Option<usize> {
        let release = release_at(texts, newest);
        let mut known = Texts(texts).take(self.count).enumerate();
        let found = known.find(|(place, (offered, of))| {
            *offered == path && Some(*of) == release && self.is_good(*place)
        });
        found.map(|(place, _)| place)
    }

    /// Refuses all good offers of the release at `newest`.
    pub(crate) fn refuse_release(&mut self, texts: &[u8], newest: usize, refusal: Refusal) {
        let release = release_at(texts, newest);
        for place in 0..self.count {
            if release_at(texts, place) == release && self.is_good(place) {
                self.refuse(place, refusal);
            }
        }
    }

    fn refuse(&mut self, place: usize, refusal: Refusal) {
        if let Some(standing) = self.standing.get_mut(place) {
            *standing = Standing::Judged(Some(refusal));
        }
    }

    /// The path of an offer, and why it was passed over; `None` behind the oldest.
    pub(crate) fn refusal(&self, texts: &[u8], place: usize) -> Option<(TargetPath, Refusal)> {
        let standing = self.standing.get(place).filter(|_| place < self.count)?;
        let (path, _) = texts_at(texts, place)?;
        let refusal = match standing {
            Standing::Open => Refusal::OtherRole,
            Standing::Own | Standing::Judged(None) => Refusal::NotListed,
            Standing::Judged(Some(refusal)) | Standing::Misled(refusal) => *refusal,
        };
        Some((TargetPath::new(path).ok()?, refusal))
    }
}

/// Paths and releases, in order.
struct Texts<'t>(&'t [u8]);

impl<'t> Iterator for Texts<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let (path, rest) = read_text(self.0)?;
        let (release, rest) = read_text(rest)?;
        self.0 = rest;
        Some((path, release))
    }
}

/// The release of the offer at a place.
pub(crate) fn release_at(texts: &[u8], place: usize) -> Option<&str> {
    texts_at(texts, place).map(|(_, release)| release)
}

/// The component that a path below a product says that it is of.
pub(crate) fn component_of(path: &str) -> &str {
    path.split('/').nth(2).unwrap_or_default()
}

fn bit_of(place: usize) -> u32 {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    1_u32.checked_shl(place).unwrap_or_default()
}

fn texts_at(texts: &[u8], place: usize) -> Option<(&str, &str)> {
    Texts(texts).nth(place)
}

fn read_text(texts: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = texts.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((core::str::from_utf8(text).ok()?, rest))
}

/// Writes a text with its length before it, and returns where it ends; `None` where it does not
/// fit.
fn write_text(texts: &mut [u8], at: usize, text: &str) -> Option<usize> {
    let length = u8::try_from(text.len()).ok()?;
    let (first, rest) = texts.get_mut(at..)?.split_first_mut()?;
    rest.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    *first = length;
    at.checked_add(1)?.checked_add(text.len())
}

fn is_below_product(device: &Device<'_>, path: &str) -> bool {
    let mut segments = segments(path);
    segments.next() == Some("images") && segments.next() == Some(device.product)
}
