//! The root that a repository begins with. It tells the repository from every other: names stand
//! in a file that nobody signs.

use sealift_metadata::Digest;

/// The first root of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstRoot {
    /// The digest of its payload.
    pub digest: Digest,
    /// How this signer stands to it.
    pub standing: Standing,
}

/// How a signer stands to a repository's first root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not in force yet.
    Proposed,
    /// It is in force, and is seen for the first time.
    Fresh,
    /// It was seen before.
    Pinned,
}

impl FirstRoot {
    /// What a signer compares with the others at the first look; `None` from then on.
    pub fn introduction(&self) -> Option<String> {
        let what = match self.standing {
            Standing::Proposed => "no root is in force yet; the proposed one",
            Standing::Fresh => "this is your first look at this repository; its first root",
            Standing::Pinned => return None,
        };
        Some(format!(
            "note: {what} has the payload digest\n  {}\nhint: compare it with what the other \
             signers have\n",
            self.digest
        ))
    }
}
