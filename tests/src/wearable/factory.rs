//! What a wearable leaves its factory with: an application in slot A, a record of it, a root.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sealift_device::nor::{Board, Layout, Sectors};
use sealift_device::slot::{SlotRecord, SlotState};
use sealift_device::{BootState, Event, Record};
use sealift_metadata::Digest;

use crate::flash::geometry::Bank;
use crate::flash::{Flash, Geometry, Rewrite};

/// The board's own, word for word.
#[path = "../../../device-client/wearable/board/src/layout.rs"]
pub mod layout;

/// Bytes of the memory that plays flash, as the emulator wants it.
const MEMORY_BYTES: u64 = 16 * 1024 * 1024;

/// The board's flash, as its driver describes it.
static BOARD: Geometry = Geometry {
    name: "mps2-an386",
    unit: 4,
    erased: sealift_device::nor::Erased::Ones,
    banks: &[Bank {
        end: 0x7_0000,
        rewrite: Rewrite::Once,
        ecc: false,
    }],
    layout: Layout {
        sectors: &[Sectors {
            count: 1024,
            bytes: 4096,
        }],
        ..layout::LAYOUT
    },
    images: [4096, 0, 0],
};

/// Writes the flash of a fresh device into a file.
///
/// # Errors
/// When something does not fit its area, or the file cannot be written.
pub fn write(file: &Path, version: &str, app: &[u8], root: &[u8]) -> Result<()> {
    let mut flash = Flash::<4>::erased(&BOARD, 0);
    let slot = layout::LAYOUT.slots[0];
    ensure!(app.len() <= slot.length as usize, "the slot is too small");
    ensure!(
        root.len() < layout::FACTORY_ROOT.length as usize,
        "the root is too long"
    );
    flash.scribble(slot.start, app);
    flash.scribble(layout::FACTORY_ROOT.start, root);

    let mut board = Board::open(flash, BOARD.layout, BOARD.erased)?;
    board.stored()?;
    let state = BootState {
        a: SlotRecord {
            state: SlotState::Confirmed,
            sequence: 1,
            length: u64::try_from(app.len())?,
            sha256: Digest::of(app),
            version: version.try_into().ok().context("a short version")?,
            ..SlotRecord::EMPTY
        },
        ..BootState::factory()
    };
    let kept = board.persist(&Record::Boot(&state, &[]));
    ensure!(matches!(kept, Event::Done), "the record cannot be written");
    let flash = board.release();

    let memory = File::create(file)?;
    memory.set_len(MEMORY_BYTES)?;
    memory.write_all_at(flash.peek(0..BOARD.capacity()), 0)?;
    Ok(())
}

/// What the boot records in a file say.
///
/// # Errors
/// When they say nothing that is valid.
pub fn state(file: &Path) -> Result<BootState> {
    let mut bytes = vec![0; BOARD.capacity() as usize];
    File::open(file)?.read_exact_at(&mut bytes, 0)?;
    let mut flash = Flash::<4>::erased(&BOARD, 0);
    flash.scribble(0, &bytes);
    let board = Board::open(flash, BOARD.layout, BOARD.erased)?;
    Ok(board.state().clone())
}

/// The bytes of a slot in a file.
///
/// # Errors
/// When the file cannot be read.
pub fn slot(file: &Path, index: usize, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let start = layout::LAYOUT.slots.get(index).context("two slots")?.start;
    File::open(file)?.read_exact_at(&mut bytes, start.into())?;
    Ok(bytes)
}
