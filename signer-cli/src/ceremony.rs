//! The ceremony folder, which the signers share: by a share, by git, or on a USB stick.
//!
//! | path | what |
//! |---|---|
//! | `sealift.toml` | names, periods, device profile ([`crate::settings`]) |
//! | `known-good/ROLE.json`, `known-good/N.root.json` | the documents in force |
//! | `changes/ROLE/payload.json` | what is proposed: the canonical `signed` |
//! | `changes/ROLE/signatures/KEYID.json` | who signed it so far |
//! | `blobs/SHA256` | images, block tables, release and channel documents |
//!
//! How far a change has come is never written down: it follows from these files.

use std::fs::File;
use std::path::{Path, PathBuf};

use sealift_metadata::write::Draft;
use sealift_metadata::{Digest, Time};

use crate::change::Change;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::files::{self, lock, names_in, read_if_there, remove_dir, write_atomic};
use crate::limits::{BLOB_DOCUMENT_BYTES, ROOT_DOCUMENT_BYTES, TARGETS_DOCUMENT_BYTES};
use crate::names::RoleId;
use crate::settings::Settings;

/// A ceremony folder.
#[derive(Debug)]
pub struct Ceremony {
    dir: PathBuf,
    /// `sealift.toml`.
    pub settings: Settings,
    _lock: Option<File>,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The role.
    pub role: RoleId,
    /// The version proposed.
    pub version: u64,
    /// Signatures that were dropped, because they were over other contents.
    pub dropped: usize,
}

impl Ceremony {
    /// Opens a folder to look at it.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn open(dir: &Path) -> Result<Self> {
        Ok(Self {
            dir: dir.to_owned(),
            settings: Settings::read(dir)?,
            _lock: None,
        })
    }

    /// Opens a folder to change it: no other process does so meanwhile.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn open_to_change(dir: &Path) -> Result<Self> {
        // Before the lock, so that a wrong folder gets no lock file.
        Settings::read(dir)?;
        let lock = lock(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            settings: Settings::read(dir)?,
            _lock: Some(lock),
        })
    }

    /// Begins a ceremony in `dir`.
    ///
    /// # Errors
    /// [`Error::CeremonyExists`], and as [`Settings::write`].
    pub fn begin(dir: &Path, settings: Settings) -> Result<Self> {
        files::create_dir(dir)?;
        let lock = lock(dir)?;
        if dir.join(crate::settings::FILE).exists() || dir.join("known-good").exists() {
            return Err(Error::CeremonyExists {
                dir: dir.to_owned(),
            });
        }
        Ok(Self {
            dir: dir.to_owned(),
            settings,
            _lock: Some(lock),
        })
    }

    /// Writes `sealift.toml`.
    ///
    /// # Errors
    /// As [`Settings::write`].
    pub fn write_settings(&self) -> Result<()> {
        self.settings.write(&self.dir)
    }

    /// The document of a role that is in force.
    ///
    /// # Errors
    /// [`Error::Document`] for one that cannot be read, [`Error::Io`].
    pub fn known_good(&self, role: &RoleId) -> Result<Option<Document>> {
        let path = self.known_path(&format!("{}.json", role.quoted()));
        let limit = match role {
            RoleId::Root => ROOT_DOCUMENT_BYTES,
            _ => TARGETS_DOCUMENT_BYTES,
        };
        read_if_there(&path, limit)?
            .map(|bytes| Document::read(role, bytes, &path))
            .transpose()
    }

    /// A root that is or was in force.
    ///
    /// # Errors
    /// As [`Self::known_good`].
    pub fn known_root(&self, version: u64) -> Result<Option<Document>> {
        let path = self.known_path(&format!("{version}.root.json"));
        read_if_there(&path, ROOT_DOCUMENT_BYTES)?
            .map(|bytes| Document::read(&RoleId::Root, bytes, &path))
            .transpose()
    }

    /// The roles that have a document in force.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a name that is none of a role, [`Error::Io`].
    pub fn known_roles(&self) -> Result<Vec<RoleId>> {
        let folder = self.dir.join("known-good");
        let mut roles = Vec::new();
        for name in names_in(&folder)? {
            let is_old_root = name.strip_suffix(".root.json").is_some_and(is_number);
            if is_old_root {
                continue;
            }
            let role = name
                .strip_suffix(".json")
                .and_then(|stem| stem.parse().ok());
            roles.push(role.ok_or_else(|| Error::Malformed {
                path: folder.join(&name),
                fault: "not the name of a role",
            })?);
        }
        roles.sort();
        Ok(roles)
    }

    /// The roles that a change is pending for.
    ///
    /// # Errors
    /// As [`Self::known_roles`].
    pub fn changed_roles(&self) -> Result<Vec<RoleId>> {
        let folder = self.dir.join("changes");
        let parse = |name: &String| {
            name.parse().map_err(|_| Error::Malformed {
                path: folder.join(name),
                fault: "not the name of a role",
            })
        };
        let mut roles: Vec<RoleId> = names_in(&folder)?
            .iter()
            .map(parse)
            .collect::<Result<_>>()?;
        roles.sort();
        Ok(roles)
    }

    /// The pending change of a role.
    ///
    /// # Errors
    /// As [`Change::read`].
    pub fn change(&self, role: &RoleId) -> Result<Option<Change>> {
        if !self.change_folder(role).join("payload.json").exists() {
            return Ok(None);
        }
        Change::read(&self.change_folder(role), role).map(Some)
    }

    /// The folder of a role's change.
    pub fn change_folder(&self, role: &RoleId) -> PathBuf {
        self.dir.join("changes").join(role.quoted())
    }

    /// The next version of a role, to be worked on: the pending one if there is one, otherwise
    /// the one after the document in force. `None` where there is neither.
    ///
    /// # Errors
    /// [`Error::StaleChange`] for a pending one that does not follow the document in force.
    pub fn next(&self, role: &RoleId) -> Result<Option<Draft>> {
        let known = self.known_good(role)?;
        let known_version = known.as_ref().map_or(0, |document| document.version);
        if let Some(change) = self.change(role)? {
            if change.version != known_version.saturating_add(1) {
                return Err(Error::StaleChange {
                    role: role.to_string(),
                    known: known_version,
                    offered: change.version,
                });
            }
            return change.draft().map(Some);
        }
        let Some(known) = known else { return Ok(None) };
        let mut draft = Draft::of_document(&known.bytes).map_err(Error::metadata(role))?;
        let version = draft.version().map_err(Error::metadata(role))?;
        draft.set_version(version.next());
        Ok(Some(draft))
    }

    /// Makes a change of a draft, with a fresh expiry and the repository's `spec_version`.
    ///
    /// # Errors
    /// [`Error::Metadata`] for what must not be signed.
    pub fn prepare(&self, role: &RoleId, mut draft: Draft, now: Time) -> Result<Change> {
        draft.set_expires(self.settings.expires(role, now));
        draft.set("spec_version", self.settings.spec_version.as_str());
        let version = draft.version().map_err(Error::metadata(role))?.get();
        let value = draft.finish().map_err(Error::metadata(role))?;
        let payload = value.encode();
        Ok(Change {
            role: role.clone(),
            digest: Digest::of(&payload),
            version,
            value,
            payload,
            signatures: Vec::new(),
        })
    }

    /// Puts a change into the folder. Signatures over other contents are dropped.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn propose(&self, change: &Change) -> Result<Proposed> {
        let folder = self.change_folder(&change.role);
        let before = self.change(&change.role)?;
        let same = before
            .as_ref()
            .is_some_and(|before| before.digest == change.digest);
        if !same {
            // The signatures go first: they must never lie beside what they are not over.
            if folder.join("signatures").exists() {
                remove_dir(&folder.join("signatures"))?;
            }
            write_atomic(&folder.join("payload.json"), &change.payload)?;
        }
        let dropped = before.filter(|_| !same);
        Ok(Proposed {
            role: change.role.clone(),
            version: change.version,
            dropped: dropped.map_or(0, |before| before.signatures.len()),
        })
    }

    /// Puts a document in force and ends its change.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn accept(&self, role: &RoleId, version: u64, document: &[u8]) -> Result<()> {
        if *role == RoleId::Root {
            write_atomic(&self.known_path(&format!("{version}.root.json")), document)?;
        }
        write_atomic(
            &self.known_path(&format!("{}.json", role.quoted())),
            document,
        )?;
        self.clear_change(role)
    }

    /// Ends the change of a role.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn clear_change(&self, role: &RoleId) -> Result<()> {
        remove_dir(&self.change_folder(role))
    }

    /// The path of a blob.
    pub fn blob_path(&self, sha256: &Digest) -> PathBuf {
        self.dir.join("blobs").join(sha256.to_string())
    }

    /// Keeps a small document as a blob.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put_blob(&self, bytes: &[u8]) -> Result<Digest> {
        let sha256 = Digest::of(bytes);
        write_atomic(&self.blob_path(&sha256), bytes)?;
        Ok(sha256)
    }

    /// A small document that was kept as a blob, checked against its digest.
    ///
    /// # Errors
    /// [`Error::BlobMismatch`], [`Error::FileTooLong`], [`Error::Io`].
    pub fn blob(&self, sha256: &Digest) -> Result<Option<Vec<u8>>> {
        let bytes = read_if_there(&self.blob_path(sha256), BLOB_DOCUMENT_BYTES)?;
        match bytes {
            Some(bytes) if Digest::of(&bytes) != *sha256 => {
                Err(Error::BlobMismatch { sha256: *sha256 })
            }
            other => Ok(other),
        }
    }

    fn known_path(&self, name: &str) -> PathBuf {
        self.dir.join("known-good").join(name)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
