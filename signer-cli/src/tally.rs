//! Who has signed a change, and who has not: worked out from the files, never written down.

use sealift_metadata::key::PublicKey;

use crate::change::{Change, SignatureFile};
use crate::error::Result;
use crate::settings::Settings;
use crate::view::{SignerSet, View};

/// The signatures of one set of signers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// `old root`, `new root`, or empty.
    pub label: &'static str,
    /// How many distinct keys must sign.
    pub threshold: u8,
    /// The ids of the keys that did, each key once.
    pub signed: Vec<String>,
    /// The ids of the keys that did not.
    pub missing: Vec<String>,
}

impl Tally {
    /// Whether enough have signed.
    pub fn is_met(&self) -> bool {
        self.signed.len() >= usize::from(self.threshold)
    }

    /// `officer-1 and officer-2`, or `2 of officer-1, officer-2, officer-3`.
    fn waiting_for(&self, settings: &Settings) -> String {
        let names = settings.call_all(&self.missing);
        let needed = usize::from(self.threshold).saturating_sub(self.signed.len());
        if needed == names.len() {
            names.join(" and ")
        } else if needed == 1 {
            names.join(" or ")
        } else {
            format!("{needed} of {}", names.join(", "))
        }
    }

    /// `1 of 2 signatures`, or `old root 1/2`.
    pub fn progress(&self) -> String {
        let (have, need) = (self.signed.len(), self.threshold);
        if self.label.is_empty() {
            format!("{have} of {need} signatures")
        } else {
            format!("{} {have}/{need}", self.label)
        }
    }
}

/// The state of a change.
#[derive(Clone, Debug)]
pub struct Progress {
    /// One tally, or two for a root that follows another.
    pub tallies: Vec<Tally>,
    /// The signatures that count, in the order of their key ids.
    pub signatures: Vec<(String, [u8; 64])>,
    /// The ids of keys whose signature counts for nobody: not a signer, over other contents, or
    /// just wrong.
    pub ignored: Vec<String>,
}

impl Progress {
    /// Counts the signatures of a change.
    ///
    /// # Errors
    /// As [`View::signer_sets`].
    pub fn of(view: &View, change: &Change) -> Result<Self> {
        let sets = view.signer_sets(&change.role)?;
        let tallies: Vec<Tally> = sets.iter().map(|set| count(change, set)).collect();
        let counts = |keyid: &String| tallies.iter().any(|tally| tally.signed.contains(keyid));
        let signatures = change
            .signatures
            .iter()
            .filter(|signature| counts(&signature.keyid))
            .filter_map(|signature| Some((signature.keyid.clone(), signature.bytes()?)))
            .collect();
        let ignored = change
            .signatures
            .iter()
            .map(|signature| &signature.keyid)
            .filter(|keyid| !counts(keyid))
            .cloned()
            .collect();
        Ok(Self {
            tallies,
            signatures,
            ignored,
        })
    }

    /// Whether the change is ready to be pushed.
    pub fn is_complete(&self) -> bool {
        self.tallies.iter().all(Tally::is_met)
    }

    /// `1 of 2 signatures`, or `old root 2/2, new root 1/3`.
    pub fn summary(&self) -> String {
        let parts: Vec<String> = self.tallies.iter().map(Tally::progress).collect();
        parts.join(", ")
    }

    /// Who still has to sign, in words. Two sets of signers wait for each their own.
    pub fn waiting_for(&self, settings: &Settings) -> String {
        let parts: Vec<String> = self
            .tallies
            .iter()
            .filter(|tally| !tally.is_met())
            .map(|tally| tally.waiting_for(settings))
            .collect();
        parts.join("; ")
    }
}

fn count(change: &Change, set: &SignerSet) -> Tally {
    let mut counted: Vec<PublicKey> = Vec::new();
    let mut signed = Vec::new();
    for (keyid, key) in &set.keys.keys {
        let made = change
            .signatures
            .iter()
            .any(|signature| signature.keyid == keyid.as_str() && verifies(change, signature, key));
        // One key under two ids counts once.
        if made && !counted.contains(key) {
            counted.push(key.clone());
            signed.push(keyid.as_str().to_owned());
        }
    }
    let missing = set
        .keys
        .keys
        .iter()
        .filter(|(_, key)| !counted.contains(key))
        .map(|(keyid, _)| keyid.as_str().to_owned())
        .collect();
    Tally {
        label: set.label,
        threshold: set.keys.threshold,
        signed,
        missing,
    }
}

fn verifies(change: &Change, signature: &SignatureFile, key: &PublicKey) -> bool {
    signature.payload_sha256 == change.digest
        && signature
            .bytes()
            .is_some_and(|bytes| key.verifies(&change.payload, &hex::encode(bytes)))
}
