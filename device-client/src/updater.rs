//! One round: refresh the metadata, choose an image, install it.
//!
//! **Ask [`Updater::poll`] what to do, do exactly that, and tell [`Updater::handle`] what came of
//! it, until the round is over.**
//!
//! 1. Read the floor log and the boot records, make an [`Updater`] with them, and let it
//!    [begin](Updater::begin) with the root.
//! 2. Call [`Updater::poll`] with the time. It says what to do, and says the same again until it
//!    is told what came of it.
//! 3. Do it. What is to be persisted must be durable before it counts as done, and so must be what
//!    was written to a slot before.
//! 4. Call [`Updater::handle`] with what came of it: bytes for a fetch or a read, in any number of
//!    pieces; [`Event::Done`] for everything else; [`Event::Failed`] when it cannot be done.
//! 5. Go on at 2, until `poll` says [`Action::Reboot`] or [`Action::Idle`], or `handle` returns an
//!    error. Then the round is over; the next one begins at 1.
//!
//! A round may end at any instant, by a reset as well as by dropping the machine: whatever it has
//! to remember was persisted, and the next round goes on from there. What was refused changed
//! nothing.

/// With the trusted root.
mod begin;

use sealift_metadata::Time;

use crate::Result;
use crate::action::{Action, Event, FlashOp, Record, Report};
use crate::arena::Arena;
use crate::boot::BootState;
#[cfg(feature = "verify-at-boot")]
use crate::core_state::Keeping;
use crate::core_state::{Answer, Ask, Core, Turn};
use crate::decode::Decode;
use crate::device::Device;
use crate::error::Error;
use crate::floor_log::Log;
use crate::install::Install;
use crate::object::Object;
use crate::others::Others;
use crate::refresh::Refresh;
use crate::walk::Walk;
#[cfg(feature = "verify-at-boot")]
use crate::{
    evidence::EvidenceOp,
    slot::{SlotId, SlotRecord},
};

/// What a device kept from earlier rounds.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The state of the floor log.
    pub log: Log,
    /// The state of the boot records.
    pub boot: BootState,
}

/// The machine of one round. See the [module](self) for how to drive it.
#[derive(Debug)]
pub struct Updater<'a, D> {
    core: Core<'a, D>,
    state: State,
}

/// Which stage the round is in.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to box in")]
pub(crate) enum State {
    /// Root, timestamp.
    Refresh(Refresh),
    /// Snapshot, targets roles, channel, choice.
    Walk(Walk),
    /// Blocks, slot, boot records.
    Install(Install),
    /// A trial that was never booted: it is asked for again.
    Rebooting,
    /// Nothing follows but an idle machine.
    Ended,
}

impl<'a, D: Decode> Updater<'a, D> {
    /// A round at the time `now` (TUF 5.1). Documents and blocks are laid into `buffer`.
    ///
    /// # Errors
    /// [`Error::Identity`].
    #[inline(never)]
    pub fn new(
        device: Device<'a>,
        stored: Stored,
        decode: D,
        buffer: &'a mut [u8],
        now: Time,
    ) -> Result<Self> {
        device.check()?;
        Ok(Self {
            core: Core {
                device,
                decode,
                arena: Arena::new(buffer),
                log: stored.log,
                boot: stored.boot,
                now,
                began: now,
                ask: Ask::Idle,
                object: Object::Timestamp,
                #[cfg(feature = "verify-at-boot")]
                pinned: None,
            },
            state: State::Ended,
        })
    }

    /// Keeps [evidence](crate::evidence) beside what is installed, for a boot loader that pins the
    /// root of this version, in areas of `area_bytes` each: where they differ, the shorter one's
    /// length. What cannot fit is refused with [`Error::NoEvidence`] before anything is erased for it,
    /// as far as its length is known by then; that of a root is not.
    ///
    /// # Errors
    /// [`Error::Identity`] for a device of several components: evidence is that of one image.
    #[cfg(feature = "verify-at-boot")]
    pub fn keep_evidence(
        &mut self,
        pinned: sealift_metadata::name::Version,
        area_bytes: u32,
    ) -> Result<()> {
        if self.core.decode.others().is_some() {
            return Err(Error::identity("evidence"));
        }
        self.core.pinned = Some((pinned, area_bytes));
        Ok(())
    }

    /// Says what to do now. `now` is the current time; it is not asked for anywhere else.
    #[inline(never)]
    pub fn poll(&mut self, now: Time) -> Action<'_> {
        let core = &mut self.core;
        core.now = core.now.max(now);
        let slot = core.boot.active.other();
        let component = core.decode.others().map_or(0, |others| others.current);
        match &core.ask {
            Ask::Fetch(download) => {
                let (offset, max) = download.rest();
                Action::Fetch {
                    object: core.object.clone(),
                    offset,
                    max,
                }
            }
            Ask::KeepRoot(held) => Action::Persist(Record::Root {
                bytes: core.arena.get(*held),
                log: &core.log,
            }),
            Ask::KeepDocument => Action::Persist(Record::Document {
                object: core.object.clone(),
                log: &core.log,
            }),
            Ask::KeepLog => Action::Persist(Record::Log(&core.log)),
            Ask::KeepBoot => {
                let parts = core.decode.others().map_or(&[][..], Others::parts);
                Action::Persist(Record::Boot(&core.boot, parts))
            }
            &Ask::Erase { offset, length } => Action::Flash(FlashOp::Erase {
                component,
                slot,
                offset,
                length,
            }),
            &Ask::Write { offset, start, end } => Action::Flash(FlashOp::Write {
                component,
                slot,
                offset,
                bytes: core.arena.range(start, end),
            }),
            &Ask::Read { offset, end, .. } => Action::Flash(FlashOp::Read {
                component,
                slot,
                offset,
                length: end.saturating_sub(offset),
            }),
            #[cfg(feature = "verify-at-boot")]
            &Ask::Evidence(keeping) => {
                let (path, image) = match &self.state {
                    State::Install(install) => install.proved(),
                    _ => ("", core.boot.slot(slot)),
                };
                Action::Evidence(evidence_op(keeping, slot, path, image, &mut core.arena))
            }
            &Ask::Wait { seconds } => Action::Wait { seconds },
            Ask::Report(report) => Action::Report(report.clone()),
            Ask::Reboot => Action::Reboot,
            Ask::Idle => Action::Idle,
        }
    }

    /// Takes what came of the last action.
    ///
    /// # Errors
    /// Why the round is over; [`Updater::poll`] says [`Action::Idle`] from then on. Where blocks came
    /// that are not recorded yet, that is asked for first, and the error returned afterwards.
    #[inline(never)]
    pub fn handle(&mut self, event: Event<'_>) -> Result<()> {
        let answer = self.answer(event);
        let result = match answer {
            Ok(None) => return Ok(()),
            Ok(Some(answer)) => self.advance(answer),
            Err(error) => Err(error),
        };
        let result = result.or_else(|error| self.leave(error));
        if result.is_err() {
            self.state = State::Ended;
            self.core.ask = Ask::Idle;
        }
        result
    }

    /// Takes an event in; `None` when more are to come before the question is answered.
    #[inline(never)]
    fn answer(&mut self, event: Event<'_>) -> Result<Option<Answer>> {
        let core = &mut self.core;
        match (&mut core.ask, event) {
            (Ask::Fetch(download), Event::Bytes { bytes, end }) if download.is_passing() => {
                download.count(&core.object, bytes)?;
                let State::Walk(walk) = &mut self.state else {
                    return Err(Error::UnexpectedEvent);
                };
                walk.take(core, bytes)?;
                Ok(end.then_some(Answer::Passed))
            }
            (Ask::Fetch(download), Event::Bytes { bytes, end }) => {
                download.count(&core.object, bytes)?;
                core.arena.push(bytes)?;
                Ok(end.then(|| Answer::Got(download.finish(&core.arena))))
            }
            (Ask::Fetch(download), Event::NotModified(copy))
                if core.object == Object::Timestamp =>
            {
                download.restart(&mut core.arena);
                download.count(&core.object, copy)?;
                core.arena.push(copy)?;
                Ok(Some(Answer::Got(download.finish(&core.arena))))
            }
            (Ask::Fetch(_), Event::Absent) => Ok(Some(Answer::Absent)),
            (Ask::Fetch(_), Event::Failed(why)) => Err(Error::Transport { code: why }),
            (
                Ask::Read {
                    offset,
                    end,
                    hasher,
                },
                Event::FlashBytes(bytes),
            ) => {
                let read = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                *offset = offset.saturating_add(read);
                if read == 0 || *offset > *end {
                    return Err(Error::UnexpectedEvent);
                }
                hasher.update(bytes);
                let is_over = *offset == *end;
                Ok(is_over.then(|| Answer::Digest(core::mem::take(hasher).finish())))
            }
            (Ask::Read { .. } | Ask::Reboot | Ask::Idle | Ask::Fetch(_), Event::Done)
            | (Ask::Report(_) | Ask::Wait { .. } | Ask::Reboot | Ask::Idle, Event::Failed(_)) => {
                Err(Error::UnexpectedEvent)
            }
            #[cfg(feature = "verify-at-boot")]
            (Ask::Evidence(Keeping::Check), Event::Failed(_)) => Err(Error::NoEvidence),
            (Ask::Read { .. }, Event::Failed(why)) => Ok(Some(Answer::Unreadable(why))),
            (_, Event::Done) => Ok(Some(Answer::Done)),
            (_, Event::Failed(why)) => Err(Error::Storage { code: why }),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    /// The stages change in place: no second copy of them lies below a signature's check.
    #[inline(never)]
    fn advance(&mut self, answer: Answer) -> Result<()> {
        let core = &mut self.core;
        let turn = match &mut self.state {
            State::Refresh(refresh) => refresh.next(core, answer)?,
            State::Walk(walk) => walk.next(core, answer)?,
            State::Install(install) if D::INSTALLS => install.next(core, answer)?,
            State::Install(_) => return Err(Error::UnexpectedEvent),
            State::Rebooting => {
                core.ask = Ask::Reboot;
                Turn::End
            }
            State::Ended => {
                core.ask = Ask::Idle;
                Turn::End
            }
        };
        match turn {
            Turn::Stay => {}
            Turn::Walk => {
                self.begin_walk()?;
                if let State::Walk(walk) = &mut self.state {
                    walk.begin(&mut self.core)?;
                }
            }
            Turn::Install => self.begin_install()?,
            Turn::End => self.state = State::Ended,
        }
        Ok(())
    }

    /// The round cannot go on.
    #[inline(never)]
    fn leave(&mut self, error: Error) -> Result<()> {
        match &mut self.state {
            State::Install(install) if D::INSTALLS => install.leave(&mut self.core, error),
            _ => Err(error),
        }
    }

    #[inline(never)]
    fn begin_walk(&mut self) -> Result<()> {
        let State::Refresh(refresh) = &mut self.state else {
            return Err(Error::UnexpectedEvent);
        };
        let (stage, expires) = refresh.finish()?;
        self.state = State::Walk(Walk::new(stage, expires));
        Ok(())
    }

    #[inline(never)]
    fn begin_install(&mut self) -> Result<()> {
        let State::Walk(walk) = &mut self.state else {
            return Err(Error::UnexpectedEvent);
        };
        #[cfg(feature = "verify-at-boot")]
        let papers = walk.papers(&self.core)?;
        let (choice, expires) = walk.finish()?;
        if !D::INSTALLS {
            let (path, sequence) = (choice.path, choice.record.sequence);
            self.core.ask = Ask::Report(Report::Found { path, sequence });
            self.state = State::Ended;
            return Ok(());
        }
        self.state = State::Install(Install::begin(&mut self.core, choice, expires)?);
        #[cfg(feature = "verify-at-boot")]
        if let State::Install(install) = &mut self.state {
            install.prove_by(papers);
        }
        Ok(())
    }
}

#[cfg(feature = "verify-at-boot")]
fn evidence_op<'m>(
    keeping: Keeping,
    slot: SlotId,
    path: &'m str,
    image: &'m SlotRecord,
    arena: &'m mut Arena<'_>,
) -> EvidenceOp<'m> {
    match keeping {
        Keeping::Begin { roots } => EvidenceOp::Begin { slot, roots, path },
        Keeping::Open { at, length } => EvidenceOp::Open { slot, at, length },
        Keeping::Write { at, start, end } => EvidenceOp::Write {
            slot,
            at,
            bytes: arena.range(start, end),
        },
        Keeping::Check => EvidenceOp::Check {
            slot,
            image,
            buffer: arena.lend(),
        },
    }
}

/// While a trial is not confirmed, the other slot is what there is to fall back to.
const fn wait_for_trial(sequence: u64, booted: bool) -> (State, Ask) {
    if booted {
        let report = Report::AwaitingConfirmation { sequence };
        return (State::Ended, Ask::Report(report));
    }
    let report = Report::Installed { sequence };
    (State::Rebooting, Ask::Report(report))
}
