use super::*;
use std::vec;
use std::vec::Vec;

const CAPACITY: usize = 4 * LOG_RECORD_BYTES;

fn log(timestamp: u64) -> Log {
    let mut log = Log::default();
    log.floors.root = 3;
    log.floors.timestamp = timestamp;
    log.floors.time = Time::from_seconds(1_800_000_000);
    log.root = Some(Digest::of(b"root"));
    let name = RoleName::new(&"r".repeat(ROLE_NAME_BYTES)).unwrap();
    for version in 1..=4 {
        log.floors.roles.push((name.clone(), version)).unwrap();
    }
    log.settled = Mark([7; 8]);
    log
}

/// Two areas of flash.
#[derive(Clone)]
struct Flash([Vec<u8>; 2]);

impl Flash {
    fn erased() -> Self {
        Self([vec![0xff; CAPACITY], vec![0xff; CAPACITY]])
    }

    fn read(&self) -> Result<FloorLog> {
        FloorLog::read(Found::Bytes(&self.0[0]), Found::Bytes(&self.0[1]))
    }

    /// Programs bytes, which only clears bits.
    fn program(&mut self, page: Page, offset: usize, bytes: &[u8]) {
        let place = &mut self.0[page as usize][offset..offset + bytes.len()];
        place
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to &= from);
    }

    fn write(&mut self, state: &mut FloorLog, log: &Log) -> Append {
        let append = state.append(log, CAPACITY).unwrap();
        match &append {
            Append::At {
                page,
                offset,
                bytes,
            } => self.program(*page, *offset, bytes),
            Append::Fresh { page, bytes } => {
                self.0[*page as usize].fill(0xff);
                self.program(*page, 0, bytes);
            }
        }
        state.written(log, &append);
        append
    }
}

#[test]
fn the_newest_record_counts_and_full_areas_take_turns() {
    let (mut flash, mut state) = (Flash::erased(), FloorLog::default());
    let mut fresh = Vec::new();
    for version in 1..=20 {
        let append = flash.write(&mut state, &log(version));
        if let Append::Fresh { page, .. } = append {
            fresh.push((version, page));
        }
        let read = flash.read().unwrap();
        assert_eq!(read, state);
        assert_eq!(read.log(), &log(version));
        assert_eq!(read.append(&log(version), CAPACITY), None, "nothing moved");
    }
    let (zero, one) = (Page::Zero, Page::One);
    let turns = [(1, zero), (5, one), (9, zero), (13, one), (17, zero)];
    assert_eq!(fresh, turns);
}

/// States that a cut of the power leaves, before the first record of a fresh area is whole.
fn torn(flash: &Flash, page: Page, bytes: &Bytes) -> Vec<Flash> {
    let mut torn = Vec::new();
    for cut in (0..=CAPACITY).step_by(96) {
        let mut half = flash.clone();
        half.0[page as usize][..cut].fill(0xff);
        torn.push(half.clone());
        // Bits that are neither here nor there.
        half.0[page as usize][cut..]
            .iter_mut()
            .for_each(|byte| *byte |= 0xa5);
        torn.push(half);
    }
    for cut in 0..LOG_RECORD_BYTES {
        let mut half = flash.clone();
        half.0[page as usize].fill(0xff);
        half.program(page, 0, &bytes[..cut]);
        torn.push(half);
    }
    torn
}

#[test]
fn a_cut_while_areas_change_lets_nothing_fall() {
    let (mut flash, mut state) = (Flash::erased(), FloorLog::default());
    let mut changes = 0;
    for version in 1..=20 {
        let next = log(version);
        if version > 1
            && let Some(Append::Fresh { page, bytes }) = state.append(&next, CAPACITY)
        {
            changes += 1;
            for mut torn in torn(&flash, page, &bytes) {
                let mut read = torn.read().unwrap();
                assert_eq!(read.log(), &log(version - 1));
                torn.write(&mut read, &next);
                assert_eq!(torn.read().unwrap().log(), &next);
            }
            let good = Found::Bytes(&flash.0[page.other() as usize]);
            let read = match page {
                Page::Zero => FloorLog::read(Found::Unreadable, good),
                Page::One => FloorLog::read(good, Found::Unreadable),
            };
            assert_eq!(read.unwrap().log(), &log(version - 1));
        }
        flash.write(&mut state, &next);
    }
    assert_eq!(changes, 4);
}

#[test]
fn a_torn_tail_leaves_the_record_before_it_and_is_stepped_over() {
    let (mut flash, mut state) = (Flash::erased(), FloorLog::default());
    flash.write(&mut state, &log(1));
    let Some(Append::At { offset, bytes, .. }) = state.append(&log(2), CAPACITY) else {
        panic!("there is room");
    };
    for cut in 0..bytes.len() {
        let mut torn = flash.clone();
        torn.program(Page::Zero, offset, &bytes[..cut]);
        let mut read = torn.read().unwrap();
        assert_eq!(read.log(), &log(1));
        torn.write(&mut read, &log(3));
        assert_eq!(torn.read().unwrap().log(), &log(3));
    }
}

#[test]
fn rubbish_is_an_error_and_never_a_default() {
    let mut nonsense = encode(&log(1), Stamp::first(1));
    nonsense[72] = 5;
    codec::seal(&mut nonsense);
    let cut = &encode(&log(1), Stamp::first(1))[..383];
    let bad = [&b"x"[..], &[0; 2000], cut, &nonsense].map(Found::Bytes);
    let blank = [
        Found::Absent,
        Found::Bytes(&[]),
        Found::Bytes(&[0xff; 4096]),
    ];
    for area in bad.into_iter().chain([Found::Unreadable]) {
        for blank in blank {
            assert_eq!(FloorLog::read(area, blank), Err(Error::FloorLog));
            assert_eq!(FloorLog::read(blank, area), Err(Error::FloorLog));
        }
        assert_eq!(FloorLog::read(area, area), Err(Error::FloorLog));
    }
    for zero in blank {
        for one in blank {
            assert_eq!(FloorLog::read(zero, one), Ok(FloorLog::default()));
        }
    }
}
