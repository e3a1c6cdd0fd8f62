//! Block after block: fetched, hashed, decoded, and written to the slot.

use super::table::{count, entry, length_before};
use super::{At, Install};
use crate::Result;
use crate::arena::Held;
use crate::core_state::{Ask, Core, Turn, Wanted};
use crate::decode::{Decode, RAW};
use crate::error::Error;
use crate::limits::{BLOCK_ATTEMPTS, BLOCK_RETRY_SECONDS, PROGRESS_RECORDS};
use crate::object::Object;
use crate::refresh::bytes_of;
use crate::slot::Cause;

impl Install {
    pub(super) fn ask_block<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        table: Held,
    ) -> Result<Turn> {
        core.arena.release(table.end);
        if self.block >= count(&self.choice)? {
            return self.read_back(core);
        }
        let offset = length_before(core, table, self.block)?;
        let length = bytes_of(u64::from(entry(core, table, self.block)?.length));
        if length.saturating_add(self.space_to_decode()) > core.arena.room() {
            // It would be too long in each round, and no offer behind it would ever be tried.
            let error = Error::block_encoding(self.block);
            return self.fail(core, Cause::Encoding, error);
        }
        let object = Object::Target {
            path: self.choice.path.clone(),
            sha256: self.choice.target.sha256,
        };
        core.fetch(object, Wanted::Part { offset, length })?;
        self.has_fetched = true;
        self.at = At::Block { table };
        Ok(Turn::Stay)
    }

    pub(super) fn accept_block<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        table: Held,
        held: Held,
    ) -> Result<Turn> {
        if entry(core, table, self.block)?.sha256 != held.digest {
            return self.refetch_block(core, table);
        }
        self.attempts = 0;
        let Some((start, end)) = self.decode(core, held)? else {
            let error = Error::block_encoding(self.block);
            return self.fail(core, Cause::Encoding, error);
        };
        let offset = self.image_offset();
        let length = self.image_length();
        self.at(
            core,
            At::Erased { table, start, end },
            Ask::Erase { offset, length },
        )
    }

    fn refetch_block<D: Decode>(&mut self, core: &mut Core<'_, D>, table: Held) -> Result<Turn> {
        self.attempts = self.attempts.saturating_add(1);
        if self.attempts >= BLOCK_ATTEMPTS {
            return Err(Error::block_digest(self.block));
        }
        let seconds = BLOCK_RETRY_SECONDS;
        self.at(core, At::Waited { table }, Ask::Wait { seconds })
    }

    /// Where the block's part of the image lies in the buffer; `None` when it does not decode to
    /// exactly that part.
    fn decode<D: Decode>(
        &self,
        core: &mut Core<'_, D>,
        held: Held,
    ) -> Result<Option<(usize, usize)>> {
        let length = bytes_of(self.image_length());
        if self.choice.encoding == RAW {
            let fits = held.end.saturating_sub(held.start) == length;
            return Ok(fits.then_some((held.start, held.end)));
        }
        let start = core.arena.used();
        let (block, image) = core.arena.with_space(held, length)?;
        let filled = core.decode.decode(&self.choice.encoding, block, image);
        Ok((filled == Some(length)).then_some((start, start.saturating_add(length))))
    }

    /// Not after each block of a long image: a record wears out its page, or waits for a disk.
    pub(super) fn record_progress<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        table: Held,
    ) -> Result<Turn> {
        self.block = self.block.saturating_add(1);
        let count = count(&self.choice)?;
        let every = count.div_ceil(PROGRESS_RECORDS);
        if self.block < count && !self.block.is_multiple_of(every) {
            return self.ask_block(core, table);
        }
        self.record_state(core, self.receiving());
        self.at(core, At::Progress { table }, Ask::KeepBoot)
    }

    pub(super) fn image_offset(&self) -> u64 {
        u64::from(self.block).saturating_mul(u64::from(self.choice.blocks.size))
    }

    /// Bytes of the buffer that a block needs besides those that arrive.
    fn space_to_decode(&self) -> usize {
        if self.choice.encoding == RAW {
            return 0;
        }
        bytes_of(self.image_length())
    }

    fn image_length(&self) -> u64 {
        let left = self
            .choice
            .record
            .length
            .saturating_sub(self.image_offset());
        left.min(u64::from(self.choice.blocks.size))
    }
}
