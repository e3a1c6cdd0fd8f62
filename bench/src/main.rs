//! What `cargo xtask bench verify` runs, once per measurement and client, so that no client warms
//! the memory of another.
//!
//! `make DIR N` writes a repository with N targets; `read CLIENT DIR PATH` refreshes from it, finds
//! one target and says what that cost; `refresh N` and `floor N` repeat a refresh of a small
//! repository, or only the signature checks and hashes that it cannot do without, for counting
//! instructions.
//!
//! With the feature `devices`, for `cargo xtask bench install`: `make-image DIR` writes an image and
//! a repository that offers it, `serve DIR` serves them, and `install DIR URL STATE` installs as a
//! gateway does.
//! For `cargo xtask bench wearable`, `wearable DIR IMAGE ENCODING` writes what a firmware includes.

mod cost;
mod floor;
#[cfg(feature = "devices")]
mod install;
mod make;
mod ours;
#[cfg(feature = "devices")]
mod serve;
mod sigstore;
mod tough;
#[cfg(feature = "devices")]
mod wearable;

use std::path::Path;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["make", folder, count] => make::repository(Path::new(folder), count.parse()?),
        ["read", client, folder, path] => {
            let folder = Path::new(folder);
            let input = std::fs::metadata(folder.join("metadata/1.targets.json"))?.len();
            let cost = match *client {
                "sealift" => ours::read(folder, path)?,
                "sigstore-tuf" => sigstore::read(folder, path)?,
                "tough" => tough::read(folder, path)?,
                other => bail!("no client {other}"),
            };
            println!("{}", cost.json(input));
            Ok(())
        }
        ["refresh", count] => floor::refresh(count.parse()?),
        ["floor", count] => floor::floor(count.parse()?),
        others => devices(others),
    }
}

#[cfg(feature = "devices")]
fn devices(args: &[&str]) -> Result<()> {
    match args {
        ["make-image", folder] => install::make(Path::new(folder)),
        ["serve", folder] => Ok(serve::serve(Path::new(folder))?),
        ["install", folder, origin, state] => install::install(Path::new(folder), origin, state),
        ["wearable", folder, image, encoding] => {
            wearable::repository(Path::new(folder), Path::new(image), encoding)
        }
        _ => bail!("this is run by cargo xtask bench"),
    }
}

#[cfg(not(feature = "devices"))]
fn devices(_: &[&str]) -> Result<()> {
    bail!("this is run by cargo xtask bench")
}
