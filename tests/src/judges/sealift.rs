//! `sealift-tuf-client`, as a judge among the others.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use sealift_metadata::write::Draft;

use super::{Origin, Verdict};
use crate::programs::{self, Said};

pub(super) fn read(origin: &Origin, memory: &Path, targets: &[&str]) -> Result<Verdict> {
    let kept = memory.join("kept");
    let files = tempfile::tempdir()?;
    if !kept.exists() {
        let pinned = memory.join("pinned.json");
        fs::write(&pinned, &origin.root)?;
        let mut init = programs::command("sealift-tuf-client")?;
        init.arg("--metadata-dir").arg(&kept).arg("init");
        Said::from(init.arg(pinned).output()?).ok()?;
    }
    let mut download = programs::command("sealift-tuf-client")?;
    download.arg("--metadata-dir").arg(&kept);
    download.args(["--metadata-url", &origin.metadata]);
    download.args(["--target-base-url", &origin.targets]);
    download.arg("--target-dir").arg(files.path());
    for target in targets {
        download.args(["--target-name", target]);
    }
    Said::from(download.arg("download").output()?).ok()?;

    let mut verdict = Verdict::default();
    for target in targets {
        let name = target.replace('/', "%2F");
        verdict.keep(target, &fs::read(files.path().join(name))?);
    }
    for entry in fs::read_dir(&kept)? {
        let path = entry?.path();
        let role = path.file_stem().context("has a name")?.to_string_lossy();
        let version = Draft::of_document(&fs::read(&path)?)?.version()?.get();
        verdict.versions.insert(role.into_owned(), version);
    }
    Ok(verdict)
}
