//! What cargo-mutants wrote down: one list for each fate, one line for each change.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};

/// How the changes ended.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// How many were planned.
    planned: usize,
    caught: usize,
    /// They sent a test into an endless loop, which is as good as caught.
    endless: usize,
    /// They did not compile.
    unviable: usize,
    /// What no test noticed, as `file:line:column: change`.
    pub(super) survived: Vec<String>,
}

impl Results {
    /// Reads the lists; where there is no folder, there was nothing to change.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        if !folder.exists() {
            return Ok(Self::default());
        }
        let planned: Vec<serde_json::Value> =
            serde_json::from_str(&fs::read_to_string(folder.join("mutants.json"))?)?;
        let lines = |name: &str| -> Result<Vec<String>> {
            let path = folder.join(name);
            let text = fs::read_to_string(&path);
            let text = text.with_context(|| format!("cannot read {}", path.display()))?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        Ok(Self {
            planned: planned.len(),
            caught: lines("caught.txt")?.len(),
            endless: lines("timeout.txt")?.len(),
            unviable: lines("unviable.txt")?.len(),
            survived: lines("missed.txt")?,
        })
    }

    /// Takes note of how those ended that had survived until then. What nobody came to judge again
    /// is not tried.
    pub(super) fn judged_again(&mut self, again: Self) {
        self.caught += again.caught;
        self.endless += again.endless;
        self.unviable += again.unviable;
        self.survived = again.survived;
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let survived = self.survived.len();
        let tried = self.caught + self.endless + self.unviable + survived;
        write!(
            f,
            "{tried} of {} tried; {} caught, ",
            self.planned, self.caught
        )?;
        write!(
            f,
            "{} without an end, {} do not compile, ",
            self.endless, self.unviable
        )?;
        write!(f, "{survived} survived")
    }
}

/// Removes the lists of an earlier run: they must never be taken for those of this one.
pub(super) fn forget(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survivors_are_named_and_the_rest_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("mutants.json", "[{},{},{},{},{}]"),
            ("caught.txt", "a\nb\n"),
            ("timeout.txt", ""),
            ("unviable.txt", "c\n"),
            ("missed.txt", "src/x.rs:1:2: replace < with <=\n"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let results = Results::read(folder.path()).unwrap();
        assert_eq!(results.survived, ["src/x.rs:1:2: replace < with <="]);
        let said = results.to_string();
        assert_eq!(
            said,
            "4 of 5 tried; 2 caught, 0 without an end, 1 do not compile, 1 survived"
        );

        let mut first = Results::read(folder.path()).unwrap();
        first.judged_again(Results {
            caught: 1,
            ..Results::default()
        });
        let said = first.to_string();
        assert_eq!(
            said,
            "4 of 5 tried; 3 caught, 0 without an end, 1 do not compile, 0 survived"
        );

        fs::remove_file(folder.path().join("missed.txt")).unwrap();
        assert!(
            Results::read(folder.path()).is_err(),
            "half of the lists are no result"
        );
        forget(folder.path()).unwrap();
        assert_eq!(Results::read(folder.path()).unwrap().planned, 0);
    }
}
