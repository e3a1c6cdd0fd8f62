//! Somebody who has a wearable's flash in their hands, and a boot loader that checks signatures.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sealift_device::slot::SlotId;
use sealift_metadata::Digest;
use serde_json::Value;

use super::power::Board;
use super::relay::Relay;
use super::{Builds, PRODUCT, factory};
use crate::evidence::Evidence;
use crate::mirror::Mirror;
use crate::server::Server;
use crate::teller::Teller;

/// What a boot loader is built with where its factory fills in the pinned root: the SHA-256 of
/// nothing that anybody signed, in hexadecimal digits.
pub const PLACEHOLDER: &str = "5ea11f75ea11f75ea11f75ea11f75ea11f75ea11f75ea11f75ea11f75ea11f70";

/// Fills the digest of the pinned root into a boot loader, as its factory does before it protects
/// the boot loader's flash.
///
/// # Errors
/// When the boot loader has no such place.
pub fn pin(bootloader: &Path, root: &[u8], pinned: &Path) -> Result<()> {
    let mut program = fs::read(bootloader)?;
    let length = PLACEHOLDER.len();
    let mut places = program.windows(length).enumerate();
    let found = places.find(|(_, text)| *text == PLACEHOLDER.as_bytes());
    let (at, _) = found.context("the boot loader pins another root")?;
    let digest = Digest::of(root).to_string();
    program[at..at + length].copy_from_slice(digest.as_bytes());
    Ok(fs::write(pinned, program)?)
}

/// The documents that prove an image that is published.
///
/// # Errors
/// When nobody published it.
pub fn evidence(server: &Server, image: &[u8], slot: &str, scratch: &Path) -> Result<Evidence> {
    let copy = Mirror::of(server, scratch)?;
    let document = |name: &str| Ok::<_, anyhow::Error>(Server::get(&server.metadata(name))?.1);
    let role = |name: &str| document(&format!("{}.{name}.json", copy.version_of(name)?));
    let product = role(PRODUCT)?;
    let sha256 = Digest::of(image).to_string();
    let read: Value = serde_json::from_slice(&product)?;
    let targets = read["signed"]["targets"].as_object().context("targets")?;
    let found = targets.iter().find(|(_, target)| {
        let image = &target["custom"]["sealift"];
        image["image"]["sha256"] == sha256 && image["slot"] == slot
    });
    Ok(Evidence {
        path: found.context("the image is not published")?.0.clone(),
        roots: vec![document("1.root.json")?],
        targets: role("targets")?,
        product,
    })
}

/// Replaces the image and its record, in one slot and then in both; a boot loader without the check
/// runs what it finds, the device's own does not.
///
/// # Errors
/// When anything else happens.
pub fn tell(builds: &Builds, board: &Board, relay: &Relay, teller: &mut Teller<'_>) -> Result<()> {
    teller.chapter("Somebody writes the flash from outside: image and record")?;
    let [a, b] = [(0, "1.0.0"), (1, "1.1.0")].map(|(index, version)| {
        let image = fs::read(&builds.apps[index][index])?;
        forge(&image, version)
    });
    let (a, b) = (a?, b?);
    let flash = board.flash.with_file_name("outside.bin");
    fs::copy(&board.flash, &flash)?;
    factory::replace(builds.machine, &flash, SlotId::B, &b)?;
    let before = fs::read(&flash)?;

    let mut ordinary = Board::new(builds.machine, &builds.bootloader, &flash);
    ordinary.on(&relay.address)?;
    for (what, text) in [
        (
            "a boot loader that checks no signatures is satisfied",
            "boot: slot b",
        ),
        ("and runs what nobody signed", "app: 6.6.6 runs in slot b"),
    ] {
        see(&mut ordinary, relay, teller, what, text)?;
    }
    ordinary.off();

    fs::write(&flash, &before)?;
    let mut verifying = Board::new(builds.machine, board.bootloader(), &flash);
    verifying.on(&relay.address)?;
    for (what, text) in [
        (
            "this one finds nothing that proves slot b",
            "boot: nothing proves slot b",
        ),
        ("and falls back", "boot: slot a"),
        ("what was signed runs", "app: 1.0.0 runs in slot a"),
    ] {
        see(&mut verifying, relay, teller, what, text)?;
    }
    verifying.off();

    fs::write(&flash, &before)?;
    factory::replace(builds.machine, &flash, SlotId::A, &a)?;
    verifying.on(&relay.address)?;
    let what = "with both slots replaced, it waits for a recovery";
    see(&mut verifying, relay, teller, what, "boot: nothing to boot")?;
    verifying.off();
    Ok(())
}

/// The same program with another version: nobody signed it.
fn forge(image: &[u8], version: &str) -> Result<Vec<u8>> {
    let mut forged = image.to_vec();
    let places: Vec<usize> = image
        .windows(version.len())
        .enumerate()
        .filter(|(_, text)| *text == version.as_bytes())
        .map(|(at, _)| at)
        .collect();
    ensure!(
        !places.is_empty(),
        "the image says nowhere that it is {version}"
    );
    for at in places {
        forged[at..at + version.len()].copy_from_slice(b"6.6.6");
    }
    Ok(forged)
}

fn see(
    board: &mut Board,
    relay: &Relay,
    teller: &mut Teller<'_>,
    what: &str,
    text: &str,
) -> Result<()> {
    let said = teller.step(what, || board.wait_for(text, &relay.address))?;
    teller.say(&format!("        {said}"))
}
