//! On a device of several components: which release is whole, what of it is to be installed, and
//! whether its document says the same. Nothing was erased yet.
//!
//! The product's role passes by twice. The first time tells which offers are good, and so which
//! release is the newest that has one for each component; the second time picks them out.

use sealift_metadata::Result as Read;
use sealift_metadata::error::Role;
use sealift_metadata::image::{Content, Image};
use sealift_metadata::limits::TARGETS_BYTES;
use sealift_metadata::name::TargetPath;
use sealift_metadata::release::{COMPONENT, FILE};
use sealift_metadata::stream::{Item, Stream};
use sealift_metadata::targets::Listing;

use super::{At, Catch, Passing, Walk};
use crate::Result;
use crate::arena::Held;
use crate::core_state::{Answer, Ask, Core, Turn, Wanted};
use crate::decode::Decode;
use crate::device::Device;
use crate::error::Error;
use crate::install::check_content;
use crate::limits::{OFFERS_BYTES, SET_BYTES};
use crate::object::Object;
use crate::offers::{Offers, component_of, release_at};
use crate::others::Others;
use crate::refresh::bytes_of;
use crate::select::{Choice, Refusal, choose};

impl Walk {
    /// Asks for the product's role again, for the images of the newest release that is whole. Where
    /// none is, nothing is installed.
    pub(super) fn pick_set<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        core.arena.release(0);
        self.catch = Catch::Nothing;
        let Core {
            arena,
            device,
            decode,
            ..
        } = core;
        let others = decode.others_mut().ok_or(Error::UnexpectedEvent)?;
        others.forget();
        let newest = self.offers.newest_whole(arena.reserved(), device, others);
        let Some(newest) = newest else {
            return Ok(self.turn(core, At::Telling(0), Ask::KeepLog));
        };
        let role = others.role.clone().ok_or(Error::UnexpectedEvent)?;
        let (promised, digest) = self.targets.ok_or(Error::UnexpectedEvent)?;
        self.passing = Passing::Signed(Stream::again(Role::Targets, digest));
        core.pass(role, promised.length.map(bytes_of), TARGETS_BYTES)?;
        self.at = At::Picking(newest);
        Ok(Turn::Stay)
    }

    /// What passes by of the release at `newest`.
    pub(super) fn take_set<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        newest: usize,
        bytes: &[u8],
    ) {
        let Self {
            passing,
            offers,
            catch,
            ..
        } = self;
        let Core {
            arena,
            device,
            decode,
            ..
        } = core;
        let (Passing::Signed(stream), Some(others)) = (passing, decode.others_mut()) else {
            return;
        };
        let (texts, window) = arena.split();
        let mut picker = Picker {
            offers,
            texts,
            device,
            newest,
            first: catch,
            others,
        };
        stream.push(window, bytes, &mut |item| {
            if let Item::File { path, listing, .. } = item {
                picker.take(path, listing)?;
            }
            Ok(())
        });
    }

    pub(super) fn next_of_set<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        answer: Answer,
    ) -> Result<Turn> {
        match (self.at, answer) {
            (At::Picking(newest), Answer::Passed) => {
                self.signed()?.finish_again()?;
                self.ask_set(core, newest)
            }
            (At::Set(newest), Answer::Got(held)) => self.accept_set(core, newest, held),
            (_, Answer::Absent) => Err(Error::Absent),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    /// Asks for the document of the release, if every component is there that it needs.
    fn ask_set<D: Decode>(&mut self, core: &mut Core<'_, D>, newest: usize) -> Result<Turn> {
        let others = core.decode.others().ok_or(Error::UnexpectedEvent)?;
        let content = others.set.filter(|set| set.length <= SET_BYTES as u64);
        let refusal = match (&self.catch, content) {
            (Catch::Choice(_, first), Some(_)) if !others.is_met(first) => Refusal::NeedsWith,
            (Catch::Choice(..), Some(content)) if others.is_complete() => {
                let texts = core.arena.reserved();
                let path = set_path(&core.device, texts, newest)?;
                let length = bytes_of(content.length);
                let wanted = Wanted::Document {
                    length: Some(length),
                    cap: length,
                };
                let sha256 = content.sha256;
                core.arena.skip(OFFERS_BYTES);
                core.fetch(Object::Target { path, sha256 }, wanted)?;
                self.at = At::Set(newest);
                return Ok(Turn::Stay);
            }
            _ => Refusal::IncompleteSet,
        };
        self.refuse_set(core, newest, refusal)
    }

    /// What the document names is what was picked out, no more and no less.
    fn accept_set<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        newest: usize,
        held: Held,
    ) -> Result<Turn> {
        let others = core.decode.others().ok_or(Error::UnexpectedEvent)?;
        let content = others.set.ok_or(Error::UnexpectedEvent)?;
        check_content(content, core, held)?;
        let Catch::Choice(place, first) = &mut self.catch else {
            return Err(Error::UnexpectedEvent);
        };
        if !others.agrees(core.arena.get(held), &core.device, first) {
            return self.refuse_set(core, newest, Refusal::IncompleteSet);
        }
        // Whatever stands before it in the list is told of, and nothing of this release.
        *place = newest;
        core.arena.release(0);
        for choice in others.choices() {
            core.log.floors.raise_time(choice.built);
        }
        Ok(self.turn(core, At::Telling(0), Ask::KeepLog))
    }

    fn refuse_set<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        newest: usize,
        refusal: Refusal,
    ) -> Result<Turn> {
        let texts = core.arena.reserved();
        self.offers.refuse_release(texts, newest, refusal);
        self.pick_set(core)
    }
}

/// Picks out what a release brings.
struct Picker<'p> {
    offers: &'p Offers,
    texts: &'p [u8],
    device: &'p Device<'p>,
    newest: usize,
    first: &'p mut Catch,
    others: &'p mut Others,
}

impl Picker<'_> {
    fn take(&mut self, path: &str, listing: &Listing<'_>) -> Read<()> {
        if set_path(self.device, self.texts, self.newest).is_ok_and(|set| set.as_str() == path) {
            if !self.offers.is_own_set(self.newest) {
                return Ok(());
            }
            let target = listing.target()?;
            let (length, sha256) = (target.length, target.sha256);
            self.others.set = Some(Content { length, sha256 });
            return Ok(());
        }
        let Some(place) = self.offers.part_of(self.texts, self.newest, path) else {
            return Ok(());
        };
        let Some(choice) = choose(path, listing) else {
            return Ok(());
        };
        let target = listing.target()?;
        if let Some(image) = Image::of(&target)? {
            let others = &mut *self.others;
            image.needs_with.for_each(|component, sequence| {
                others.need(component, sequence);
                Ok(())
            })?;
        }
        self.keep(place, component_of(path), choice);
        Ok(())
    }

    /// Of several encodings, the one that is offered first.
    fn keep(&mut self, place: usize, component: &str, choice: Choice) {
        match self.others.place(component) {
            Some(other) => self.others.keep(other, place, choice),
            None if matches!(&*self.first, Catch::Choice(best, _) if *best < place) => {}
            None => *self.first = Catch::Choice(place, choice),
        }
    }
}

/// `images/<product>/release/<release>/set.json`, for the release of an offer.
pub(super) fn set_path(device: &Device<'_>, texts: &[u8], place: usize) -> Result<TargetPath> {
    let release = release_at(texts, place).ok_or(Error::UnexpectedEvent)?;
    let product = device.product;
    let pieces = ["images/", product, "/", COMPONENT, "/", release, "/", FILE];
    Ok(TargetPath::of(&pieces)?)
}
