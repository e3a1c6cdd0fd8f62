//! Power cuts at moments that nobody chose: the emulator is killed, its flash is kept.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sealift_device::slot::{SlotId, SlotState};

use super::power::Board;
use super::relay::Relay;
use super::{Builds, Machine, factory};
use crate::flash::Noise;
use crate::teller::Teller;

/// How many cuts, and what decides their moments.
#[derive(Clone, Copy, Debug)]
pub struct Cuts {
    /// How many.
    pub count: u32,
    /// The same seed leads to the same fractions of the time that the update takes undisturbed.
    pub seed: u64,
}

/// What each update ends with.
const END: &str = "app: confirmed slot b";

/// Lets the device of this boot loader and the flash `before`, to which an update is offered, make it again and again, each time
/// with cuts; it has to come back every time.
///
/// # Errors
/// When it does not, with the seed and the moments.
pub fn tell(
    cuts: &Cuts,
    builds: &Builds,
    (bootloader, before): (&Path, &Path),
    relay: &Relay,
    teller: &mut Teller<'_>,
) -> Result<()> {
    let Cuts { count, seed } = *cuts;
    teller.chapter(&format!(
        "{count} power cuts during that update, seed {seed}"
    ))?;
    let flash = before.with_file_name("cut.bin");
    let start = Instant::now();
    let mut board = begin(builds.machine, bootloader, before, &flash)?;
    board.on(&relay.address)?;
    board.wait_for(END, &relay.address)?;
    let whole = start.elapsed();
    teller.say(&format!(
        "      undisturbed it takes {:.1} s",
        whole.as_secs_f32()
    ))?;

    let mut noise = Noise(seed);
    let mut done = 0;
    while done < count {
        board = begin(builds.machine, bootloader, before, &flash)?;
        let mut moments = Vec::new();
        // Some devices are unlucky twice, or three times.
        while done < count && (moments.is_empty() || noise.below(3) == 0) {
            let moment = fraction_of(whole, &mut noise);
            moments.push(moment);
            done += 1;
            cut(&mut board, moment, relay, builds)
                .with_context(|| format!("seed {seed}, cut {done}, after {moments:?}"))?;
        }
        let resumed = come_back(&mut board, relay, builds);
        let resumed = resumed.with_context(|| format!("seed {seed}, after {moments:?}"))?;
        let moments: Vec<String> = moments
            .iter()
            .map(|at| format!("{:.2}", at.as_secs_f32()))
            .collect();
        let line = format!(
            "{:4} of {count}: cut at {} s; {resumed}",
            done,
            moments.join(" and ")
        );
        teller.say(&line)?;
    }
    Ok(())
}

/// Any part of a duration, in steps of a 65,536th.
fn fraction_of(whole: Duration, noise: &mut Noise) -> Duration {
    const STEPS: u32 = 1 << 16;
    let steps = u32::try_from(noise.below(u64::from(STEPS))).unwrap_or(0);
    whole * steps / STEPS
}

fn begin(machine: Machine, bootloader: &Path, before: &Path, flash: &Path) -> Result<Board> {
    fs::copy(before, flash)?;
    Ok(Board::new(machine, bootloader, flash))
}

/// Runs for some time, resets included, and cuts the power.
fn cut(board: &mut Board, moment: Duration, relay: &Relay, builds: &Builds) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < moment {
        board.on(&relay.address)?;
        board.run_for(moment.saturating_sub(start.elapsed()))?;
    }
    board.off();
    is_whole(board, builds)
}

/// What boots is the one or the other, whole, whenever the power was cut.
fn is_whole(board: &Board, builds: &Builds) -> Result<()> {
    let mut state = factory::state(builds.machine, &board.flash)?;
    let slot = state.select()?;
    let (index, version) = match slot {
        SlotId::A => (0, 0),
        SlotId::B => (1, 1),
    };
    let image = fs::read(&builds.apps[version][index])?;
    let found = factory::slot(builds.machine, &board.flash, index, image.len())?;
    ensure!(found == image, "slot {} is not whole", slot.name());
    Ok(())
}

/// Switches it on and lets it go on to the end; says how it went on.
fn come_back(board: &mut Board, relay: &Relay, builds: &Builds) -> Result<String> {
    let first = board.said.len();
    board.on(&relay.address)?;
    let booted = board.wait_for("app: ", &relay.address)?;
    let is_over = factory::state(builds.machine, &board.flash)?.b.state == SlotState::Confirmed;
    if !is_over {
        board.wait_for(END, &relay.address)?;
    }
    board.off();
    is_whole(board, builds)?;
    let state = factory::state(builds.machine, &board.flash)?;
    let is_right = state.active == SlotId::B && state.b.state == SlotState::Confirmed;
    ensure!(is_right, "the records say {state:?}");
    let resumed = board.said[first..]
        .iter()
        .find(|line| line.contains("installing"));
    let resumed = resumed.map_or_else(String::new, |line| format!("; {line}"));
    Ok(format!("{booted}{resumed}; 1.1.0 confirmed"))
}
