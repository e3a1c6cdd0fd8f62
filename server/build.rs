//! Migrations are compiled in: another one needs another build.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
