//! The channel's document, and what becomes of what it offers.

use sealift_metadata::channel::ChannelStream;
use sealift_metadata::error::{Error as Refused, Role};
use sealift_metadata::limits::CHANNEL_BYTES;
use sealift_metadata::name::RoleName;
use sealift_metadata::stream::Stream;

use super::{At, Catch, Passing, Walk, ask_role, passes};
use crate::Result;
use crate::action::Report;
use crate::core_state::{Ask, Core, Turn};
use crate::decode::Decode;
use crate::error::Error;
use crate::object::Object;
use crate::refresh::bytes_of;

impl Walk {
    /// TUF 5.7: the channel's document is a target like any other.
    #[inline(never)]
    pub(super) fn ask_channel<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let Catch::Channel(content) = self.catch else {
            return Err(Error::ChannelNotListed);
        };
        self.passing = Passing::Channel(ChannelStream::default());
        let object = Object::Target {
            path: passes::channel_path(&core.device)?,
            sha256: content.sha256,
        };
        let length = bytes_of(content.length);
        core.pass(object, Some(length), CHANNEL_BYTES)?;
        self.at = At::Channel;
        Ok(Turn::Stay)
    }

    #[inline(never)]
    pub(super) fn accept_channel<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let (Catch::Channel(content), Passing::Channel(stream)) = (&self.catch, &mut self.passing)
        else {
            return Err(Error::UnexpectedEvent);
        };
        stream.finish(*content).map_err(|error| match error {
            Refused::WrongLength(_) => Error::TargetLength,
            Refused::WrongDigest(_) => Error::TargetDigest,
            error => error.into(),
        })?;
        if self.offers.is_foreign() {
            return Err(Error::ForeignChannel);
        }
        self.catch = Catch::Nothing;
        let Some((promised, digest)) = self.targets.filter(|_| self.offers.has_own()) else {
            // Nothing on offer lies below the product: no role is trusted for what is.
            return Ok(self.turn(core, At::Telling(0), Ask::KeepLog));
        };
        self.passing = Passing::Signed(Stream::again(Role::Targets, digest));
        self.at = At::TargetsAgain;
        ask_role(core, RoleName::targets(), &promised)
    }

    #[inline(never)]
    pub(super) fn accept_product<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let accepted = self.accept_role(core)?;
        self.used.keep_only(&mut core.log.floors);
        if let Some(others) = core.decode.others_mut() {
            others.role = Some(core.object.clone());
            self.targets = Some(accepted);
            return Ok(self.turn(core, At::KeptProduct, Ask::KeepDocument));
        }
        Ok(self.turn(core, At::Telling(0), Ask::KeepDocument))
    }

    /// Reports the refusal of each offer, from the newest on, until one may be installed.
    #[inline(never)]
    pub(super) fn tell<D: Decode>(&mut self, core: &mut Core<'_, D>, place: usize) -> Result<Turn> {
        if let Catch::Choice(chosen, choice) = &self.catch
            && *chosen == place
        {
            // Signed offline, and before any document expires: it is a time that has passed.
            core.log.floors.raise_time(choice.built);
            return Ok(self.turn(core, At::Chosen, Ask::KeepLog));
        }
        let Some((path, refusal)) = self.offers.refusal(core.arena.reserved(), place) else {
            return self.settle(core);
        };
        if refusal.is_fault() {
            self.fault = self.fault.or(Some(refusal));
        }
        let at = At::Telling(place.saturating_add(1));
        Ok(self.turn(core, at, Ask::Report(Report::Skipped { path, refusal })))
    }

    /// Nothing may be installed.
    #[inline(never)]
    pub(super) fn settle<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        if let Some(fault) = self.fault {
            return Err(Error::Refused(fault));
        }
        core.log.settled = core.mark();
        Ok(self.turn(core, At::Settled, Ask::KeepLog))
    }
}
