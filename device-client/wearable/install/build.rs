//! Hands the memory map to the linker, that of the client whose size is measured.

use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let copied = std::fs::copy("../size.x", out.join("memory.x"));
    copied.unwrap_or_else(|error| panic!("../size.x: {error}"));
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed=../size.x");
    println!("cargo:rerun-if-env-changed=SEALIFT_FILES");
}
