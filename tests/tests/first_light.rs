//! The main job, from first key to refused forgery, with the real programs.

use sealift_tests::builds;
use sealift_tests::story::{self, Builds};

#[test]
fn one_signed_build_travels_to_a_rebooted_device_and_three_forgeries_do_not() {
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = scratch.path().join("story");
    std::fs::create_dir(&folder).expect("a folder");
    let first = builds::script(scratch.path(), "1.0.0", 300).expect("an image");
    let second = builds::script(scratch.path(), "1.1.0", 3000).expect("an image");
    let versions = Some(["1.0.0", "1.1.0"]);
    let builds = Builds {
        first: &first,
        second: &second,
        versions,
    };
    let mut told = Vec::new();
    if let Err(error) = story::tell(&folder, &builds, &mut told) {
        panic!("{error:#}\nafter:\n{}", String::from_utf8_lossy(&told));
    }
}
