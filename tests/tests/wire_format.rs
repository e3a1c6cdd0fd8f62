//! The wire format is binding: what is written today is what devices in the field read.

use sealift_tests::fixtures;

#[test]
fn no_byte_on_the_wire_changes_unnoticed() {
    for (name, written) in fixtures::all() {
        let golden = std::fs::read(fixtures::folder().join(name)).expect("a golden file");
        assert_eq!(
            String::from_utf8_lossy(&written),
            String::from_utf8_lossy(&golden),
            "{name} differs; if that is meant: cargo xtask fixtures"
        );
    }
}

#[test]
fn no_golden_file_is_left_over() {
    let made = fixtures::all();
    for entry in std::fs::read_dir(fixtures::folder()).expect("golden files") {
        let name = entry.expect("a file").file_name();
        assert!(
            made.iter().any(|(made, _)| name == *made),
            "{}",
            name.display()
        );
    }
}
