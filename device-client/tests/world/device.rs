//! A device whose memory survives, driven action by action by a driver that may be hostile.

use sealift_device::boot::BootState;
use sealift_device::floor_log::{Append, FloorLog};
use sealift_device::limits::{BOOT_RECORD_BYTES, LOG_RECORD_BYTES};
use sealift_device::others::{Component, Others, Part, Set};
use sealift_device::page::{Found, Page};
use sealift_device::records::Records;
use sealift_device::slot::{Cause, SlotId, SlotState};
use sealift_device::{
    Action, Decode, Device, Error, Event, FlashOp, Object, Record, Report, Stored, Updater,
};
use sealift_metadata::Time;

use sealift_tests::repository::{Files, START};

pub const SLOT_BYTES: usize = 8 * 1024;
pub const ERASE_BYTES: usize = 512;
const LOG_BYTES: usize = 4 * LOG_RECORD_BYTES;

/// What survives a power cut.
#[derive(Clone)]
pub struct Memory {
    pub root: Vec<u8>,
    pub log: [Vec<u8>; 2],
    pub pages: [Vec<u8>; 2],
    pub slots: [Vec<u8>; 2],
    /// The slots of the components beside the first.
    pub others: Vec<[Vec<u8>; 2]>,
}

impl Memory {
    pub fn factory(root: Vec<u8>) -> Self {
        Self {
            root,
            log: [Vec::new(), Vec::new()],
            pages: [vec![0xff; BOOT_RECORD_BYTES], vec![0xff; BOOT_RECORD_BYTES]],
            slots: [vec![0xff; SLOT_BYTES], vec![0xff; SLOT_BYTES]],
            others: vec![[vec![0xff; SLOT_BYTES], vec![0xff; SLOT_BYTES]]; 3],
        }
    }

    pub fn records(&self) -> Records {
        let [zero, one] = &self.pages;
        Records::read(Found::Bytes(zero), Found::Bytes(one)).unwrap()
    }

    pub fn boot_state(&self) -> BootState {
        self.records().state().clone()
    }

    pub fn floors(&self) -> FloorLog {
        let [zero, one] = &self.log;
        FloorLog::read(Found::Bytes(zero), Found::Bytes(one)).unwrap()
    }

    pub fn parts(&self) -> Vec<Part> {
        self.records().parts().to_vec()
    }

    pub fn write_boot(&mut self, state: &BootState) {
        self.write_set(state, &self.parts());
    }

    pub fn write_set(&mut self, state: &BootState, parts: &[Part]) {
        let (page, bytes) = self.records().next(state, parts);
        self.pages[usize::from(page == Page::One)] = bytes.to_vec();
    }

    pub fn write_log(&mut self, log: &sealift_device::Log) {
        match self.floors().append(log, LOG_BYTES) {
            Some(Append::At {
                page,
                offset,
                bytes,
            }) => {
                let area = &mut self.log[page as usize];
                area.resize(offset, 0xff);
                area.extend_from_slice(&bytes);
            }
            Some(Append::Fresh { page, bytes }) => self.log[page as usize] = bytes.to_vec(),
            None => {}
        }
    }

    /// Remembers a timestamp and a snapshot of `version`.
    pub fn write_log_version(&mut self, version: u64) {
        let mut log = self.floors().log().clone();
        log.floors.timestamp = version;
        log.floors.snapshot = version;
        self.write_log(&log);
    }

    pub fn slot(&mut self, id: SlotId) -> &mut Vec<u8> {
        self.slot_of(0, id)
    }

    /// The slot of a component: 0 is the first.
    pub fn slot_of(&mut self, component: usize, id: SlotId) -> &mut Vec<u8> {
        let slots = match component.checked_sub(1) {
            Some(other) => &mut self.others[other],
            None => &mut self.slots,
        };
        &mut slots[usize::from(id == SlotId::B)]
    }

    /// What a boot loader of several components does: the bytes that run of each, or what is wrong.
    pub fn boot_set(&mut self) -> Result<Vec<Vec<u8>>, Error> {
        loop {
            let (mut state, parts) = (self.boot_state(), self.parts());
            let id = state.select_set(&parts)?;
            self.write_set(&state, &parts);
            let records = std::iter::once(state.slot(id)).chain(parts.iter().map(|it| it.slot(id)));
            let records: Vec<_> = records.cloned().collect();
            let mut images = Vec::new();
            for (component, record) in records.iter().enumerate() {
                let length = usize::try_from(record.length).unwrap();
                let image = self.slot_of(component, id)[..length].to_vec();
                let is_empty = record.state == SlotState::Empty;
                if is_empty || sealift_metadata::Digest::of(&image) == record.sha256 {
                    images.push(image);
                }
            }
            if images.len() == records.len() {
                return Ok(images);
            }
            state.reject(id, Cause::SlotDigest);
            self.write_set(&state, &parts);
        }
    }

    pub fn confirm_set(&mut self) -> Result<SlotId, Error> {
        let (mut state, mut parts) = (self.boot_state(), self.parts());
        let id = state.confirm_set(&mut parts)?;
        self.write_set(&state, &parts);
        Ok(id)
    }

    /// What a boot loader does: the bytes that run, or what is wrong.
    pub fn boot(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            let mut state = self.boot_state();
            let id = state.select()?;
            if state != self.boot_state() {
                self.write_boot(&state);
            }
            let slot = state.slot(id).clone();
            let length = usize::try_from(slot.length).unwrap();
            let image = self.slot(id)[..length].to_vec();
            if sealift_metadata::Digest::of(&image) == slot.sha256 {
                return Ok(image);
            }
            state.reject(id, Cause::SlotDigest);
            self.write_boot(&state);
        }
    }

    pub fn confirm(&mut self) -> Result<SlotId, Error> {
        let mut state = self.boot_state();
        let id = state.confirm()?;
        self.write_boot(&state);
        Ok(id)
    }
}

/// Bytes that a block of the encoding `padded` begins with.
pub const PAD: &[u8] = b"mere!";

/// An encoding whose blocks are longer than their part of the image.
#[derive(Clone, Copy, Debug)]
struct Padded;

impl Decode for Padded {
    fn supports(&self, encoding: &str) -> bool {
        encoding == "padded"
    }

    fn decode(&mut self, _: &str, block: &[u8], image: &mut [u8]) -> Option<usize> {
        let bytes = block.strip_prefix(PAD)?;
        image.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(bytes.len())
    }
}

/// How a round ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Idle,
    Reboot,
    Over(Error),
    /// The power was cut.
    Cut,
}

/// What the driver does beyond its duty.
pub struct Driver<'w> {
    pub files: &'w Files,
    pub now: Time,
    pub buffer: Vec<u8>,
    pub piece: usize,
    pub device: Device<'static>,
    /// The components beside the first.
    pub others: Vec<Component>,
    /// Actions until the power is cut.
    pub power: usize,
    /// Whether the cut comes after the action was done, or before.
    pub late_cut: bool,
    /// What becomes of bytes on their way, by how often they were asked for.
    pub meddle: fn(&Object, u64, &mut Vec<u8>),
    /// Code that writes and erases fail with.
    pub broken_flash: Option<u16>,
    /// Code that reads fail with.
    pub broken_reads: Option<u16>,
    /// Seconds that pass with every fetch of an image.
    pub slow: u64,
    pub reports: Vec<Report>,
    pub fetched: Vec<(String, u64)>,
    /// Where pages were erased.
    pub erased: Vec<u64>,
    /// How often the boot records were written.
    pub recorded: usize,
}

impl<'w> Driver<'w> {
    pub fn new(files: &'w Files) -> Self {
        Self {
            files,
            now: START,
            buffer: vec![0; 64 * 1024],
            piece: 700,
            device: device(),
            others: Vec::new(),
            power: usize::MAX,
            late_cut: false,
            meddle: |_, _, _| {},
            broken_flash: None,
            broken_reads: None,
            slow: 0,
            reports: Vec::new(),
            fetched: Vec::new(),
            erased: Vec::new(),
            recorded: 0,
        }
    }

    pub fn round(&mut self, memory: &mut Memory) -> End {
        let mut buffer = std::mem::take(&mut self.buffer);
        let stored_root = memory.root.clone();
        let stored = Stored {
            log: memory.floors().log().clone(),
            boot: memory.boot_state(),
        };
        let end = if self.others.is_empty() {
            self.round_with(Padded, stored, &stored_root, &mut buffer, memory)
        } else {
            let others = Others::new(self.device.component, &self.others, &memory.parts());
            let decode = Padded;
            match others.map(|others| Set { decode, others }) {
                Ok(set) => self.round_with(set, stored, &stored_root, &mut buffer, memory),
                Err(error) => End::Over(error),
            }
        };
        self.buffer = buffer;
        end
    }

    fn round_with<D: Decode>(
        &mut self,
        decode: D,
        stored: Stored,
        root: &[u8],
        buffer: &mut [u8],
        memory: &mut Memory,
    ) -> End {
        let machine = Updater::new(self.device, stored, decode, buffer, self.now);
        let begun = machine.and_then(|mut machine| {
            machine.begin(root)?;
            Ok(machine)
        });
        match begun {
            Ok(mut machine) => self.drive(&mut machine, memory),
            Err(error) => End::Over(error),
        }
    }

    fn drive<D: Decode>(&mut self, machine: &mut Updater<'_, D>, memory: &mut Memory) -> End {
        loop {
            let is_cut = self.power == 0;
            if is_cut && !self.late_cut {
                return End::Cut;
            }
            self.power = self.power.saturating_sub(1);
            let result = match machine.poll(self.now) {
                Action::Idle => return End::Idle,
                Action::Reboot => return End::Reboot,
                Action::Fetch {
                    object,
                    offset,
                    max,
                } => self.fetch(machine, &object, offset, max),
                Action::Flash(FlashOp::Read { .. }) if self.broken_reads.is_some() => {
                    machine.handle(Event::Failed(self.broken_reads.unwrap()))
                }
                Action::Flash(FlashOp::Read {
                    component,
                    slot,
                    offset,
                    length,
                }) => {
                    let start = usize::try_from(offset).unwrap();
                    let length = usize::try_from(length).unwrap().min(333);
                    let bytes = memory.slot_of(component, slot)[start..start + length].to_vec();
                    machine.handle(Event::FlashBytes(&bytes))
                }
                action => {
                    let event = self.obey(action, memory);
                    machine.handle(event)
                }
            };
            if is_cut {
                return End::Cut;
            }
            if let Err(error) = result {
                return End::Over(error);
            }
        }
    }

    fn obey(&mut self, action: Action<'_>, memory: &mut Memory) -> Event<'static> {
        match action {
            Action::Flash(_) if self.broken_flash.is_some() => {
                return Event::Failed(self.broken_flash.unwrap());
            }
            Action::Flash(FlashOp::Erase {
                component,
                slot,
                offset,
                length,
            }) => {
                let start = usize::try_from(offset).unwrap();
                let length = usize::try_from(length).unwrap();
                assert!(start.is_multiple_of(ERASE_BYTES), "a page is erased whole");
                assert_ne!(slot, memory.boot_state().active, "the running slot");
                let end = (start + length).next_multiple_of(ERASE_BYTES);
                self.erased
                    .extend((start..end).step_by(ERASE_BYTES).map(|page| page as u64));
                memory.slot_of(component, slot)[start..end].fill(0xff);
            }
            Action::Flash(FlashOp::Write {
                component,
                slot,
                offset,
                bytes,
            }) => {
                let start = usize::try_from(offset).unwrap();
                let place = &mut memory.slot_of(component, slot)[start..start + bytes.len()];
                assert!(place.iter().all(|byte| *byte == 0xff), "written twice");
                place.copy_from_slice(bytes);
            }
            Action::Persist(Record::Boot(state, parts)) => {
                self.recorded += 1;
                memory.write_set(state, parts);
            }
            Action::Persist(Record::Root { bytes, log }) => {
                memory.write_log(log);
                memory.root = bytes.to_vec();
            }
            Action::Persist(Record::Document { log, .. } | Record::Log(log)) => {
                memory.write_log(log);
            }
            Action::Wait { seconds } => self.now = self.now.plus(seconds),
            Action::Report(report) => self.reports.push(report),
            other => panic!("{other:?}"),
        }
        Event::Done
    }

    /// Hands one piece over; the machine asks for the rest.
    fn fetch<D: Decode>(
        &mut self,
        machine: &mut Updater<'_, D>,
        object: &Object,
        offset: u64,
        max: usize,
    ) -> Result<(), Error> {
        let address = object.to_string();
        self.fetched.push((address.clone(), offset));
        if address.ends_with(".app.bin") || address.ends_with(".radio.bin") {
            self.now = self.now.plus(self.slow);
        }
        let Some(file) = self.files.get(&address) else {
            return machine.handle(Event::Absent);
        };
        let mut file = file.clone();
        (self.meddle)(object, offset, &mut file);
        let start = usize::try_from(offset).unwrap().min(file.len());
        let rest = &file[start..];
        let length = rest.len().min(max).min(self.piece);
        let end = length == rest.len() || length == max;
        machine.handle(Event::Bytes {
            bytes: &rest[..length],
            end,
        })
    }
}

pub fn device() -> Device<'static> {
    Device {
        product: "watch",
        hardware: "rev-a",
        component: "app",
        channel: "stable",
        slot_bytes: SLOT_BYTES as u64,
        erase_bytes: u32::try_from(ERASE_BYTES).unwrap(),
        tries: 2,
    }
}
