//! Hands the memory map to the linker: a boot loader that checks signatures takes more of its flash.

use std::path::PathBuf;

fn main() {
    let verifies = std::env::var_os("CARGO_FEATURE_VERIFY_AT_BOOT").is_some();
    let is_microbit = std::env::var_os("CARGO_FEATURE_MICROBIT").is_some();
    let map = match (is_microbit, verifies) {
        (true, _) => "microbit.x",
        (false, true) => "memory-verify.x",
        (false, false) => "memory.x",
    };
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    std::fs::copy(map, out.join("memory.x")).unwrap_or_else(|error| panic!("{map}: {error}"));
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed={map}");
}
