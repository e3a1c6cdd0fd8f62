//! A wearable updates itself over a serial line: from its factory to 1.1.0; a forgery; and a
//! version that its signers released, but that faults at boot.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealift_device::slot::{Cause, SlotId, SlotState};

use super::cuts::{self, Cuts};
use super::power::Board;
use super::relay::Relay;
use super::{Builds, Machine, PRODUCT, VERSIONS, factory, outside};
use crate::ceremony::{Build, CHANNEL_SIGNER, Ceremony, RELEASERS};
use crate::mirror::Mirror;
use crate::server::Server;
use crate::teller::Teller;

/// Bytes of a block: packed and unpacked, with the table, it fits the buffer of the wearable.
const BLOCK_BYTES: u32 = 2048;

/// Tells the story in `scratch`, which is empty, and ends at the first thing that differs.
///
/// # Errors
/// What differs.
pub fn tell(
    scratch: &Path,
    builds: &Builds,
    cuts: Option<&Cuts>,
    out: &mut dyn Write,
) -> Result<()> {
    let scratch = scratch.canonicalize()?;
    let mut story = Story {
        ceremony: Ceremony::of(&scratch, PRODUCT),
        scratch,
        builds,
        teller: Teller::new(out),
    };
    story.tell(cuts)
}

struct Story<'a> {
    ceremony: Ceremony,
    scratch: PathBuf,
    builds: &'a Builds,
    teller: Teller<'a>,
}

impl Story<'_> {
    fn tell(&mut self, cuts: Option<&Cuts>) -> Result<()> {
        self.teller.chapter("A repository, a factory, a gateway")?;
        let server = self.set_up()?;
        let relay = self
            .teller
            .step("the gateway relays: a cache that nobody trusts", || {
                let folder = self.scratch.join("relay");
                Relay::start(&folder, &server.metadata(""), &server.targets(""))
            })?;
        let mut board = self.make(&server)?;
        self.see(
            &mut board,
            &relay,
            "the wearable polls over its serial line",
            "up to date",
        )?;

        self.teller
            .chapter("Release 1.1.0 travels to the wearable")?;
        board.off();
        let before = self.scratch.join("before.bin");
        fs::copy(&board.flash, &before)?;
        self.release(&server, 1)?;
        self.sign_and_push(&server)?;
        self.update(&mut board, &relay)?;
        if let Some(cuts) = cuts {
            board.off();
            let device = (board.bootloader(), before.as_path());
            cuts::tell(cuts, self.builds, device, &relay, &mut self.teller)?;
        }

        if self.builds.verifying.is_some() {
            board.off();
            outside::tell(self.builds, &board, &relay, &mut self.teller)?;
        }

        self.teller.chapter("A forgery")?;
        self.forgery(&server, &mut board)?;

        self.teller
            .chapter("Release 1.2.0 is signed by all, faults at boot, and hangs")?;
        self.fall_back(&server, &mut board, &relay)
    }

    fn set_up(&mut self) -> Result<Server> {
        let Self {
            ceremony,
            scratch,
            teller,
            builds,
        } = self;
        let server = teller.step("the server starts; it makes its online keys", || {
            Server::start(scratch)
        })?;
        teller.step(
            "a ceremony with six signers: root 2 of 3, product 2 of 2",
            || {
                ceremony.make_keys()?;
                ceremony.init(&server, builds.machine.device_profile())?;
                ceremony.sign_officers(&["root", "targets"])
            },
        )?;
        self.release(&server, 0)?;
        self.sign_and_push(&server)?;
        Ok(server)
    }

    /// Adds an application, linked for either slot, to the repository.
    fn release(&mut self, server: &Server, index: usize) -> Result<()> {
        let Self {
            ceremony,
            builds,
            teller,
            ..
        } = self;
        let (version, apps) = (VERSIONS[index], &builds.apps[index]);
        let size = fs::metadata(&apps[0])?.len();
        let what = format!(
            "release add {version}: {} KiB for each slot",
            size.div_ceil(1024)
        );
        teller.step(&what, || {
            for (file, slot) in apps.iter().zip(["a", "b"]) {
                ceremony.add_release(&Build {
                    version,
                    file,
                    encoding: builds.machine.encoding(),
                    block_bytes: Some(BLOCK_BYTES),
                    slot: Some(slot),
                })?;
            }
            ceremony.offer(&[version])?;
            ceremony.sign(PRODUCT, RELEASERS[0])?.ok()?;
            ceremony.push(server)?.refused()
        })?;
        Ok(())
    }

    fn sign_and_push(&mut self, server: &Server) -> Result<()> {
        let ceremony = &self.ceremony;
        let what = "the second signer and the channel's sign; push";
        self.teller.step(what, || {
            ceremony.sign(PRODUCT, RELEASERS[1])?.ok()?;
            ceremony.sign("channels", CHANNEL_SIGNER)?.ok()?;
            ceremony.push(server)?.ok().map(drop)
        })
    }

    fn make(&mut self, server: &Server) -> Result<Board> {
        let Self {
            scratch,
            builds,
            teller,
            ..
        } = self;
        teller.step("the factory writes 1.0.0 into slot a, and the root", || {
            let (_, root) = Server::get(&server.metadata("1.root.json"))?;
            let flash = scratch.join("flash.bin");
            let app = fs::read(&builds.apps[0][0])?;
            factory::write(builds.machine, &flash, VERSIONS[0], &app, &root)?;
            let Some(verifying) = &builds.verifying else {
                return Ok(Board::new(builds.machine, &builds.bootloader, &flash));
            };
            let evidence = outside::evidence(server, &app, "a", &scratch.join("made"))?;
            factory::prove(builds.machine, &flash, 0, &evidence)?;
            let pinned = scratch.join("bootloader.elf");
            outside::pin(verifying, &root, &pinned)?;
            Ok(Board::new(builds.machine, &pinned, &flash))
        })
    }

    fn update(&mut self, board: &mut Board, relay: &Relay) -> Result<()> {
        let memory = format!("what that took of {} KiB", self.builds.machine.ram_kib());
        for (what, text) in [
            ("the boot loader checks the slot and jumps", "boot: slot a"),
            (
                "the application says who it is",
                "app: 1.0.0 runs in slot a",
            ),
            (
                "it verifies everything, and finds 1.1.0",
                "update: installing 2 from block 0",
            ),
            (
                "block by block, read back and hashed",
                "update: installed 2",
            ),
            (&memory, "memory:"),
            ("it resets itself; the other slot is tried", "boot: slot b"),
            (
                "the application says who it is",
                "app: 1.1.0 runs in slot b",
            ),
            (
                "its self-test passes, and the floor rises",
                "app: confirmed slot b",
            ),
            ("it polls again", "update: up to date"),
        ] {
            self.see(board, relay, what, text)?;
        }
        Ok(())
    }

    /// The attacker owns the server and its online keys, and has one of two release signatures.
    fn forgery(&mut self, server: &Server, board: &mut Board) -> Result<()> {
        board.off();
        self.release(server, 2)?;
        let forged = self.scratch.join("forged");
        let ceremony = &self.ceremony;
        let what = "the attacker takes the server and its keys, signs 1.2.0 in";
        let copy = self.teller.step(what, || {
            let copy = Mirror::of(server, &forged)?;
            copy.forge(&server.data, PRODUCT, &ceremony.sealed(PRODUCT)?)?;
            Ok(copy)
        })?;
        let origin = |name| copy.folder().join(name).display().to_string();
        let hostile = self.scratch.join("hostile");
        let relay = Relay::start(&hostile, &origin("metadata"), &origin("targets"))?;
        let what = "the wearable refuses: threshold_not_met (110)";
        self.see(board, &relay, what, "update: over (110)")?;
        board.off();
        Ok(())
    }

    fn fall_back(&mut self, server: &Server, board: &mut Board, relay: &Relay) -> Result<()> {
        self.sign_and_push(server)?;
        for (what, text) in [
            ("it still runs 1.1.0", "app: 1.1.0 runs in slot b"),
            (
                "1.2.0 is taken: its signers released it",
                "update: installed 3",
            ),
            ("the first try", "boot: slot a"),
            ("it says who it is, and faults", "app: 1.2.0 runs in slot a"),
            ("the second and last try", "boot: slot a"),
            ("this time it hangs", "app: 1.2.0 runs in slot a"),
        ] {
            self.see(board, relay, what, text)?;
        }
        let bites = match self.builds.machine {
            Machine::Mps2An386 => "the watchdog bites; what was confirmed comes back",
            Machine::Microbit => {
                // Its emulator has no watchdog.
                board.off();
                "somebody takes the battery out; what was confirmed comes back"
            }
        };
        for (what, text) in [
            (bites, "boot: slot b"),
            ("it works as before", "app: 1.1.0 runs in slot b"),
            ("what failed is remembered", "update: skipped (222)"),
        ] {
            self.see(board, relay, what, text)?;
        }
        board.off();
        let state = factory::state(self.builds.machine, &board.flash)?;
        let failed = SlotState::Failed(Cause::NotConfirmed);
        ensure!(
            state.active == SlotId::B && state.a.state == failed && state.has_failed(3),
            "the records say {state:?}"
        );
        let kept = fs::read(&self.builds.apps[1][1])?;
        let slot = factory::slot(self.builds.machine, &board.flash, 1, kept.len())?;
        ensure!(slot == kept, "slot b holds something else");
        let what = "\nAfter all of this the wearable runs 1.1.0, confirmed, and knows what failed.";
        self.teller.say(what)
    }

    fn see(&mut self, board: &mut Board, relay: &Relay, what: &str, text: &str) -> Result<()> {
        let said = self
            .teller
            .step(what, || board.wait_for(text, &relay.address));
        let said = said.with_context(|| format!("see {}", self.scratch.display()))?;
        self.teller.say(&format!("        {said}"))
    }
}
