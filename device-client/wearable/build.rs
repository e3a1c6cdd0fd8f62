//! Hands the memory map to the linker, for the two programs that are measured. It lies here under
//! another name: a linker that is started in this folder would take a `memory.x` for every program
//! of the workspace.
//!
//! Where nobody says which files and which encoding are built in, there are none: enough to compile.

use std::path::{Path, PathBuf};

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    // Of `install`, it lies one folder up.
    let maps = ["size.x", "../size.x"];
    let map = maps.into_iter().find(|map| Path::new(map).exists());
    let map = map.unwrap_or("size.x");
    let copied = std::fs::copy(map, out.join("memory.x"));
    copied.unwrap_or_else(|error| panic!("{map}: {error}"));
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed={map}");
    for (variable, name, content) in [
        ("SEALIFT_FILES", "files.rs", "&[]"),
        ("SEALIFT_ENCODING", "encoding", "raw"),
    ] {
        println!("cargo:rerun-if-env-changed={variable}");
        if std::env::var_os(variable).is_none() {
            let path = out.join(name);
            let written = std::fs::write(&path, content);
            written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            println!("cargo:rustc-env={variable}={}", path.display());
        }
    }
}
