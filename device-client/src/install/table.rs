//! The block table, which stays in the buffer while blocks come and go.

use sealift_metadata::blocks::{self, Block, ENTRY_BYTES};
use sealift_metadata::image::Content;
use sealift_metadata::name::TargetPath;

use crate::Result;
use crate::arena::Held;
use crate::core_state::Core;
use crate::error::Error;
use crate::refresh::bytes_of;
use crate::select::Choice;

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

/// How many blocks there are.
pub(super) fn count(choice: &Choice) -> Result<u32> {
    let count = blocks::count(choice.record.length, choice.blocks.size);
    u32::try_from(count).map_err(|_| Error::BlockTable)
}

/// Where the block table lies, and what it holds.
pub(super) fn table_of(choice: &Choice) -> Result<(TargetPath, Content)> {
    let path = table_path(choice.path.as_str()).ok_or(Error::BlockTable)?;
    let content = Content {
        length: blocks::table_bytes(choice.record.length, choice.blocks.size),
        sha256: choice.blocks.sha256,
    };
    Ok((path, content))
}

/// The path of the block table of an image; `None` when it is too long.
pub(crate) fn table_path(image: &str) -> Option<TargetPath> {
    TargetPath::of(&[image, blocks::SUFFIX]).ok()
}

/// What the table says of a block.
pub(super) fn entry<D>(core: &Core<'_, D>, table: Held, block: u32) -> Result<Block> {
    let (entries, _) = core.arena.get(table).as_chunks::<ENTRY_BYTES>();
    let entry = usize::try_from(block).ok().and_then(|at| entries.get(at));
    Ok(Block::read(entry.ok_or(Error::BlockTable)?)?)
}

/// Length of all encoded blocks before `block` in bytes.
pub(super) fn length_before<D>(core: &Core<'_, D>, table: Held, block: u32) -> Result<u64> {
    let (entries, _) = core.arena.get(table).as_chunks::<ENTRY_BYTES>();
    let mut total = 0_u64;
    for entry in entries.iter().take(bytes_of(u64::from(block))) {
        total = total.saturating_add(u64::from(Block::read(entry)?.length));
    }
    Ok(total)
}
