//! From the snapshot to an image (TUF 5.5 to 5.7): each document passes by once, and what is
//! looked for is picked out on the way.
//!
//! Snapshot, top-level targets, the role of channels, the channel's document, and the product's
//! role: each is accepted and persisted before the next is asked for. Two of them are asked for a
//! second time when something is to be known that nobody could look for before: the snapshot, for
//! a role that this device did not follow yet, and the top-level targets, for the role that the
//! product's images are delegated to. A role is believed only for the paths that were delegated to
//! it, a channel's document only below `channels/`, and an image only below
//! `images/<own product>/`.

mod channel;
mod passes;
/// Releases of several components.
mod whole;

use sealift_metadata::Digest;
use sealift_metadata::channel::ChannelStream;
use sealift_metadata::error::{Error as Refused, Role};
use sealift_metadata::image::Content;
use sealift_metadata::limits::{SNAPSHOT_BYTES, TARGETS_BYTES};
use sealift_metadata::name::RoleName;
use sealift_metadata::stream::{Passed, Stream};
use sealift_metadata::timestamp::FileMeta;
use sealift_metadata::trusted::{SnapshotStage, TargetsStage};
use sealift_metadata::verify::RoleKeys;

use crate::Result;
use crate::action::Report;
use crate::core_state::{Answer, Ask, Core, Expiry, Turn};
use crate::decode::Decode;
use crate::error::Error;
#[cfg(feature = "verify-at-boot")]
use crate::install::evidence::Papers;
use crate::object::Object;
use crate::offers::Offers;
use crate::refresh::bytes_of;
use crate::select::{Choice, Refusal};
use crate::used::Used;

/// The walk from the snapshot to an image.
#[derive(Debug)]
pub(crate) struct Walk {
    trust: Trust,
    expires: Expiry,
    at: At,
    passing: Passing,
    /// What the snapshot promises of the role that is on its way.
    promised: Option<FileMeta>,
    catch: Catch,
    snapshot: Option<FileMeta>,
    /// The top-level role, for its second pass; then the product's, for its own.
    targets: Option<(FileMeta, Digest)>,
    offers: Offers,
    used: Used,
    /// The newest fault among the offers, if there is one.
    fault: Option<Refusal>,
}

/// The stage that documents are examined by.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "no heap to box in; how large depends on features"
)]
enum Trust {
    Snapshot(SnapshotStage),
    Targets(TargetsStage),
    /// On its way from one to the other.
    Nobody,
}

/// The document that is passing by.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to box in")]
enum Passing {
    Nothing,
    Signed(Stream),
    Channel(ChannelStream),
}

/// What was picked out of the document that is passing by.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "no heap to box in; how large depends on features"
)]
enum Catch {
    Nothing,
    /// The role that is trusted for a path, and who signs for it.
    Role(RoleName, RoleKeys),
    /// What the role of channels says of the channel's document.
    Channel(Content),
    /// The newest offer that may be installed.
    Choice(usize, Choice),
}

/// Where the walk stands. `Kept…` waits for a document to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Snapshot,
    KeptSnapshot,
    Targets,
    KeptTargets,
    SnapshotAgain(Then),
    Channels,
    KeptChannels,
    Channel,
    TargetsAgain,
    Product,
    /// The product's role passes by again, for the release of the offer at this place.
    Picking(usize),
    /// The document of that release.
    Set(usize),
    KeptProduct,
    /// Persisted or reported; the offer at this place is told next.
    Telling(usize),
    Settled,
    Chosen,
}

/// Which role is asked for once it is known what the snapshot promises of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Channels,
    Product,
}

impl Walk {
    /// Goes on from an accepted timestamp. It is made where it will lie: a copy would be the largest
    /// thing on the stack.
    #[expect(clippy::inline_always, reason = "a call would copy what it returns")]
    #[inline(always)]
    pub(crate) fn new(stage: SnapshotStage, expires: Expiry) -> Self {
        Self {
            trust: Trust::Snapshot(stage),
            expires,
            at: At::Snapshot,
            passing: Passing::Nothing,
            promised: None,
            catch: Catch::Nothing,
            snapshot: None,
            targets: None,
            offers: Offers::default(),
            used: Used::default(),
            fault: None,
        }
    }

    /// Asks for the snapshot.
    #[inline(never)]
    pub(crate) fn begin<D>(&mut self, core: &mut Core<'_, D>) -> Result<()> {
        let Trust::Snapshot(stage) = &mut self.trust else {
            return Err(Error::UnexpectedEvent);
        };
        let promised = stage.promised();
        self.passing = Passing::Signed(stage.stream());
        self.snapshot = Some(promised);
        ask_snapshot(core, &promised)
    }

    #[inline(never)]
    pub(crate) fn next<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        answer: Answer,
    ) -> Result<Turn> {
        match (self.at, answer) {
            (At::Snapshot, Answer::Passed) => self.accept_snapshot(core),
            (At::KeptSnapshot, Answer::Done) => self.ask_targets(core),
            (At::Targets, Answer::Passed) => self.accept_targets(core),
            (At::KeptTargets, Answer::Done) => self.ask_role(core, Then::Channels),
            (At::SnapshotAgain(then), Answer::Passed) => self.find_promise(core, then),
            (At::Channels, Answer::Passed) => self.accept_channels(core),
            (At::KeptChannels, Answer::Done) => self.ask_channel(core),
            (At::Channel, Answer::Passed) => self.accept_channel(core),
            (At::TargetsAgain, Answer::Passed) => {
                self.signed()?.finish_again()?;
                self.ask_role(core, Then::Product)
            }
            (At::Product, Answer::Passed) => self.accept_product(core),
            (At::KeptProduct, Answer::Done) if core.decode.others().is_some() => {
                self.pick_set(core)
            }
            (At::Picking(_) | At::Set(_), answer) if core.decode.others().is_some() => {
                self.next_of_set(core, answer)
            }
            (At::Telling(place), Answer::Done) => self.tell(core, place),
            (At::Settled, Answer::Done) => {
                core.ask = Ask::Report(Report::UpToDate);
                Ok(Turn::End)
            }
            (At::Chosen, Answer::Done) => Ok(Turn::Install),
            (_, Answer::Absent) => Err(Error::Absent),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    /// TUF 5.5.2 to 5.5.7.
    #[inline(never)]
    fn accept_snapshot<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let (Trust::Snapshot(stage), Passing::Signed(stream)) = (&self.trust, &mut self.passing)
        else {
            return Err(Error::UnexpectedEvent);
        };
        let snapshot = stage.examine(stream)?;
        self.admit_snapshot(core, &snapshot)
    }

    #[inline(never)]
    fn admit_snapshot<D>(&mut self, core: &mut Core<'_, D>, snapshot: &Passed) -> Result<Turn> {
        self.expires.add(Role::Snapshot, snapshot.expires);
        let Trust::Snapshot(stage) = core::mem::replace(&mut self.trust, Trust::Nobody) else {
            return Err(Error::UnexpectedEvent);
        };
        self.trust = Trust::Targets(stage.admit(snapshot));
        Ok(self.turn(core, At::KeptSnapshot, Ask::KeepDocument))
    }

    /// TUF 5.6.1.
    #[inline(never)]
    fn ask_targets<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let promised = self.stage()?.noted(Role::Targets.name());
        let promised = promised.ok_or(Refused::NotListed)?;
        self.promised = Some(promised);
        self.passing = Passing::Signed(self.stage()?.stream());
        self.at = At::Targets;
        ask_role(core, RoleName::targets(), &promised)
    }

    /// TUF 5.6.2 to 5.6.6, for the top-level role.
    #[inline(never)]
    fn accept_targets<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let (promised, digest) = self.accept_role(core)?;
        self.targets = Some((promised, digest));
        Ok(self.turn(core, At::KeptTargets, Ask::KeepDocument))
    }

    /// TUF 5.6.2 to 5.6.5, for the role on its way.
    #[inline(never)]
    fn accept_role<D>(&mut self, core: &mut Core<'_, D>) -> Result<(FileMeta, Digest)> {
        let (Trust::Targets(stage), Passing::Signed(stream)) = (&self.trust, &mut self.passing)
        else {
            return Err(Error::UnexpectedEvent);
        };
        let promised = self.promised.ok_or(Error::UnexpectedEvent)?;
        let passed = stage.examine(&promised, stream)?;
        self.expires.add(Role::Targets, passed.expires);
        if let Object::Role { name, .. } = &core.object {
            self.used.follow(&mut core.log.floors, name, passed.version);
        }
        Ok((promised, passed.digest))
    }

    /// TUF 5.6.7: asks for the role that was picked out, once it is known in which version.
    #[inline(never)]
    fn ask_role<D>(&mut self, core: &mut Core<'_, D>, then: Then) -> Result<Turn> {
        let Catch::Role(name, _) = &self.catch else {
            return Err(Refused::NotDelegated.into());
        };
        let promised = self.stage()?.noted(name.as_str());
        if let Some(promised) = promised {
            return self.open_role(core, then, promised);
        }
        self.ask_snapshot_again(core, then)
    }

    #[inline(never)]
    fn ask_snapshot_again<D>(&mut self, core: &mut Core<'_, D>, then: Then) -> Result<Turn> {
        self.promised = None;
        let digest = *self.stage()?.snapshot();
        self.passing = Passing::Signed(Stream::again(Role::Snapshot, digest));
        ask_snapshot(core, &self.snapshot.ok_or(Error::UnexpectedEvent)?)?;
        self.at = At::SnapshotAgain(then);
        Ok(Turn::Stay)
    }

    #[inline(never)]
    fn find_promise<D>(&mut self, core: &mut Core<'_, D>, then: Then) -> Result<Turn> {
        self.signed()?.finish_again()?;
        let promised = self.promised.ok_or(Refused::NotListed)?;
        self.open_role(core, then, promised)
    }

    #[inline(never)]
    fn open_role<D>(
        &mut self,
        core: &mut Core<'_, D>,
        then: Then,
        promised: FileMeta,
    ) -> Result<Turn> {
        let Catch::Role(name, keys) = core::mem::replace(&mut self.catch, Catch::Nothing) else {
            return Err(Error::UnexpectedEvent);
        };
        self.passing = Passing::Signed(self.stage()?.stream_role(keys));
        self.promised = Some(promised);
        self.at = match then {
            Then::Channels => At::Channels,
            Then::Product => At::Product,
        };
        ask_role(core, name, &promised)
    }

    #[inline(never)]
    fn accept_channels<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        self.accept_role(core)?;
        Ok(self.turn(core, At::KeptChannels, Ask::KeepDocument))
    }

    /// What is to be installed, by documents of which the first expires then.
    pub(crate) fn finish(&mut self) -> Result<(Choice, Expiry)> {
        match core::mem::replace(&mut self.catch, Catch::Nothing) {
            Catch::Choice(_, choice) => Ok((choice, self.expires)),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    /// The documents that the choice rests on, where they are to be kept; the one that was fetched
    /// last is the product's role. What cannot be kept is refused here, while there is still an
    /// image to fall back to.
    #[cfg(feature = "verify-at-boot")]
    pub(crate) fn papers<D>(&self, core: &Core<'_, D>) -> Result<Option<Papers>> {
        let Some((pinned, room)) = core.pinned else {
            return Ok(None);
        };
        let (Some((targets, _)), Object::Role { name, .. }, Some(product)) =
            (self.targets, &core.object, self.promised)
        else {
            return Err(Error::UnexpectedEvent);
        };
        let papers = Papers {
            roots: (pinned, core.log.floors.root),
            targets,
            product: (name.clone(), product),
            room,
        };
        papers.check_room(0)?;
        Ok(Some(papers))
    }

    const fn stage(&self) -> Result<&TargetsStage> {
        match &self.trust {
            Trust::Targets(stage) => Ok(stage),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    const fn signed(&mut self) -> Result<&mut Stream> {
        match &mut self.passing {
            Passing::Signed(stream) => Ok(stream),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    fn turn<D>(&mut self, core: &mut Core<'_, D>, at: At, ask: Ask) -> Turn {
        self.at = at;
        core.ask = ask;
        Turn::Stay
    }
}

#[inline(never)]
fn ask_snapshot<D>(core: &mut Core<'_, D>, promised: &FileMeta) -> Result<()> {
    let length = promised.length.map(bytes_of);
    core.pass(Object::Snapshot(promised.version), length, SNAPSHOT_BYTES)
}

#[inline(never)]
fn ask_role<D>(core: &mut Core<'_, D>, name: RoleName, promised: &FileMeta) -> Result<Turn> {
    let version = promised.version;
    let length = promised.length.map(bytes_of);
    core.pass(Object::Role { name, version }, length, TARGETS_BYTES)?;
    Ok(Turn::Stay)
}
