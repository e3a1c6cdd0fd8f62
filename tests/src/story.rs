//! The main job from first key to refused forgery, told step by step: what `cargo xtask demo`
//! shows and what a test repeats with small images.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::ceremony::{Build, CHANNEL_SIGNER, Ceremony, PRODUCT, RELEASERS};
use crate::device::Device;
use crate::mirror::Mirror;
use crate::programs::Said;
use crate::server::Server;
use crate::teller::Teller;

/// Two builds of one component; started with `--version` they must name theirs.
#[derive(Debug)]
pub struct Builds<'a> {
    /// The image of release 1.0.0.
    pub first: &'a Path,
    /// The image of releases 1.1.0 and 1.2.0.
    pub second: &'a Path,
    /// What `--version` must print, where the images say anything.
    pub versions: Option<[&'a str; 2]>,
}

/// Tells the story in `scratch`, which is empty, and ends at the first thing that differs.
///
/// # Errors
/// What differs.
pub fn tell(scratch: &Path, builds: &Builds<'_>, out: &mut dyn Write) -> Result<()> {
    let scratch = &scratch.canonicalize()?;
    let mut story = Story {
        scratch: scratch.to_owned(),
        teller: Teller::new(out),
    };
    story.tell(builds)
}

struct Story<'a> {
    scratch: PathBuf,
    teller: Teller<'a>,
}

impl Story<'_> {
    fn tell(&mut self, builds: &Builds<'_>) -> Result<()> {
        let ceremony = Ceremony::new(&self.scratch);
        self.teller.chapter("A repository with real thresholds")?;
        let server = self.set_up(&ceremony)?;

        self.teller.chapter("Release 1.0.0 travels to a device")?;
        self.release(&ceremony, &server, &["1.0.0"], builds.first)?;
        let device = Device::new(&self.scratch.join("device"), &server)?;
        self.update(
            &device,
            "1.0.0",
            builds.versions.map(|versions| versions[0]),
        )?;
        let recorded = self.scratch.join("recorded");
        let old = self
            .teller
            .step("an attacker records the repository as it is today", || {
                Mirror::of(&server, &recorded)
            })?;

        self.teller
            .chapter("Release 1.1.0 follows into the other slot")?;
        self.release(&ceremony, &server, &["1.1.0", "1.0.0"], builds.second)?;
        self.update(
            &device,
            "1.1.0",
            builds.versions.map(|versions| versions[1]),
        )?;

        self.teller.chapter("Three forgeries")?;
        self.one_signature_short(&ceremony, &server, &device, builds.second)?;
        self.flipped_byte(&ceremony, &server, &device)?;
        self.replay(&device, &old)?;
        self.untouched(&device)
    }

    fn set_up(&mut self, ceremony: &Ceremony) -> Result<Server> {
        let scratch = self.scratch.clone();
        let server = self
            .teller
            .step("the server starts; it makes its online keys", || {
                Server::start(&scratch)
            })?;
        self.teller.step(
            "six signers make keys, each with a passphrase of their own",
            || ceremony.make_keys(),
        )?;
        self.teller.step(
            "the ceremony: root 2 of 3, product 2 of 2; unsigned so far",
            || ceremony.init(&server, "default"),
        )?;
        self.teller
            .step("two officers sign root and targets, offline", || {
                ceremony.sign_officers(&["root", "targets"])
            })?;
        self.teller
            .step("release and channel signers accept their roles", || {
                ceremony.sign_release()
            })?;
        self.teller.step(
            "push: the gate agrees, the server signs and commits",
            || ceremony.push(&server)?.ok(),
        )?;
        Ok(server)
    }

    fn release(
        &mut self,
        ceremony: &Ceremony,
        server: &Server,
        releases: &[&str],
        image: &Path,
    ) -> Result<()> {
        let version = releases[0];
        let size = fs::metadata(image)?.len();
        let what = format!(
            "release add {version}: {} KiB, as zstd in blocks",
            size / 1024
        );
        self.teller.step(&what, || {
            ceremony.add_release(&Build {
                version,
                file: image,
                encoding: "zstd",
                block_bytes: None,
                slot: None,
            })?;
            ceremony.offer(releases)
        })?;
        self.teller.step(
            &format!("{} signs: 1 of 2, push waits", RELEASERS[0]),
            || {
                ceremony.sign(PRODUCT, RELEASERS[0])?.ok()?;
                ceremony.push(server)?.refused()
            },
        )?;
        self.teller.step(
            &format!("{} and {CHANNEL_SIGNER} sign", RELEASERS[1]),
            || {
                ceremony.sign(PRODUCT, RELEASERS[1])?.ok()?;
                ceremony.sign("channels", CHANNEL_SIGNER)?.ok()
            },
        )?;
        self.teller
            .step(&format!("push {version}"), || ceremony.push(server)?.ok())
            .map(drop)
    }

    fn update(&mut self, device: &Device, version: &str, says: Option<&str>) -> Result<()> {
        self.teller.step(
            &format!("the device polls, verifies, installs {version}, reboots"),
            || {
                let said = device.run(&["once"])?;
                ensure!(
                    said.code == INSTALLED,
                    "ended with {}: {}{}",
                    said.code,
                    said.out,
                    said.err
                );
                Ok(())
            },
        )?;
        if let Some(says) = says {
            let booted = self
                .teller
                .step("the slot boots and says who it is", || device.boot())?;
            ensure!(booted.contains(says), "booted {booted:?} instead of {says}");
        }
        self.teller
            .step("the self-test passes: confirm, and the floor rises", || {
                device.run(&["confirm"])?.ok()
            })?;
        let status = device.status()?;
        ensure!(status.to_string().contains(version), "{status}");
        Ok(())
    }

    fn one_signature_short(
        &mut self,
        ceremony: &Ceremony,
        server: &Server,
        device: &Device,
        image: &Path,
    ) -> Result<()> {
        ceremony.add_release(&Build {
            version: "1.2.0",
            file: image,
            encoding: "zstd",
            block_bytes: None,
            slot: None,
        })?;
        ceremony.offer(&["1.2.0", "1.1.0"])?;
        ceremony.sign(PRODUCT, RELEASERS[0])?.ok()?;
        let short = ceremony.sealed(PRODUCT)?;
        self.teller.step(
            "1.2.0 with one signature of two: the server refuses it",
            || {
                let (status, problem) = server.propose(&[(PRODUCT, &short)])?;
                ensure!(
                    status == 422 && problem["code"] == "threshold_not_met",
                    "{status} {problem}"
                );
                Ok(())
            },
        )?;
        let forged = self.scratch.join("forged");
        let stolen = self.teller.step(
            "the attacker takes the server and its keys, signs it in",
            || {
                let copy = Mirror::of(server, &forged)?;
                copy.forge(&server.data, PRODUCT, &short)?;
                Ok(copy)
            },
        )?;
        self.refused(device, &stolen, "threshold_not_met")
    }

    fn flipped_byte(
        &mut self,
        ceremony: &Ceremony,
        server: &Server,
        device: &Device,
    ) -> Result<()> {
        ceremony.sign(PRODUCT, RELEASERS[1])?.ok()?;
        ceremony.sign("channels", CHANNEL_SIGNER)?.ok()?;
        ceremony.push(server)?.ok()?;
        let blob = server.blob(PRODUCT, "/app/1.2.0/")?;
        let healthy = fs::read(&blob)?;
        let mut flipped = healthy.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        self.teller.step(
            "1.2.0, well signed; one byte flipped in the server's blob",
            || {
                fs::write(&blob, &flipped)?;
                let said = device.run(&["once"])?;
                expect_refusal(&said, "block_digest")
            },
        )?;
        Ok(fs::write(&blob, &healthy)?)
    }

    fn replay(&mut self, device: &Device, old: &Mirror) -> Result<()> {
        self.teller.step("the recording of 1.0.0 is replayed", || {
            let folder = old.folder().to_string_lossy();
            expect_refusal(&device.run(&["install", &folder])?, "rollback")
        })
    }

    fn refused(&mut self, device: &Device, copy: &Mirror, name: &str) -> Result<()> {
        self.teller
            .step(&format!("the device refuses the copy: {name}"), || {
                let folder = copy.folder().to_string_lossy();
                expect_refusal(&device.run(&["install", &folder])?, name)
            })
    }

    fn untouched(&mut self, device: &Device) -> Result<()> {
        let status = device.status()?.to_string();
        ensure!(status.contains("1.1.0"), "after the forgeries: {status}");
        self.teller
            .say("\nAfter all of this the device runs 1.1.0, confirmed.")
    }
}

/// The exit code of an agent that installed something and called its reboot hook.
pub const INSTALLED: i32 = 10;

/// Checks that a device refused, and named the reason.
///
/// # Errors
/// When it did not.
pub fn expect_refusal(said: &Said, name: &str) -> Result<()> {
    ensure!(
        said.code == REFUSED,
        "ended with {}: {}{}",
        said.code,
        said.out,
        said.err
    );
    ensure!(
        said.names(name),
        "does not name {name}: {}{}",
        said.out,
        said.err
    );
    Ok(())
}

/// The exit code of an agent that refused what a repository offered.
pub const REFUSED: i32 = 20;
