//! What a change means, in the words of the domain: the difference to the document in force.
//!
//! Everything that differs is shown. What has no words here appears as it stands in the document:
//! the parts that were put into words are taken out of a copy, and what is left is compared.

use sealift_metadata::write::Value;
use sealift_metadata::{Digest, Time};

use crate::ceremony::Ceremony;
use crate::change::Change;
use crate::error::{Error, Result};
use crate::limits::DAY_SECONDS;
use crate::names::RoleId;
use crate::tally::Progress;
use crate::view::View;

/// Channel documents.
mod channels;
/// Images and release documents.
mod product;
/// What is left over.
mod rest;
/// What an image target says, once it is in words.
mod said;
/// For people and for programs.
mod show;
/// Who may sign: roles of the root, and delegations.
mod signers;

use rest::Sides;

/// A change, ready to be read.
#[derive(Clone, Debug)]
pub struct Review {
    /// The repository.
    pub repository: String,
    /// The role.
    pub role: RoleId,
    /// The version in force, if there is one.
    pub known_version: Option<u64>,
    /// The version proposed.
    pub version: u64,
    /// When the document in force expires.
    pub known_expires: Option<String>,
    /// When the proposed one does.
    pub expires: String,
    /// Days from now to that.
    pub days: u64,
    /// The version of the TUF specification that it is written in.
    pub format: String,
    /// Who signs, one line for each set of signers.
    pub signers: Vec<String>,
    /// What changes.
    pub items: Vec<Item>,
    /// The digest of the payload: what signers read out to each other.
    pub payload_sha256: Digest,
}

/// One thing that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// How.
    pub mark: Mark,
    /// What.
    pub text: String,
    /// More about it, by name.
    pub details: Vec<(String, String)>,
}

/// How a thing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `+` it comes.
    Add,
    /// `-` it goes.
    Remove,
    /// `~` it becomes something else.
    Change,
    /// `=` nothing changes, and that is worth saying.
    Same,
    /// `!` look twice.
    Warn,
}

impl Item {
    /// An item without details.
    pub fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self {
            mark,
            text: text.into(),
            details: Vec::new(),
        }
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.details.push((name.to_owned(), value.into()));
        self
    }
}

impl Review {
    /// Works out what a pending change means.
    ///
    /// # Errors
    /// [`Error::Metadata`] for a change that cannot be read, [`Error::MissingBlob`] where a
    /// document that it publishes cannot be shown.
    pub fn of(ceremony: &Ceremony, view: &View, change: &Change, now: Time) -> Result<Self> {
        let role = &change.role;
        let known = view.known(role);
        let mut sides = Sides::new(known.map(|known| &known.value), &change.value);
        sides.take("_type");
        sides.take("version");
        let (old_format, format) = sides.take("spec_version");
        let (known_expires, expires) = sides.take("expires");
        let expires = text_of(expires.as_ref()).unwrap_or_default();
        let expires_at = Time::parse(&expires).map_err(Error::metadata(role))?;
        let mut items = match role {
            RoleId::Root => signers::of_root(&ceremony.settings, &mut sides),
            RoleId::Targets => signers::of_delegations(&ceremony.settings, &mut sides),
            RoleId::Channels => channels::describe(ceremony, view, &mut sides)?,
            RoleId::Product(product) => product::describe(view, product, &mut sides, now)?,
        };
        let (old_format, format) = (text_of(old_format.as_ref()), text_of(format.as_ref()));
        if let Some(old) = old_format.filter(|old| format.as_ref() != Some(old)) {
            let format = format.as_deref().unwrap_or("none");
            let text = format!("written in TUF {old} -> {format}");
            items.push(Item::new(Mark::Change, text));
        }
        items.extend(sides.into_rest());
        if known.is_some_and(|known| known.digest == change.digest) {
            items = vec![Item::new(
                Mark::Same,
                "nothing: these bytes are in force already",
            )];
        } else if items.is_empty() {
            let text = match known {
                Some(_) => "nothing but the version and the expiry",
                None => "an empty document",
            };
            items.push(Item::new(Mark::Same, text));
        }
        Ok(Self {
            repository: ceremony.settings.repository.to_string(),
            role: role.clone(),
            known_version: known.map(|known| known.version),
            version: change.version,
            known_expires: text_of(known_expires.as_ref()),
            expires,
            days: expires_at.seconds().saturating_sub(now.seconds()) / DAY_SECONDS,
            format: format.unwrap_or_default(),
            signers: describe_signers(ceremony, view, change)?,
            items,
            payload_sha256: change.digest,
        })
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(ToOwned::to_owned)
}

fn describe_signers(ceremony: &Ceremony, view: &View, change: &Change) -> Result<Vec<String>> {
    let progress = Progress::of(view, change)?;
    let lines = progress.tallies.iter().map(|tally| {
        let keyids: Vec<String> = [&tally.signed[..], &tally.missing[..]].concat();
        let names = ceremony.settings.call_all(&keyids);
        let label = if tally.label.is_empty() {
            String::new()
        } else {
            format!("{}: ", tally.label)
        };
        format!(
            "{label}{} of {} ({})",
            tally.threshold,
            keyids.len(),
            names.join(", ")
        )
    });
    Ok(lines.collect())
}
