//! The fuzz targets, as `fuzz/Cargo.toml` lists them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

const MANIFEST: &str = "fuzz/Cargo.toml";

/// One target.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) name: String,
    /// The file to which the test for a finding belongs.
    pub(super) regressions: String,
}

/// The targets of these names, or all of them, in the order of the manifest.
pub(super) fn named(names: &[String]) -> Result<Vec<Target>> {
    let text = std::fs::read_to_string(MANIFEST).with_context(|| format!("no {MANIFEST}"))?;
    chosen(listed(&text)?, names)
}

fn chosen(mut targets: Vec<Target>, names: &[String]) -> Result<Vec<Target>> {
    let known: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no target {unknown}, only {}", known.join(", "));
    }
    targets.retain(|target| names.is_empty() || names.contains(&target.name));
    Ok(targets)
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
    bin: Vec<Bin>,
}

#[derive(Deserialize)]
struct Package {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    regressions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Bin {
    name: String,
}

fn listed(manifest: &str) -> Result<Vec<Target>> {
    let Manifest { package, bin } = toml::from_str(manifest).context(MANIFEST)?;
    let mut regressions = package.metadata.regressions;
    let targets = bin.into_iter().map(|Bin { name }| {
        let regressions = regressions.remove(&name);
        let regressions = regressions
            .with_context(|| format!("{MANIFEST} does not say where {name} has its tests"))?;
        Ok(Target { name, regressions })
    });
    targets.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const HOUSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

    fn ours() -> Vec<Target> {
        let text = std::fs::read_to_string(Path::new(HOUSE).join(MANIFEST)).unwrap();
        listed(&text).unwrap()
    }

    #[test]
    fn every_target_has_its_program_and_a_place_for_its_findings() {
        let targets = ours();
        for target in &targets {
            let program = format!("fuzz/fuzz_targets/{}.rs", target.name);
            for file in [&program, &target.regressions] {
                assert!(Path::new(HOUSE).join(file).is_file(), "{file}");
            }
        }
        let programs = std::fs::read_dir(Path::new(HOUSE).join("fuzz/fuzz_targets"));
        assert_eq!(programs.unwrap().count(), targets.len());
    }

    #[test]
    fn a_target_that_does_not_exist_is_refused() {
        let name = |targets: Result<Vec<Target>>| {
            let targets = targets.unwrap().into_iter();
            targets.map(|target| target.name).collect::<Vec<_>>()
        };
        assert_eq!(name(chosen(ours(), &["json".into()])), ["json"]);
        assert!(name(chosen(ours(), &[])).len() > 1);
        let refused = chosen(ours(), &["json".into(), "jsn".into()]).unwrap_err();
        assert!(refused.to_string().contains("jsn, only "), "{refused}");
    }
}
