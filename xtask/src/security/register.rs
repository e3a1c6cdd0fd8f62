//! The shape of `docs/security.toml`; unknown keys and states are errors.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// Requirements by ID; TOML itself refuses an ID that stands there twice.
pub(crate) type Register = BTreeMap<String, Entry>;

/// What is said about one requirement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// The requirement in a few words.
    pub(crate) title: String,
    /// How far it is.
    pub(crate) state: State,
    /// Tests that show it, as `crate_name::module::test_name`.
    #[serde(default)]
    pub(crate) tests: Vec<String>,
    /// Where it is written down: `path` or `path#heading-slug`.
    pub(crate) place: Option<String>,
    /// Why it does not apply, or is met in another way than its words say.
    pub(crate) reason: Option<String>,
}

/// How far a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Tests show it.
    Met,
    /// It asks for people to act; a chapter tells them how.
    Documented,
    /// Its words contradict current practice, and its intent is covered elsewhere.
    #[serde(rename = "not applicable")]
    NotApplicable,
    /// Still to be built.
    Planned,
}

impl State {
    /// All states, in the order of the table's columns.
    pub(crate) const ALL: [Self; 4] = [
        Self::Met,
        Self::Documented,
        Self::NotApplicable,
        Self::Planned,
    ];

    /// The word by which the register writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Documented => "documented",
            Self::NotApplicable => "not applicable",
            Self::Planned => "planned",
        }
    }
}

/// Reads a register from a file.
pub(crate) fn read(path: &Path) -> Result<Register> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| format!("cannot understand {}", path.display()))
}

/// Reads a register from its text.
pub(crate) fn parse(text: &str) -> Result<Register> {
    Ok(toml::from_str(text)?)
}
