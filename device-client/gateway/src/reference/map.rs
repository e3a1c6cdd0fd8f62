//! Map files (TAP 4): which repositories must agree on which targets.
//!
//! ```json
//! {
//!   "repositories": { "maker": ["https://updates.example/tuf/maker"], "auditor": ["/srv/auditor"] },
//!   "mapping": [
//!     {
//!       "paths": ["images/watch/*/*/*"],
//!       "repositories": ["maker", "auditor"],
//!       "threshold": 2,
//!       "terminating": true
//!     }
//!   ]
//! }
//! ```

use std::collections::BTreeMap;

use sealift_metadata::foreign::lay_out;
use sealift_metadata::pattern;
use serde::Deserialize;

use super::targets::is_name;

/// Which repositories there are, and who speaks for which targets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// The URLs or folders of each repository, tried in order; `metadata` and `targets` lie below.
    pub repositories: BTreeMap<String, Vec<String>>,
    /// Who speaks for what, the first one first.
    pub mapping: Vec<Mapping>,
}

/// Some targets, and the repositories that speak for them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Patterns of the targets, as in delegations.
    pub paths: Vec<String>,
    /// The names of the repositories, in the order in which they are asked.
    pub repositories: Vec<String>,
    /// How many of them must agree on length and digests.
    pub threshold: usize,
    /// Whether nobody else is asked where they do not.
    pub terminating: bool,
}

/// What is wrong with a map.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapFault {
    /// It is no JSON, or says something twice.
    #[error(transparent)]
    Layout(#[from] sealift_metadata::Error),
    /// Something is missing, unknown or of another type.
    #[error(transparent)]
    Shape(#[from] serde_json::Error),
    /// A repository's name that cannot be the name of a folder.
    #[error("{0:?} cannot be the name of a repository")]
    Name(String),
    /// A repository that lies nowhere.
    #[error("the repository {0} has no URL")]
    NoUrl(String),
    /// A mapping names a repository that is not described.
    #[error("the repository {0} is not described")]
    Unknown(String),
    /// A mapping names a repository twice, which would let it agree with itself.
    #[error("the repository {0} stands twice in one mapping")]
    Twice(String),
    /// No agreement at all, or more than there are repositories to agree.
    #[error("a threshold of {threshold} among {repositories} repositories")]
    Threshold {
        /// How many must agree.
        threshold: usize,
        /// How many there are.
        repositories: usize,
    },
}

impl Map {
    /// Reads a map.
    ///
    /// # Errors
    /// [`MapFault`].
    pub fn read(text: &[u8]) -> Result<Self, MapFault> {
        // The canonical layout knows no name that stands twice; serde would take the last.
        let mut scratch = vec![0; text.len()];
        let map: Self = serde_json::from_slice(lay_out(text, &mut scratch)?)?;
        for (name, urls) in &map.repositories {
            if !is_name(name) {
                return Err(MapFault::Name(name.clone()));
            }
            if urls.is_empty() {
                return Err(MapFault::NoUrl(name.clone()));
            }
        }
        map.mapping.iter().try_for_each(|it| map.check(it))?;
        Ok(map)
    }

    fn check(&self, mapping: &Mapping) -> Result<(), MapFault> {
        let names = &mapping.repositories;
        for (index, name) in names.iter().enumerate() {
            if !self.repositories.contains_key(name) {
                return Err(MapFault::Unknown(name.clone()));
            }
            if names.iter().take(index).any(|other| other == name) {
                return Err(MapFault::Twice(name.clone()));
            }
        }
        if mapping.threshold == 0 || mapping.threshold > names.len() {
            return Err(MapFault::Threshold {
                threshold: mapping.threshold,
                repositories: names.len(),
            });
        }
        Ok(())
    }
}

impl Mapping {
    /// Whether the repositories speak for the target at `path`.
    pub fn matches(&self, path: &str) -> bool {
        self.paths
            .iter()
            .any(|pattern| pattern::matches(pattern, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Map::read(text.as_bytes()).map_or_else(|fault| fault.to_string(), |map| format!("{map:?}"))
    }

    fn map(names: &str, mapping: &str) -> String {
        format!(r#"{{"repositories":{names},"mapping":[{mapping}]}}"#)
    }

    #[test]
    fn a_map_that_could_mean_something_else_is_refused() {
        let two = r#"{"a":["x"],"b":["y"]}"#;
        let of = |rest: &str| format!(r#"{{"paths":["*"],{rest}}}"#);
        for (names, mapping, word) in [
            (
                two,
                of(r#""repositories":["a"],"threshold":0,"terminating":true"#),
                "threshold of 0",
            ),
            (
                two,
                of(r#""repositories":["a"],"threshold":2,"terminating":true"#),
                "threshold of 2",
            ),
            (
                two,
                of(r#""repositories":["a","a"],"threshold":2,"terminating":true"#),
                "twice",
            ),
            (
                two,
                of(r#""repositories":["c"],"threshold":1,"terminating":true"#),
                "not described",
            ),
            (
                two,
                of(r#""repositories":["a"],"threshold":1"#),
                "terminating",
            ),
            (
                two,
                of(r#""repositories":["a"],"terminating":true"#),
                "threshold",
            ),
            (
                two,
                of(r#""repositories":["a"],"threshold":1,"terminating":true,"treshold":2"#),
                "unknown field",
            ),
            (r#"{"a":["x"],"a":["y"]}"#, String::new(), "order"),
            (r#"{"a":[]}"#, String::new(), "no URL"),
            (r#"{"..":["x"]}"#, String::new(), "name of a repository"),
            (r#"{".":["x"]}"#, String::new(), "name of a repository"),
            (r#"{"":["x"]}"#, String::new(), "name of a repository"),
        ] {
            let said = refusal(&map(names, &mapping));
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(refusal("{").contains("JSON"));
    }

    #[test]
    fn a_map_is_read_in_the_order_that_it_is_written_in() {
        let one =
            r#"{"paths":["b/*","a"],"repositories":["b","a"],"threshold":2,"terminating":false}"#;
        let map = map(r#"{"b":["y","x"],"a":["z"]}"#, one);
        let map = Map::read(map.as_bytes()).unwrap();
        assert_eq!(map.repositories["b"], ["y", "x"]);
        assert_eq!(map.mapping[0].repositories, ["b", "a"]);
        assert!(map.mapping[0].matches("b/c") && map.mapping[0].matches("a"));
        assert!(!map.mapping[0].matches("b/c/d"));
    }
}
