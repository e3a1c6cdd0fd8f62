//! A repository of one image, in files that a firmware includes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sealift::encoding::Encoding;
use sealift_tests::repository::{Build, Encode, Repository};

/// Bytes of a block before it is encoded.
const BLOCK_BYTES: u32 = 4096;

/// Writes the files into `folder`, a list of them (`files.rs`), and the encoded image
/// (`encoding`).
pub fn repository(folder: &Path, image: &Path, encoding: &str) -> Result<()> {
    let encode: Encode = match encoding {
        "raw" => <[u8]>::to_vec,
        // What does not decode is found out on the device.
        "deflate" => |block| Encoding::Deflate.encode(block).unwrap_or_default(),
        other => bail!("no encoding {other}"),
    };
    let mut build = Build::new("1.0.0", 1, 0);
    build.bytes = fs::read(image)?;
    build.block_bytes = BLOCK_BYTES;
    build.encoding = (encoding.to_owned().leak(), encode);
    let mut repository = Repository::new();
    repository.release(&build, |_| {});
    repository.publish();
    fs::create_dir_all(folder)?;
    let (mut list, mut largest) = (String::from("&[\n"), &Vec::new());
    for (number, (address, bytes)) in repository.files.iter().enumerate() {
        let path = folder.join(number.to_string());
        fs::write(&path, bytes)?;
        writeln!(
            list,
            "    ({address:?}, include_bytes!({:?})),",
            path.display().to_string()
        )?;
        if bytes.len() > largest.len() {
            largest = bytes;
        }
    }
    list.push_str("]\n");
    fs::write(folder.join("files.rs"), list)?;
    fs::write(folder.join("encoding"), largest).context("the encoded image")
}
