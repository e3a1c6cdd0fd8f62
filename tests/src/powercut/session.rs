//! A device on simulated flash, driven as firmware drives it: [`Board`](sealift_device::Board) and
//! [`Updater`](sealift_device::Updater) are those that ship.

use sealift_device::nor::Area;
use sealift_device::slot::SlotId;
use sealift_device::{
    Action, BootState, Device, Error, Event, Log, Object, RawOnly, Record, Set, SetState, Stored,
    Updater,
};

use sealift_metadata::name::Version;

use super::board::AnyBoard;
use super::world::{Stage, World};
use crate::flash::{Flash, Journal, Op};
use crate::repository::START;

/// Bytes of the buffer that the machine is given.
const BUFFER_BYTES: usize = 48 * 1024;

/// Bytes of the buffer of a boot loader that checks signatures.
pub const LOADER_BYTES: usize = 8 * 1024 + 32;

/// Bytes that the link carries at once.
const PIECE_BYTES: usize = 700;

/// A device that is switched on.
#[derive(Clone, Debug)]
pub struct Session<'w, const UNIT: usize> {
    /// What is published.
    pub world: &'w World,
    /// Its flash: all that a cut leaves of it.
    pub flash: Flash<UNIT>,
    /// What it was told to be durable, and after how many operations.
    pub marks: Vec<Mark>,
    /// Blocks of an image that the link carries before it breaks.
    pub link: usize,
    /// What the link makes of objects whose address contains a text.
    pub lie: Option<Lie>,
}

/// A part of an object's address, and what becomes of the object.
pub type Lie = (&'static str, fn(&mut Vec<u8>));

/// What counts as durable from an operation on.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The number of operations before.
    pub operations: usize,
    /// The boot records.
    pub boot: SetState,
    /// The log; `None` where it was not read.
    pub log: Option<Log>,
}

/// What a boot loader did.
#[derive(Clone, Debug)]
pub struct Wake {
    /// What the boot records said.
    pub found: SetState,
    /// The slot that it jumped to.
    pub chosen: Result<SlotId, Error>,
    /// What the boot records say since.
    pub left: SetState,
}

/// How a round ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is left to do.
    Idle,
    /// An image wants to be tried.
    Reboot,
    /// With an error.
    Over(Error),
}

impl<'w, const UNIT: usize> Session<'w, UNIT> {
    /// A device with this flash.
    pub fn new(world: &'w World, flash: Flash<UNIT>) -> Self {
        Self {
            world,
            flash,
            marks: Vec::new(),
            link: usize::MAX,
            lie: None,
        }
    }

    /// What the boot records say of the first component, and of a set.
    ///
    /// # Errors
    /// Those of [`Board::open`](sealift_device::Board::open).
    pub fn state(&mut self) -> Result<BootState, Error> {
        Ok(self.held()?.boot)
    }

    /// What the boot records say.
    ///
    /// # Errors
    /// As there.
    pub fn held(&mut self) -> Result<SetState, Error> {
        Ok(self.board()?.held())
    }

    /// Switches the device on: its boot loader runs.
    ///
    /// # Errors
    /// Those of [`Board::open`](sealift_device::Board::open) and
    /// [`Board::boot`](sealift_device::Board::boot).
    pub fn boot(&mut self) -> Result<SlotId, Error> {
        self.wake()?.chosen
    }

    /// Switches the device on, and looks at what it found and what it left.
    ///
    /// # Errors
    /// Those of [`Board::open`](sealift_device::Board::open).
    pub fn wake(&mut self) -> Result<Wake, Error> {
        self.flash.running.clear();
        let world = self.world;
        let mut board = self.board()?;
        let found = board.held();
        let chosen = board.boot(world);
        let left = board.held();
        self.mark(left.clone(), None);
        if let Ok(slot) = chosen {
            let areas = world.geometry.slots_of(slot);
            self.flash.running = areas.map(|area| area.start..area.end()).collect();
        }
        Ok(Wake {
            found,
            chosen,
            left,
        })
    }

    /// The firmware's self-test passed.
    ///
    /// # Errors
    /// Those of [`Board::confirm`](sealift_device::Board::confirm).
    pub fn confirm(&mut self) -> Result<SlotId, Error> {
        let starts = self.flash.running.first().map(|running| running.start);
        let [a, _] = self.world.geometry.layout.slots;
        let running = if starts == Some(a.start) {
            SlotId::A
        } else {
            SlotId::B
        };
        let mut board = self.board()?;
        let confirmed = board.confirm(running);
        let state = board.held();
        self.mark(state, None);
        confirmed
    }

    /// What the machine would begin with.
    ///
    /// # Errors
    /// Those of [`Board::stored`](sealift_device::Board::stored).
    pub fn stored(&mut self) -> Result<Stored, Error> {
        let mut board = self.board()?;
        let stored = board.stored()?;
        let state = board.held();
        self.mark(state, Some(stored.log.clone()));
        Ok(stored)
    }

    /// Writes to the log.
    ///
    /// # Errors
    /// Those of [`Board::stored`](sealift_device::Board::stored).
    pub fn keep_log(&mut self, change: impl FnOnce(&mut Log)) -> Result<(), Error> {
        let mut board = self.board()?;
        let mut log = board.stored()?.log;
        change(&mut log);
        let event = board.persist(&Record::Log(&log));
        let state = board.held();
        if matches!(event, Event::Done) {
            self.mark(state, Some(log));
        }
        Ok(())
    }

    /// What `work` does to the flash.
    pub fn ops(&mut self, work: impl FnOnce(&mut Self)) -> Vec<Op> {
        let journal = Journal::default();
        self.flash.journal = Some(journal.clone());
        work(self);
        self.flash.journal = None;
        journal.take()
    }

    /// One round of the machine.
    pub fn round(&mut self, stage: Stage) -> End {
        let mut buffer = vec![0; BUFFER_BYTES];
        let ended = self.try_round(stage, &mut buffer);
        ended.unwrap_or_else(End::Over)
    }

    /// Where a slot of the first component lies.
    pub fn area(&self, slot: SlotId) -> Area {
        self.world.geometry.layout.slot(slot)
    }

    fn board(&mut self) -> Result<AnyBoard<'_, UNIT>, Error> {
        AnyBoard::open(&mut self.flash, self.world)
    }

    fn mark(&mut self, boot: SetState, log: Option<Log>) {
        if let Some(journal) = &self.flash.journal {
            let operations = journal.len();
            self.marks.push(Mark {
                operations,
                boot,
                log,
            });
        }
    }

    fn try_round(&mut self, stage: Stage, buffer: &mut [u8]) -> Result<End, Error> {
        let (world, link, lie) = (self.world, self.link, self.lie);
        let journal = self.flash.journal.clone();
        let mut marks = std::mem::take(&mut self.marks);
        let mut board = self.board()?;
        let stored = board.stored()?;
        let mut copy = vec![0; 8 * 1024];
        let found = board.root();
        let root = found.and_then(|found| board.read_root(&found, &mut copy));
        let root = root.unwrap_or(&world.root);
        let device = device(&board);
        let set = Set {
            decode: RawOnly,
            others: board.others()?,
        };
        let mut machine = Updater::new(device, stored, set, buffer, START)?;
        if let Some([area, _]) = world.geometry.layout.evidence {
            machine.keep_evidence(Version::new(1)?, area.length)?;
        }
        let begun = machine.begin(root);
        let ended = begun.and_then(|()| {
            let mut driver = Driver {
                board,
                world,
                stage,
                link,
                lie,
            };
            driver.drive(&mut machine, |boot, log| {
                let operations = journal.as_ref().map_or(0, Journal::len);
                marks.push(Mark {
                    operations,
                    boot,
                    log,
                });
            })
        });
        self.marks = if self.flash.journal.is_some() {
            marks
        } else {
            Vec::new()
        };
        ended
    }
}

/// Does what the machine asks for.
struct Driver<'w, 'f, const UNIT: usize> {
    board: AnyBoard<'f, UNIT>,
    world: &'w World,
    stage: Stage,
    link: usize,
    lie: Option<Lie>,
}

impl<const UNIT: usize> Driver<'_, '_, UNIT> {
    fn drive(
        &mut self,
        machine: &mut Updater<'_, Set<RawOnly>>,
        mut mark: impl FnMut(SetState, Option<Log>),
    ) -> Result<End, Error> {
        let mut piece = [0; 96];
        loop {
            match machine.poll(START) {
                Action::Idle => return Ok(End::Idle),
                Action::Reboot => return Ok(End::Reboot),
                Action::Fetch {
                    object,
                    offset,
                    max,
                } => self.fetch(machine, &object, offset, max)?,
                Action::Flash(op) => {
                    let event = self.board.perform(&op, &mut piece);
                    machine.handle(event)?;
                }
                Action::Evidence(op) => {
                    let event = self.board.keep_evidence(op, self.world);
                    machine.handle(event)?;
                }
                Action::Persist(record) => {
                    let event = self.board.persist(&record);
                    if matches!(event, Event::Done) {
                        mark(self.board.held(), log_of(&record));
                    }
                    machine.handle(event)?;
                }
                Action::Wait { .. } | Action::Report(_) => machine.handle(Event::Done)?,
            }
        }
    }

    fn fetch(
        &mut self,
        machine: &mut Updater<'_, Set<RawOnly>>,
        object: &Object,
        offset: u64,
        max: usize,
    ) -> Result<(), Error> {
        let address = object.to_string();
        let block = u64::from(self.world.geometry.images[0]);
        if address.rsplit('.').next() == Some("bin") && offset.is_multiple_of(block) {
            if self.link == 0 {
                return machine.handle(Event::Failed(1));
            }
            self.link -= 1;
        }
        let Some(file) = self.world.files(self.stage).get(&address) else {
            return machine.handle(Event::Absent);
        };
        let mut file = file.clone();
        if let Some((part, lie)) = self.lie
            && address.contains(part)
        {
            lie(&mut file);
        }
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(file.len());
        let rest = &file[start..];
        let length = rest.len().min(max).min(PIECE_BYTES);
        let end = length == rest.len() || length == max;
        let bytes = &rest[..length];
        machine.handle(Event::Bytes { bytes, end })
    }
}

fn log_of(record: &Record<'_>) -> Option<Log> {
    match record {
        Record::Root { log, .. } | Record::Document { log, .. } | Record::Log(log) => {
            Some((*log).clone())
        }
        Record::Boot(..) => None,
    }
}

fn device<const UNIT: usize>(board: &AnyBoard<'_, UNIT>) -> Device<'static> {
    Device {
        product: "watch",
        hardware: "rev-a",
        component: "app",
        channel: "stable",
        slot_bytes: board.slot_bytes(),
        erase_bytes: board.block_bytes(),
        tries: 3,
    }
}
