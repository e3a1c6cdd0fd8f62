//! Hands the memory map of a slot to the linker: `SEALIFT_SLOT` is `a` or `b`.

use std::path::PathBuf;

fn main() {
    let slot = std::env::var("SEALIFT_SLOT").unwrap_or_else(|_| "a".into());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let is_microbit = std::env::var_os("CARGO_FEATURE_MICROBIT").is_some();
    let board = if is_microbit { "microbit" } else { "memory" };
    let map = format!("{board}-{slot}.x");
    std::fs::copy(&map, out.join("memory.x")).unwrap_or_else(|error| panic!("{map}: {error}"));
    println!("cargo:rustc-link-search={}", out.display());
    // Images are flat: the headers of the file, which the linker would put somewhere, are no part.
    println!("cargo:rustc-link-arg=--nmagic");
    println!("cargo:rustc-env=SEALIFT_SLOT={slot}");
    println!("cargo:rerun-if-changed={map}");
    println!("cargo:rerun-if-env-changed=SEALIFT_SLOT");
    println!("cargo:rerun-if-env-changed=SEALIFT_WEARABLE_VERSION");
}
