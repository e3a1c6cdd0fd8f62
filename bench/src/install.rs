//! An image of a gateway: made, served, and installed as the agent does it.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sealift_gateway::{Agent, Config, Outcome};
use sealift_tests::repository::{Build, Repository, START};

use crate::cost::Cost;

/// Length of the image in bytes.
const IMAGE_BYTES: usize = 256 * 1024 * 1024;

/// Bytes of the image in a block: the largest there are, as `docs/encodings.md` has it for images
/// of this size.
const BLOCK_BYTES: u32 = 1024 * 1024;

/// Level of both encodings: decoders pay nothing for a higher one.
const LEVEL: i32 = 3;

/// Writes the image as it is and as one zstd stream, and a repository that offers it.
pub fn make(folder: &Path) -> Result<()> {
    let mut build = Build::new("1.0.0", 1, 0);
    build.bytes = image();
    build.block_bytes = BLOCK_BYTES;
    build.encoding = ("zstd", |block| {
        zstd::bulk::compress(block, LEVEL).expect("memory")
    });
    fs::write(folder.join("image"), &build.bytes)?;
    let whole = BufWriter::new(File::create(folder.join("image.zst"))?);
    zstd::stream::copy_encode(build.bytes.as_slice(), whole, LEVEL)?;
    let mut repository = Repository::new();
    repository.release(&build, |_| {});
    repository.publish();
    fs::write(folder.join("1.root.json"), repository.first_root())?;
    for (address, bytes) in &repository.files {
        let path = folder.join("repository").join(address);
        fs::create_dir_all(path.parent().context("has a folder")?)?;
        File::create(path)?.write_all(bytes)?;
    }
    Ok(())
}

/// Words that come again and again, and noise between them: about half of it can be squeezed out.
fn image() -> Vec<u8> {
    let mut state = 1_u64;
    let mut noise = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state ^ (state >> 29)
    };
    let words: Vec<[u8; 16]> = (0..4096)
        .map(|_| (u128::from(noise()) << 64 | u128::from(noise())).to_le_bytes())
        .collect();
    let mut image = Vec::with_capacity(IMAGE_BYTES + 32);
    while image.len() < IMAGE_BYTES {
        let word = noise() >> 32;
        image.extend_from_slice(&words[(word % 4096) as usize]);
        image.extend_from_slice(&noise().to_le_bytes()[..(word >> 16 & 7) as usize]);
    }
    image.truncate(IMAGE_BYTES);
    image
}

/// Installs what `origin` offers into a fresh `state`, and says what that cost.
pub fn install(folder: &Path, origin: &str, state: &str) -> Result<()> {
    let text = format!(
        "metadata = [\"{origin}/repository/metadata\"]\n\
         targets = [\"{origin}/repository/targets\"]\nroot = \"1.root.json\"\n\
         state = \"{state}\"\nproduct = \"watch\"\nhardware = \"rev-a\"\n\
         component = \"app\"\nchannel = \"stable\"\n"
    );
    let agent = Agent::new(Config::parse(&text, folder)?)?;
    let outcome = agent.once(START)?;
    ensure!(outcome == Outcome::Installed { sequence: 1 }, "{outcome:?}");
    println!("{}", Cost::so_far()?.json(0));
    Ok(())
}
