//! The targets roles (TUF 5.6), the channel document, and the choice of an image.
//!
//! Top-level targets, the role of channels, the channel's document, the product's role: each is
//! laid behind the one before, accepted, persisted. A role is believed only for the paths that
//! were delegated to it, a channel's document only below `channels/`, and an image only below
//! `images/<own product>/`.

use core::fmt::Write as _;

use heapless::String;
use sealift_metadata::channel::Channel;
use sealift_metadata::delegations::Delegation;
use sealift_metadata::error::{Error as Refused, Role};
use sealift_metadata::image::Content;
use sealift_metadata::limits::{TARGET_PATH_BYTES, TARGETS_BYTES};
use sealift_metadata::name::{RoleName, TargetPath};
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::targets::Targets;
use sealift_metadata::trusted::TargetsStage;
use sealift_metadata::verify::Verified;

use crate::Result;
use crate::action::Report;
use crate::arena::Held;
use crate::core_state::{Answer, Ask, Core, Expiry, Wanted};
use crate::decode::Decode;
use crate::device::Device;
use crate::error::Error;
use crate::install::Install;
use crate::object::Object;
use crate::offers::{Documents, is_below_product, is_own, verdict};
use crate::refresh::bytes_of;
use crate::select::{Choice, Refusal};
use crate::updater::State;
use crate::used::Used;

/// The walk from the snapshot to an image.
#[derive(Debug)]
pub(crate) struct Walk {
    stage: TargetsStage,
    expires: Expiry,
    snapshot: Held,
    at: At,
    used: Used,
    /// The newest fault among the offers, if there is one.
    fault: Option<Refusal>,
}

/// The documents that lie in the buffer, each step with one more. `Kept…` waits for the last one
/// to be durable.
#[derive(Clone, Debug)]
enum At {
    KeptSnapshot,
    Targets,
    KeptTargets {
        targets: Held,
    },
    Channels {
        targets: Held,
    },
    KeptChannels {
        targets: Held,
        channels: Held,
    },
    Channel {
        targets: Held,
        channels: Held,
    },
    Product {
        docs: Documents,
        newest: TargetPath,
    },
    /// Persisted or reported; the offer `next` is judged then.
    Choosing {
        docs: Documents,
        product: Held,
        next: usize,
    },
    Settled,
    Chosen(Choice),
}

type Next = Result<(State, Ask)>;

impl Walk {
    /// Goes on from an accepted snapshot that is being persisted.
    pub(crate) fn new(stage: TargetsStage, expires: Expiry, snapshot: Held) -> Self {
        Self {
            stage,
            expires,
            snapshot,
            at: At::KeptSnapshot,
            used: Used::default(),
            fault: None,
        }
    }

    pub(crate) fn next<D: Decode>(mut self, core: &mut Core<'_, D>, answer: Answer) -> Next {
        let at = core::mem::replace(&mut self.at, At::Targets);
        match (at, answer) {
            (At::KeptSnapshot, Answer::Done) => {
                self.ask_role(core, RoleName::targets(), At::Targets)
            }
            (At::Targets, Answer::Got(held)) => self.accept_targets(core, held),
            (At::KeptTargets { targets }, Answer::Done) => self.ask_channels(core, targets),
            (At::Channels { targets }, Answer::Got(held)) => {
                self.accept_channels(core, targets, held)
            }
            (At::KeptChannels { targets, channels }, Answer::Done) => {
                self.ask_channel(core, targets, channels)
            }
            (At::Channel { targets, channels }, Answer::Got(held)) => {
                self.accept_channel(core, targets, channels, held)
            }
            (At::Product { docs, newest }, Answer::Got(held)) => {
                self.accept_product(core, docs, &newest, held)
            }
            (
                At::Choosing {
                    docs,
                    product,
                    next,
                },
                Answer::Done,
            ) => self.choose(core, docs, product, next),
            (At::Settled, Answer::Done) => Ok((State::Ending, Ask::Report(Report::UpToDate))),
            (At::Chosen(choice), Answer::Done) => Install::begin(core, choice, self.expires),
            (_, Answer::Absent) => Err(Error::Absent),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "every step ends in this call")]
    fn at(mut self, at: At, ask: Ask) -> Next {
        self.at = at;
        Ok((State::Walk(self), ask))
    }

    /// TUF 5.6.1: asks for the version of a role that the snapshot promises.
    fn ask_role<D>(self, core: &Core<'_, D>, name: RoleName, at: At) -> Next {
        let snapshot = self.snapshot(core)?;
        let promised = self.stage.promised(&snapshot, name.as_str())?;
        let wanted = Wanted::Document {
            length: promised.length.map(bytes_of),
            cap: TARGETS_BYTES,
        };
        let version = promised.version;
        let ask = core.fetch(Object::Role { name, version }, wanted)?;
        self.at(at, ask)
    }

    fn snapshot<'c, D>(&self, core: &'c Core<'_, D>) -> Result<Verified<Snapshot<'c>>> {
        let bytes = core.arena.get(self.snapshot);
        Ok(Verified::reopen(bytes, &self.snapshot.digest)?)
    }

    /// TUF 5.6.2 to 5.6.6, for the top-level role.
    fn accept_targets<D>(mut self, core: &mut Core<'_, D>, targets: Held) -> Next {
        let snapshot = self.snapshot(core)?;
        let role = self.stage.accept(&snapshot, core.arena.get(targets))?;
        self.expires.add(Role::Targets, role.expires);
        let name = RoleName::targets();
        let version = role.version;
        self.used.follow(&mut core.log.floors, &name, version);
        let ask = Core::<D>::keep(Object::Role { name, version }, targets);
        self.at(At::KeptTargets { targets }, ask)
    }

    /// TUF 5.6.7: the first role that is trusted for the channel's document.
    fn ask_channels<D>(self, core: &Core<'_, D>, targets: Held) -> Next {
        let path = channel_path(&core.device)?;
        let name = delegated(&reopen(core, targets)?, &path)?.name;
        self.ask_role(core, name, At::Channels { targets })
    }

    fn accept_channels<D>(mut self, core: &mut Core<'_, D>, targets: Held, held: Held) -> Next {
        let path = channel_path(&core.device)?;
        let object = self.accept_role(core, targets, &path, held)?;
        let channels = held;
        let ask = Core::<D>::keep(object, held);
        self.at(At::KeptChannels { targets, channels }, ask)
    }

    /// TUF 5.6.2 to 5.6.6, for the role that `path` is delegated to.
    fn accept_role<D>(
        &mut self,
        core: &mut Core<'_, D>,
        targets: Held,
        path: &TargetPath,
        held: Held,
    ) -> Result<Object> {
        let snapshot = self.snapshot(core)?;
        let top = reopen(core, targets)?;
        let delegation = delegated(&top, path)?;
        let bytes = core.arena.get(held);
        let role = self.stage.accept_delegated(&snapshot, &delegation, bytes)?;
        self.expires.add(Role::Targets, role.expires);
        let (name, version) = (delegation.name, role.version);
        self.used.follow(&mut core.log.floors, &name, version);
        Ok(Object::Role { name, version })
    }

    /// TUF 5.7: the channel's document is a target like any other.
    fn ask_channel<D>(self, core: &Core<'_, D>, targets: Held, channels: Held) -> Next {
        let (path, content) = listed_channel(core, channels)?;
        let length = bytes_of(content.length);
        let wanted = Wanted::Document {
            length: Some(length),
            cap: length,
        };
        let sha256 = content.sha256;
        let ask = core.fetch(Object::Target { path, sha256 }, wanted)?;
        self.at(At::Channel { targets, channels }, ask)
    }

    fn accept_channel<D>(
        self,
        core: &Core<'_, D>,
        targets: Held,
        channels: Held,
        channel: Held,
    ) -> Next {
        let (_, content) = listed_channel(core, channels)?;
        check_content(content, core, channel)?;
        let document = Channel::read(core.arena.get(channel))?;
        let device = &core.device;
        if (document.product, document.channel) != (device.product, device.channel) {
            return Err(Error::ForeignChannel);
        }
        // The role of the product is the one that its newest image on offer is delegated to.
        let mut newest = None;
        document.for_each(|offer| {
            if newest.is_none() && is_own(device, &offer) && is_below_product(device, &offer.path) {
                newest = Some(offer.path);
            }
            Ok(())
        })?;
        let Some(newest) = newest else {
            return self.without_offers(targets, channel);
        };
        let role = delegated(&reopen(core, targets)?, &newest)?.name;
        let docs = Documents {
            targets,
            channel,
            role: role.clone(),
        };
        self.ask_role(core, role, At::Product { docs, newest })
    }

    /// Nothing on offer lies below the product: no role is trusted for what is.
    fn without_offers(self, targets: Held, channel: Held) -> Next {
        let docs = Documents {
            targets,
            channel,
            role: RoleName::targets(),
        };
        let product = targets;
        let next = 0;
        let at = At::Choosing {
            docs,
            product,
            next,
        };
        self.at(at, Ask::KeepLog)
    }

    fn accept_product<D>(
        mut self,
        core: &mut Core<'_, D>,
        docs: Documents,
        newest: &TargetPath,
        product: Held,
    ) -> Next {
        let object = self.accept_role(core, docs.targets, newest, product)?;
        self.used.keep_only(&mut core.log.floors);
        let ask = Core::<D>::keep(object, product);
        let next = 0;
        let at = At::Choosing {
            docs,
            product,
            next,
        };
        self.at(at, ask)
    }

    /// Judges the offers from the newest on, reports each refusal, and takes the first that may
    /// be installed.
    fn choose<D: Decode>(
        mut self,
        core: &mut Core<'_, D>,
        docs: Documents,
        product: Held,
        next: usize,
    ) -> Next {
        let Some((path, verdict)) = verdict(core, &docs, product, self.expires.at(), next)? else {
            return self.settle(core);
        };
        match verdict {
            Ok(choice) => {
                // Signed offline, and before any document expires: it is a time that has passed.
                core.log.floors.raise_time(choice.built);
                self.at(At::Chosen(choice), Ask::KeepLog)
            }
            Err(refusal) => {
                if refusal.is_fault() {
                    self.fault = self.fault.or(Some(refusal));
                }
                let next = next.saturating_add(1);
                let at = At::Choosing {
                    docs,
                    product,
                    next,
                };
                self.at(at, Ask::Report(Report::Skipped { path, refusal }))
            }
        }
    }

    /// Nothing may be installed.
    fn settle<D>(self, core: &mut Core<'_, D>) -> Next {
        if let Some(fault) = self.fault {
            return Err(Error::Refused(fault));
        }
        core.log.settled = core.mark();
        self.at(At::Settled, Ask::KeepLog)
    }
}

/// A targets role that was verified before.
pub(crate) fn reopen<'c, D>(core: &'c Core<'_, D>, held: Held) -> Result<Verified<Targets<'c>>> {
    Ok(Verified::reopen(core.arena.get(held), &held.digest)?)
}

/// The first role that is trusted for the target at `path` (TUF 5.6.7).
fn delegated<'c>(top: &Verified<Targets<'c>>, path: &TargetPath) -> Result<Delegation<'c>> {
    let found = top
        .delegations
        .as_ref()
        .and_then(|list| list.find(path.as_str()));
    Ok(found.ok_or(Refused::NotDelegated)?)
}

/// `channels/<product>/<channel>.json`
fn channel_path(device: &Device<'_>) -> Result<TargetPath> {
    let mut path = String::<TARGET_PATH_BYTES>::new();
    // Two slugs of at most 64 bytes always fit.
    let _ = write!(path, "channels/{}/{}.json", device.product, device.channel);
    Ok(TargetPath::new(&path)?)
}

/// What the role of channels says of the channel's document.
fn listed_channel<D>(core: &Core<'_, D>, channels: Held) -> Result<(TargetPath, Content)> {
    let path = channel_path(&core.device)?;
    let role = reopen(core, channels)?;
    let target = role.find(path.as_str()).ok_or(Error::ChannelNotListed)?;
    let (length, sha256) = (target.length, target.sha256);
    Ok((path, Content { length, sha256 }))
}

/// Checks that a target is the one that was signed (TUF 5.7.3).
pub(crate) fn check_content<D>(content: Content, core: &Core<'_, D>, held: Held) -> Result<()> {
    if core.arena.get(held).len() != bytes_of(content.length) {
        return Err(Error::TargetLength);
    }
    if held.digest != content.sha256 {
        return Err(Error::TargetDigest);
    }
    Ok(())
}
