//! Lays the repository that `cargo xtask size` links into a wearable into a folder, with a list of
//! its files that the firmware includes: one rotation of the root, eight products, and a product's
//! role of forty releases, six times as long as the buffer. Beside it lies the flash of a device for
//! a boot loader that checks signatures, with the digest of the root that it pins.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sealift_metadata::Digest;
use sealift_tests::evidence::Evidence;
use sealift_tests::repository::{Build, Repository};
use sealift_tests::wearable::{Machine, factory, machine};

const PRODUCTS: [&str; 7] = ["band", "clip", "cuff", "lens", "patch", "ring", "strap"];
const RELEASES: u64 = 40;

/// Releases that the channel offers.
const OFFERS: usize = 12;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder =
        folder.ok_or_else(|| std::io::Error::other("usage: sealift-wearable-files FOLDER"))?;
    std::fs::create_dir_all(&folder)?;
    let mut list = String::from("&[\n");
    for (number, (address, bytes)) in repository().files.iter().enumerate() {
        // Images stay behind: the firmware stops where it would install one.
        if address.starts_with("targets/images/") {
            continue;
        }
        let path = folder.join(number.to_string());
        std::fs::write(&path, bytes)?;
        let path = path.display().to_string();
        // Writing to a string cannot fail.
        let _ = writeln!(list, "    ({address:?}, include_bytes!({path:?})),");
    }
    list.push_str("]\n");
    std::fs::write(folder.join("files.rs"), list)?;
    make_device(&folder)
}

/// A program for slot A that does nothing: its stack, its entry, and a branch to itself.
fn program() -> Vec<u8> {
    let slot = 0x2100_0000 + machine::mps2::LAYOUT.slots[0].start;
    let mut program = Vec::new();
    for word in [0x2000_8000, slot + 9] {
        program.extend_from_slice(&word.to_le_bytes());
    }
    program.extend_from_slice(&[0xfe, 0xe7]);
    program
}

/// The flash of a device whose root was rotated once.
fn make_device(folder: &Path) -> std::io::Result<()> {
    let build = Build {
        bytes: program(),
        ..Build::new("1.0.0", 1, 0)
    };
    let mut repository = Repository::new();
    repository.rotate(|_| {});
    for product in PRODUCTS {
        repository.delegate(product, &format!("images/{product}/*/*/*"));
    }
    repository.release(&build, |_| {});
    repository.publish();
    let document = |name: &str| repository.files[&format!("metadata/{name}.json")].clone();
    let evidence = Evidence {
        path: build.path(),
        roots: vec![document("1.root"), document("2.root")],
        targets: document("1.targets"),
        product: document("1.watch"),
    };
    let (flash, root) = (folder.join("flash.bin"), repository.first_root());
    let made = factory::write(
        Machine::Mps2An386,
        &flash,
        build.version,
        &build.bytes,
        &root,
    )
    .and_then(|()| factory::prove(Machine::Mps2An386, &flash, 0, &evidence));
    made.map_err(std::io::Error::other)?;
    std::fs::write(folder.join("root.sha256"), Digest::of(&root).to_string())
}

fn repository() -> Repository {
    let mut repository = Repository::new();
    repository.rotate(|_| {});
    for product in PRODUCTS {
        repository.delegate(product, &format!("images/{product}/*/*/*"));
    }
    for sequence in 1..=RELEASES {
        let version: &'static str = format!("1.{sequence}.0").leak();
        repository.release(&Build::new(version, sequence, 2000), |_| {});
    }
    repository.channel.offers.truncate(OFFERS);
    repository.publish();
    repository
}
