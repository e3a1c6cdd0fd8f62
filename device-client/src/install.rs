//! The payload: block by block into the inactive slot, then read back, then on trial.
//!
//! A block is capped and hashed before it is decoded, and decoded before a page is erased for it.
//! The record of progress is made durable after the blocks are: what it counts is always there. It
//! is made again when the link fails, so that no block that was written is asked for again.

/// Block after block, from the network to the slot.
mod block;
/// What proves the image to a boot loader.
#[cfg(feature = "verify-at-boot")]
pub(crate) mod evidence;
/// The components of a set, one after the other.
mod set;
/// The block table.
mod table;

use sealift_metadata::Digest;
use sealift_metadata::digest::Hasher;

use crate::Result;
use crate::action::Report;
use crate::arena::Held;
use crate::core_state::{Answer, Ask, Core, Expiry, Turn, Wanted};
use crate::decode::Decode;
use crate::error::Error;
use crate::limits::{ACTIVATION_SECONDS, DOWNLOAD_ATTEMPTS};
use crate::object::Object;
use crate::refresh::bytes_of;
use crate::select::Choice;
use crate::slot::{Cause, SlotRecord, SlotState};
use set::{is_part, is_set, open_first, resume, slot};
use table::{count, length_before, table_of};

pub(crate) use table::{check_content, table_path};

/// An image on its way into the slot.
#[derive(Debug)]
pub(crate) struct Install {
    choice: Choice,
    expires: Expiry,
    /// The block that comes next, and how often it was fetched.
    block: u32,
    attempts: u8,
    /// Whether this round asked for a block.
    has_fetched: bool,
    /// Of a device of several components: whether no earlier round worked on this set.
    is_new: bool,
    at: At,
    /// What is to be kept beside the slot, and how far that is.
    #[cfg(feature = "verify-at-boot")]
    papers: Option<evidence::Papers>,
    #[cfg(feature = "verify-at-boot")]
    place: evidence::Place,
}

#[derive(Clone, Copy, Debug)]
enum At {
    Announced,
    /// Of a device of several components: one of the others was announced.
    Part,
    Table,
    Started {
        table: Held,
    },
    Block {
        table: Held,
    },
    Waited {
        table: Held,
    },
    /// The image's bytes of a block lie between `start` and `end`.
    Erased {
        table: Held,
        start: usize,
        end: usize,
    },
    Written {
        table: Held,
    },
    Progress {
        table: Held,
    },
    ReadBack,
    #[cfg(feature = "verify-at-boot")]
    Evidence(evidence::Step),
    Staged,
    Trial,
    Installed,
    Failing(Error),
}

impl Install {
    /// Begins, or goes on where the slot's record says that an earlier round came to.
    #[inline(never)]
    pub(crate) fn begin<D: Decode>(
        core: &mut Core<'_, D>,
        mut choice: Choice,
        expires: Expiry,
    ) -> Result<Self> {
        core.arena.release(0);
        let block = resume(core, &mut choice);
        let report = Report::Installing {
            path: choice.path.clone(),
            sequence: choice.record.sequence,
            from_block: block.min(count(&choice)?),
        };
        let install = Self {
            choice,
            expires,
            block,
            attempts: 0,
            has_fetched: false,
            is_new: false,
            at: At::Announced,
            #[cfg(feature = "verify-at-boot")]
            papers: None,
            #[cfg(feature = "verify-at-boot")]
            place: evidence::Place::default(),
        };
        core.ask = Ask::Report(report);
        Ok(install)
    }

    #[inline(never)]
    pub(crate) fn next<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        answer: Answer,
    ) -> Result<Turn> {
        match (self.at, answer) {
            (At::Announced, Answer::Done) if is_set(core) => self.open_set(core),
            (At::Announced | At::Part, Answer::Done) => self.open(core),
            (At::Table, Answer::Got(held)) => self.accept_table(core, held),
            (At::Started { table } | At::Waited { table }, Answer::Done) => {
                self.ask_block(core, table)
            }
            (At::Block { table }, Answer::Got(held)) => self.accept_block(core, table, held),
            (At::Erased { table, start, end }, Answer::Done) => {
                let offset = self.image_offset();
                self.at(
                    core,
                    At::Written { table },
                    Ask::Write { offset, start, end },
                )
            }
            (At::Written { table }, Answer::Done) => self.record_progress(core, table),
            (At::Progress { table }, Answer::Done) => self.ask_block(core, table),
            (At::ReadBack, Answer::Digest(digest)) => self.accept_slot(core, digest),
            (At::ReadBack, Answer::Unreadable(why)) => {
                self.download_again(core, Error::Storage { code: why })
            }
            (At::Staged, Answer::Done) if is_part(core) => self.end_part(core),
            #[cfg(feature = "verify-at-boot")]
            (At::Evidence(step), answer) => self.next_evidence(core, step, answer),
            (At::Staged, Answer::Done) => self.activate(core),
            (At::Trial, Answer::Done) => {
                let sequence = self.choice.record.sequence;
                self.at(
                    core,
                    At::Installed,
                    Ask::Report(Report::Installed { sequence }),
                )
            }
            (At::Installed, Answer::Done) => {
                core.ask = Ask::Reboot;
                Ok(Turn::End)
            }
            (At::Failing(error), Answer::Done) => Err(error),
            (_, Answer::Absent) => Err(Error::Absent),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    /// Records the blocks that came since the last record before the round is over. A link that
    /// brings one block and breaks would have the same sector erased again and again.
    pub(crate) fn leave<D: Decode>(&mut self, core: &mut Core<'_, D>, error: Error) -> Result<()> {
        let state = self.receiving();
        if !matches!(self.at, At::Block { .. }) || slot(core).state == state {
            return Err(error);
        }
        self.record_state(core, state);
        self.at = At::Failing(error);
        core.ask = Ask::KeepBoot;
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "every step ends in this call")]
    fn at<D>(&mut self, core: &mut Core<'_, D>, at: At, ask: Ask) -> Result<Turn> {
        self.at = at;
        core.ask = ask;
        Ok(Turn::Stay)
    }

    /// A slot that is whole is only read back; for all others, the block table comes first.
    fn open<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        if self.block >= count(&self.choice)? {
            return self.read_back(core);
        }
        let (path, content) = table_of(&self.choice)?;
        let length = bytes_of(content.length);
        let wanted = Wanted::Document {
            length: Some(length),
            cap: length,
        };
        let sha256 = content.sha256;
        core.fetch(Object::Target { path, sha256 }, wanted)?;
        self.at = At::Table;
        Ok(Turn::Stay)
    }

    /// The lengths of all blocks add up to the target's own. From here on the slot is no longer
    /// what it was, and its record says so before anything is erased. Where it does already, it is
    /// not written again: a link that never brings the next block would wear out its page.
    fn accept_table<D: Decode>(&mut self, core: &mut Core<'_, D>, table: Held) -> Result<Turn> {
        check_content(table_of(&self.choice)?.1, core, table)?;
        let total = length_before(core, table, u32::MAX)?;
        if total != self.choice.target.length {
            return Err(Error::BlockTable);
        }
        if !self.record_state(core, self.receiving()) {
            return self.ask_block(core, table);
        }
        self.at(core, At::Started { table }, Ask::KeepBoot)
    }

    const fn receiving(&self) -> SlotState {
        SlotState::Receiving {
            block: self.block,
            size: self.choice.blocks.size,
        }
    }

    /// Says whether the record changed.
    fn record_state<D: Decode>(&self, core: &mut Core<'_, D>, state: SlotState) -> bool {
        let is_opened = open_first(core);
        let record = SlotRecord {
            state,
            ..self.choice.record.clone()
        };
        let slot = slot(core);
        let is_changed = *slot != record;
        *slot = record;
        is_opened || is_changed
    }

    /// What boots is what was verified: the whole slot is read and hashed again.
    fn read_back<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let ask = Ask::Read {
            offset: 0,
            end: self.choice.record.length,
            hasher: Hasher::new(),
        };
        self.at(core, At::ReadBack, ask)
    }

    fn accept_slot<D: Decode>(&mut self, core: &mut Core<'_, D>, digest: Digest) -> Result<Turn> {
        if digest != self.choice.record.sha256 {
            return self.download_again(core, Error::ImageDigest);
        }
        #[cfg(feature = "verify-at-boot")]
        return self.keep_evidence(core);
        #[cfg(not(feature = "verify-at-boot"))]
        self.stage(core)
    }

    fn stage<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        self.record_state(core, SlotState::Staged);
        self.at(core, At::Staged, Ask::KeepBoot)
    }

    /// The flash may have been at fault: an image that does not read back gets another download.
    /// What lay there since an earlier set, and nobody downloaded for this one, is not counted.
    fn download_again<D: Decode>(&mut self, core: &mut Core<'_, D>, error: Error) -> Result<Turn> {
        let is_earlier = self.is_new || !slot(core).is_same_image(&self.choice.record);
        if is_part(core) && self.block == u32::MAX && is_earlier {
            self.block = 0;
            return self.open(core);
        }
        let record = &mut self.choice.record;
        record.downloads = record.downloads.saturating_add(1);
        if record.downloads >= DOWNLOAD_ATTEMPTS {
            return self.fail(core, Cause::ImageDigest, error);
        }
        self.record_state(core, SlotState::Failed(Cause::ImageDigest));
        self.at(core, At::Failing(error), Ask::KeepBoot)
    }

    /// A download may take days: nothing is activated on documents that expired meanwhile, and
    /// nothing that may have been withdrawn. A round that found the slot whole is as short as it
    /// can be, however slow the line.
    fn activate<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        self.expires.check(core.now.max(core.log.floors.time))?;
        if self.has_fetched && core.now > core.began.plus(ACTIVATION_SECONDS) {
            let sequence = self.choice.record.sequence;
            core.ask = Ask::Report(Report::Staged { sequence });
            return Ok(Turn::End);
        }
        let state = SlotState::Trial {
            left: core.device.tries,
            booted: false,
        };
        self.record_state(core, state);
        self.at(core, At::Trial, Ask::KeepBoot)
    }

    /// Gives the image up for good, and remembers why.
    fn fail<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        cause: Cause,
        error: Error,
    ) -> Result<Turn> {
        let id = core.boot.active.other();
        self.record_state(core, SlotState::Failed(cause));
        core.boot.fail(id, cause);
        self.at(core, At::Failing(error), Ask::KeepBoot)
    }
}
