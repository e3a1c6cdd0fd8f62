//! One folder of the cache: made whole, or not at all.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::step::timed;

/// Returns the folder `name` of the cache, building it first if it does not work.
///
/// It is built beside its place and renamed at the end, under a lock, so that
/// neither an interruption nor a second run leaves half of it behind.
pub(super) fn installed(
    cache: &Path,
    name: &str,
    works: impl Fn(&Path) -> bool,
    build: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let home = cache.join(name);
    if works(&home) {
        return Ok(home);
    }
    fs::create_dir_all(cache).with_context(|| format!("cannot create {}", cache.display()))?;
    let lock = File::create(cache.join(format!("{name}.lock")))?;
    lock.lock().context("cannot lock the cache")?;
    if works(&home) {
        return Ok(home);
    }
    timed(&format!("install {name}"), || {
        let draft = cache.join(format!("{name}.tmp"));
        remove(&draft)?;
        build(&draft)?;
        remove(&home)?;
        fs::rename(&draft, &home)?;
        ensure!(works(&home), "{name} was installed but does not run");
        Ok(())
    })
    .with_context(|| format!("cannot install {name} into {}", cache.display()))?;
    Ok(home)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    fn works(home: &Path) -> bool {
        home.join("tool").exists()
    }

    fn build(home: &Path) -> Result<()> {
        fs::create_dir(home)?;
        fs::write(home.join("tool"), "")?;
        Ok(())
    }

    #[test]
    fn an_interrupted_installation_is_repaired_by_the_next_run() {
        let cache = tempfile::tempdir().unwrap();
        let interrupted = installed(cache.path(), "tool-1", works, |home| {
            build(home)?;
            bail!("the power went")
        });
        assert!(interrupted.is_err());
        assert!(!cache.path().join("tool-1").exists());

        let home = installed(cache.path(), "tool-1", works, build).unwrap();
        assert!(works(&home));
        assert!(!cache.path().join("tool-1.tmp").exists());
    }

    #[test]
    fn a_folder_that_does_not_answer_is_built_again() {
        let cache = tempfile::tempdir().unwrap();
        fs::create_dir(cache.path().join("tool-1")).unwrap();
        let home = installed(cache.path(), "tool-1", works, build).unwrap();
        assert!(works(&home));
    }

    #[test]
    fn a_working_tool_is_not_built_again() {
        let cache = tempfile::tempdir().unwrap();
        build(&cache.path().join("tool-1")).unwrap();
        installed(cache.path(), "tool-1", works, |_| bail!("built again")).unwrap();
    }

    #[test]
    fn a_build_that_yields_nothing_usable_is_an_error() {
        let cache = tempfile::tempdir().unwrap();
        let empty = |home: &Path| fs::create_dir(home).map_err(Into::into);
        assert!(installed(cache.path(), "tool-1", works, empty).is_err());
    }
}
