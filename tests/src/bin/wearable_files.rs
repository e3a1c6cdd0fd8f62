//! Lays the repository that `cargo xtask size` links into a wearable into a folder, with a list of
//! its files that the firmware includes: one rotation of the root, eight products, and a product's
//! role of forty releases, six times as long as the buffer.

use std::fmt::Write as _;
use std::path::PathBuf;

use sealift_tests::repository::{Build, Repository};

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
    std::fs::write(folder.join("files.rs"), list)
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
