//! What this signer signed and saw: `ledger.jsonl` in the signer's own folder, one record a line.
//!
//! Two questions are answered from it. *Did I sign something else under this version?* Two
//! contents of one version would split the devices, so a second one is refused. *Is the
//! `known-good/` that I am shown the one I know?* The first root that is seen is believed; from
//! then on it must be part of the chain, and no role may go back.
//!
//! The name of a repository stands in a file that nobody signs, so it separates nothing: a key
//! signs one content for a role and version wherever that was, and a repository is told from
//! another by its first root.

use std::fs::File;
use std::path::{Path, PathBuf};

use sealift_metadata::Digest;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{create_private_dir, lock, read_if_there, write_atomic};
use crate::first_root::{FirstRoot, Standing};
use crate::limits::LEDGER_BYTES;
use crate::names::{RoleId, Slug};

/// What a signer compared before signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checked {
    /// Only the digests that stand in the document.
    Hash,
    /// Every image that the change adds, with a file of the signer's own.
    File,
}

impl Checked {
    /// The word that is written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::File => "file",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Record {
    Signed {
        repository: Slug,
        role: String,
        version: u64,
        #[serde(with = "crate::digest_text")]
        payload_sha256: Digest,
        keyid: String,
        checked: Checked,
        at: String,
        /// Older lines lack it.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "crate::digest_text::optional"
        )]
        first_root_sha256: Option<Digest>,
    },
    Seen {
        repository: Slug,
        role: String,
        version: u64,
        #[serde(with = "crate::digest_text")]
        payload_sha256: Digest,
    },
}

/// The ledger, held exclusively while it is open.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    records: Vec<Record>,
    _lock: Option<File>,
}

/// A signature about to be made.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The repository.
    pub repository: &'a Slug,
    /// The role.
    pub role: &'a RoleId,
    /// The version.
    pub version: u64,
    /// The digest of the payload.
    pub payload: Digest,
    /// The key.
    pub keyid: &'a str,
    /// What was compared.
    pub checked: Checked,
    /// The digest of the payload of the repository's first root.
    pub first_root: Option<Digest>,
    /// When.
    pub at: sealift_metadata::Time,
}

impl Ledger {
    /// Reads the ledger of `home` without holding it.
    ///
    /// # Errors
    /// [`Error::MalformedJson`] for a line that is not understood, [`Error::Io`].
    pub fn read(home: &Path) -> Result<Self> {
        let path = home.join("ledger.jsonl");
        let bytes = read_if_there(&path, LEDGER_BYTES)?.unwrap_or_default();
        let records = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| {
                serde_json::from_slice(line).map_err(|source| Error::MalformedJson {
                    path: path.clone(),
                    source,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            path,
            records,
            _lock: None,
        })
    }

    /// Reads the ledger of `home` and holds it, so that no other process signs in between.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn hold(home: &Path) -> Result<Self> {
        create_private_dir(home)?;
        let lock = lock(home)?;
        Ok(Self {
            _lock: Some(lock),
            ..Self::read(home)?
        })
    }

    /// The payload that was signed last under the role's version, if it was another one: by any
    /// key of this signer for the repository, or by this key for any repository.
    pub fn conflict(&self, entry: &Entry<'_>) -> Option<Digest> {
        let last = self.records.iter().rev().find_map(|record| match record {
            Record::Signed {
                repository,
                role,
                version,
                payload_sha256,
                keyid,
                ..
            } if (repository == entry.repository || keyid == entry.keyid)
                && role == entry.role.as_str()
                && *version == entry.version =>
            {
                Some(*payload_sha256)
            }
            _ => None,
        });
        last.filter(|digest| *digest != entry.payload)
    }

    /// Whether this signer signed a root of this version with other contents: then a root that
    /// is shown for the first time is not the one that was agreed on.
    pub fn signed_other_root(&self, repository: &Slug, version: u64, payload: Digest) -> bool {
        let mut signed = self.records.iter().filter_map(|record| match record {
            Record::Signed {
                repository: of,
                role,
                version: number,
                payload_sha256,
                ..
            } if of == repository && role == "root" && *number == version => Some(*payload_sha256),
            _ => None,
        });
        let mut signed_any = false;
        let signed_same = signed.any(|digest| {
            signed_any = true;
            digest == payload
        });
        signed_any && !signed_same
    }

    /// Whether the key signed before, and only where another root came first. A first root that is
    /// still a proposal may become another one.
    pub fn signed_elsewhere(&self, keyid: &str, repository: &Slug, first: &FirstRoot) -> bool {
        let mut elsewhere = false;
        for record in &self.records {
            let Record::Signed {
                repository: of,
                keyid: by,
                first_root_sha256,
                ..
            } = record
            else {
                continue;
            };
            if by != keyid {
                continue;
            }
            let is_here = of == repository;
            match first_root_sha256 {
                Some(root) if *root == first.digest => return false,
                Some(_) if is_here && first.standing == Standing::Proposed => {}
                // Older lines know the repository by its name alone.
                None if is_here => return false,
                _ => elsewhere = true,
            }
        }
        elsewhere
    }

    /// The digest of the first root that was seen of a repository.
    pub fn first_root(&self, repository: &Slug) -> Option<Digest> {
        self.seen_roots()
            .filter(|(of, _, _)| *of == repository)
            .min_by_key(|(_, version, _)| *version)
            .map(|(_, _, digest)| digest)
    }

    /// The name under which a repository with this first root was seen.
    pub fn name_of(&self, first_root: Digest) -> Option<&Slug> {
        self.seen_roots()
            .map(|(repository, _, _)| repository)
            .find(|repository| self.first_root(repository) == Some(first_root))
    }

    fn seen_roots(&self) -> impl Iterator<Item = (&Slug, u64, Digest)> {
        self.records.iter().filter_map(|record| match record {
            Record::Seen {
                repository,
                role,
                version,
                payload_sha256,
            } if role == RoleId::Root.as_str() => Some((repository, *version, *payload_sha256)),
            _ => None,
        })
    }

    /// The newest version of a role that was seen in `known-good/`, and the digest of its payload.
    pub fn seen(&self, repository: &Slug, role: &RoleId) -> Option<(u64, Digest)> {
        self.records
            .iter()
            .filter_map(|record| match record {
                Record::Seen {
                    repository: of,
                    role: name,
                    version,
                    payload_sha256,
                } if of == repository && name == role.as_str() => Some((*version, *payload_sha256)),
                _ => None,
            })
            .max_by_key(|(version, _)| *version)
    }

    /// The roles that were ever seen in the `known-good/` of a repository.
    pub fn seen_roles(&self, repository: &Slug) -> Vec<RoleId> {
        let mut roles: Vec<RoleId> = self
            .records
            .iter()
            .filter_map(|record| match record {
                Record::Seen {
                    repository: of,
                    role,
                    ..
                } if of == repository => role.parse().ok(),
                _ => None,
            })
            .collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// Remembers what was seen, where it is newer.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn see(&mut self, repository: &Slug, seen: &[(RoleId, u64, Digest)]) -> Result<()> {
        let before = self.records.len();
        for (role, version, payload) in seen {
            let known = self.seen(repository, role);
            if known.is_none_or(|(known, _)| known < *version) {
                self.records.push(Record::Seen {
                    repository: repository.clone(),
                    role: role.to_string(),
                    version: *version,
                    payload_sha256: *payload,
                });
            }
        }
        if self.records.len() == before {
            return Ok(());
        }
        self.write()
    }

    /// Writes a signature down, before it is made.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sign(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.records.push(Record::Signed {
            repository: entry.repository.clone(),
            role: entry.role.to_string(),
            version: entry.version,
            payload_sha256: entry.payload,
            keyid: entry.keyid.to_owned(),
            checked: entry.checked,
            at: entry.at.to_string(),
            first_root_sha256: entry.first_root,
        });
        self.write()
    }

    fn write(&self) -> Result<()> {
        let mut bytes = Vec::new();
        for record in &self.records {
            let line = serde_json::to_vec(record).map_err(|source| Error::MalformedJson {
                path: self.path.clone(),
                source,
            })?;
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        }
        write_atomic(&self.path, &bytes)
    }
}
