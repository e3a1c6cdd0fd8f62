//! Lists every test of the workspace by the name that the register uses.
//!
//! Unit tests are `crate_name::module::path::test_name`; a test in
//! `tests/first_light.rs` of a package is `crate_name::first_light::test_name`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::outline::outline;

/// The names of all tests that cargo would run in this workspace.
pub(crate) fn tests_of_workspace() -> Result<BTreeSet<String>> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo metadata failed");
    let workspace: Workspace = serde_json::from_slice(&output.stdout)?;
    let mut tests = BTreeSet::new();
    for (name, file) in workspace.packages.iter().flat_map(roots) {
        collect(&name, &file, true, &mut tests)?;
    }
    Ok(tests)
}

/// What `cargo metadata` says, as far as it matters here.
#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
    src_path: PathBuf,
}

/// The root files of a package, each with the prefix of its tests' names.
fn roots(package: &Package) -> Vec<(String, PathBuf)> {
    let identifier = |name: &str| name.replace('-', "_");
    let krate = identifier(&package.name);
    let root = |target: &Target| {
        let name = identifier(&target.name);
        let prefix = match target.kind.first()?.as_str() {
            "test" => format!("{krate}::{name}"),
            "lib" | "bin" | "proc-macro" | "staticlib" | "cdylib" | "rlib" => name,
            _ => return None,
        };
        Some((prefix, target.src_path.clone()))
    };
    package.targets.iter().filter_map(root).collect()
}

/// Adds the tests of a file and of the modules below it.
fn collect(prefix: &str, file: &Path, is_root: bool, tests: &mut BTreeSet<String>) -> Result<()> {
    let source =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let outline = outline(&source);
    tests.extend(outline.tests.iter().map(|test| format!("{prefix}::{test}")));
    for module in &outline.modules {
        // One without a file (`#[path]`, or not compiled here) has no tests to offer.
        if let Some(file) = module_file(file, is_root, module) {
            collect(&format!("{prefix}::{module}"), &file, false, tests)?;
        }
    }
    Ok(())
}

/// Where `mod name;` leads: `name.rs` or `name/mod.rs` in the folder of the parent.
fn module_file(parent: &Path, is_root: bool, module: &str) -> Option<PathBuf> {
    let beside = is_root || parent.file_name().is_some_and(|name| name == "mod.rs");
    let folder = if beside {
        parent.parent()?.to_owned()
    } else {
        parent.with_extension("")
    };
    let path = folder.join(module.replace("::", "/"));
    let candidates = [path.with_extension("rs"), path.join("mod.rs")];
    candidates.into_iter().find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "#[test]\nfn holds() {}\n";

    fn tests_below(files: &[(&str, &str)]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut tests = BTreeSet::new();
        let (first, _) = files.first().unwrap();
        collect("krate", &root.path().join(first), true, &mut tests).unwrap();
        tests.into_iter().collect()
    }

    #[test]
    fn modules_are_followed_into_their_files() {
        let files = [
            (
                "src/lib.rs",
                "mod keys; mod roles; mod inline { mod deep; }",
            ),
            ("src/keys.rs", "#[cfg(test)] mod tests;"),
            ("src/keys/tests.rs", TEST),
            ("src/roles/mod.rs", "mod root;"),
            ("src/roles/root.rs", TEST),
            ("src/inline/deep.rs", TEST),
        ];
        let expected = [
            "krate::inline::deep::holds",
            "krate::keys::tests::holds",
            "krate::roles::root::holds",
        ];
        assert_eq!(tests_below(&files), expected);
    }

    #[test]
    fn a_file_that_no_module_declares_offers_no_tests() {
        let files = [("src/lib.rs", "// mod keys;"), ("src/keys.rs", TEST)];
        assert!(tests_below(&files).is_empty());
    }

    #[test]
    fn an_integration_test_is_named_after_its_package_and_file() {
        let target = |kind: &str, name: &str| Target {
            kind: vec![kind.to_owned()],
            name: name.to_owned(),
            src_path: PathBuf::new(),
        };
        let package = Package {
            name: "sealift-tests".to_owned(),
            targets: vec![
                target("lib", "sealift_tests"),
                target("test", "first_light"),
                target("custom-build", "build-script-build"),
            ],
        };
        let names: Vec<String> = roots(&package).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["sealift_tests", "sealift_tests::first_light"]);
    }

    #[test]
    fn this_very_test_is_found_in_the_workspace() {
        let tests = tests_of_workspace().unwrap();
        let name = "xtask::security::index::tests::this_very_test_is_found_in_the_workspace";
        assert!(tests.contains(name));
    }
}
