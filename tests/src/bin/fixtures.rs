//! Makes the golden files anew: `cargo xtask fixtures`.

fn main() -> std::io::Result<()> {
    let folder = sealift_tests::fixtures::folder();
    std::fs::create_dir_all(&folder)?;
    for (name, bytes) in sealift_tests::fixtures::all() {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
