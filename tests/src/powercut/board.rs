//! A board of one component or of several, as its geometry says.

use sealift_device::nor::{Board, RootCopy};
use sealift_device::records::Parts;
use sealift_device::slot::SlotId;
use sealift_device::{Error, Event, EvidenceOp, FlashOp, Others, Record, Result, SetState, Stored};

use super::session::LOADER_BYTES;
use super::world::World;
use crate::flash::Flash;

type Chip<'f, const UNIT: usize> = &'f mut Flash<UNIT>;

/// A [`Board`] of either kind.
#[derive(Debug)]
pub(super) enum AnyBoard<'f, const UNIT: usize> {
    One(Box<Board<'static, Chip<'f, UNIT>>>),
    Set(Box<Board<'static, Chip<'f, UNIT>, SetState>>),
}

macro_rules! with {
    ($any:ident, $board:ident => $does:expr) => {
        match $any {
            AnyBoard::One($board) => $does,
            AnyBoard::Set($board) => $does,
        }
    };
}

impl<'f, const UNIT: usize> AnyBoard<'f, UNIT> {
    pub(super) fn open(flash: Chip<'f, UNIT>, world: &World) -> Result<Self> {
        let (layout, erased) = (world.geometry.layout, world.geometry.erased);
        if layout.others.is_empty() {
            let board = Board::open(flash, layout, erased);
            board.map(|board| Self::One(Box::new(board)))
        } else {
            let board = Board::open_set(flash, layout, erased);
            board.map(|board| Self::Set(Box::new(board)))
        }
    }

    /// What the boot records say.
    pub(super) fn held(&self) -> SetState {
        with!(self, board => SetState {
            boot: board.state().clone(),
            parts: Parts::from_slice(board.parts()).unwrap_or_default(),
        })
    }

    /// What the boot loader does, with evidence where there is an area for it.
    pub(super) fn boot(&mut self, world: &World) -> Result<SlotId> {
        match self {
            Self::One(board) if world.geometry.layout.evidence.is_some() => {
                board.boot_verified(&world.anchor(), &mut [0; LOADER_BYTES])
            }
            Self::One(board) => board.boot(),
            Self::Set(board) => board.boot(),
        }
    }

    pub(super) fn confirm(&mut self, running: SlotId) -> Result<SlotId> {
        with!(self, board => board.confirm(running))
    }

    pub(super) fn stored(&mut self) -> Result<Stored> {
        with!(self, board => board.stored())
    }

    /// The components beside the first, and what is known of them.
    pub(super) fn others(&self) -> Result<Others> {
        match self {
            Self::One(_) => Others::new("app", &[], &[]),
            Self::Set(board) => Others::new("app", &board.components()?, board.parts()),
        }
    }

    pub(super) fn slot_bytes(&self) -> u64 {
        with!(self, board => board.slot_bytes())
    }

    pub(super) fn block_bytes(&self) -> u32 {
        with!(self, board => board.block_bytes())
    }

    pub(super) fn root(&mut self) -> Option<RootCopy> {
        with!(self, board => board.root())
    }

    pub(super) fn read_root<'b>(
        &mut self,
        copy: &RootCopy,
        buffer: &'b mut [u8],
    ) -> Option<&'b [u8]> {
        with!(self, board => board.read_root(copy, buffer))
    }

    pub(super) fn perform<'p>(&mut self, op: &FlashOp<'_>, piece: &'p mut [u8]) -> Event<'p> {
        with!(self, board => board.perform(op, piece))
    }

    pub(super) fn persist(&mut self, record: &Record<'_>) -> Event<'static> {
        with!(self, board => board.persist(record))
    }

    pub(super) fn keep_evidence(&mut self, op: EvidenceOp<'_>, world: &World) -> Event<'static> {
        match self {
            Self::One(board) => board.keep_evidence(op, &world.anchor()),
            Self::Set(_) => Event::Failed(Error::NoEvidence.code()),
        }
    }
}
