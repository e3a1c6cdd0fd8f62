//! What the agent says of itself: `status`, and the file `status.json`.

use std::fmt;

use sealift_device::Others;
use sealift_device::slot::{SlotId, SlotRecord, SlotState};
use sealift_metadata::Time;
use serde::{Deserialize, Serialize};

use crate::agent::Outcome;
use crate::config::Config;
use crate::error::Error;
use crate::store::Store;
use crate::{Result, VERSION};

/// The state of a device.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The version of this form.
    pub schema: u32,
    /// The version of the agent.
    pub agent: &'static str,
    /// The product.
    pub product: String,
    /// The component that the slots hold.
    pub component: String,
    /// The channel.
    pub channel: String,
    /// The slot of the confirmed image.
    pub active: &'static str,
    /// The version of the confirmed image, if there is one.
    pub installed: Option<String>,
    /// Its sequence.
    pub sequence: Option<u64>,
    /// The security floor.
    pub floor: u64,
    /// Slot A.
    pub a: Slot,
    /// Slot B.
    pub b: Slot,
    /// The components beside the first, where the device has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
    /// Images that failed here and are not tried again.
    pub failures: Vec<Failure>,
    /// Versions of the metadata that was accepted.
    pub metadata: Metadata,
    /// How the last poll ended, if one did.
    pub last: Option<Last>,
}

/// A slot.
#[derive(Clone, Debug, Serialize)]
pub struct Slot {
    /// `empty`, `receiving`, `staged`, `trial`, `confirmed` or `failed`.
    pub state: &'static str,
    /// The version of its image.
    pub version: String,
    /// The sequence of its image.
    pub sequence: u64,
    /// The image's digest in hexadecimal digits.
    pub sha256: String,
    /// On trial: boots that are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boots_left: Option<u8>,
    /// Receiving: the block that comes next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_block: Option<u32>,
    /// Failed: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
}

/// A component beside the first. It runs from the slot of the same letter as the first one.
#[derive(Clone, Debug, Serialize)]
pub struct Other {
    /// Its name.
    pub component: String,
    /// Its security floor.
    pub floor: u64,
    /// Slot A.
    pub a: Slot,
    /// Slot B.
    pub b: Slot,
}

/// An image that failed.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Its sequence.
    pub sequence: u64,
    /// Why.
    pub cause: &'static str,
}

/// Versions that must not fall.
#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    /// Of the root.
    pub root: u64,
    /// Of the timestamp.
    pub timestamp: u64,
    /// Of the snapshot.
    pub snapshot: u64,
}

/// How a poll ended.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// When.
    #[serde(default)]
    pub at: String,
    /// `up_to_date`, `staged`, `installed`, `awaiting_confirmation`, or the stable name of an error.
    pub result: String,
    /// The number of the error; 0 for none.
    pub code: u16,
    /// A sentence for a person.
    pub detail: String,
}

impl Last {
    pub(crate) fn of(result: &Result<Outcome>) -> Self {
        let (result, code, detail) = match result {
            Ok(Outcome::UpToDate { .. }) => ("up_to_date", 0, String::new()),
            Ok(Outcome::Installed { .. }) => ("installed", 0, String::new()),
            Ok(Outcome::Staged { .. }) => ("staged", 0, String::new()),
            Ok(Outcome::AwaitingConfirmation { .. }) => ("awaiting_confirmation", 0, String::new()),
            Err(error) => (error.name(), error.code(), error.to_string()),
        };
        Self {
            at: String::new(),
            result: result.to_owned(),
            code,
            detail,
        }
    }

    pub(crate) fn at(self, now: Time) -> Self {
        let at = now.to_string();
        Self { at, ..self }
    }
}

impl Status {
    /// Reads the state; `last` stands for what the file remembers when it is given.
    pub(crate) fn of(config: &Config, store: &Store, last: Option<Last>) -> Result<Self> {
        let records = store.records()?;
        let state = records.state();
        let floors = store.floors()?.log().floors.clone();
        let keys = &config.keys;
        let installed = state.installed();
        Ok(Self {
            schema: 1,
            agent: VERSION,
            product: keys.product.clone(),
            component: keys.component.clone(),
            channel: keys.channel.clone(),
            active: state.active.name(),
            installed: installed.map(|slot| slot.version.as_str().to_owned()),
            sequence: installed.map(|slot| slot.sequence),
            floor: state.floor,
            a: Slot::of(state.slot(SlotId::A)),
            b: Slot::of(state.slot(SlotId::B)),
            others: Other::all(&store.others(config)?),
            failures: state
                .failures
                .iter()
                .map(|failure| Failure {
                    sequence: failure.sequence,
                    cause: failure.cause.name(),
                })
                .collect(),
            metadata: Metadata {
                root: floors.root,
                timestamp: floors.timestamp,
                snapshot: floors.snapshot,
            },
            last: match last {
                Some(last) => Some(last),
                None => remembered(store)?,
            },
        })
    }

    /// The state as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// How the last poll ended, says the file. It is only read by people: one that cannot be
/// understood is one that is not there.
fn remembered(store: &Store) -> Result<Option<Last>> {
    #[derive(Deserialize)]
    struct Remembered {
        last: Option<Last>,
    }
    let file = store.read("status.json")?.unwrap_or_default();
    Ok(serde_json::from_slice::<Remembered>(&file)
        .ok()
        .and_then(|file| file.last))
}

impl Other {
    fn all(others: &Others) -> Vec<Self> {
        let all = others.components().iter().zip(others.parts());
        let all = all.map(|(component, part)| Self {
            component: component.name().to_owned(),
            floor: part.floor,
            a: Slot::of(part.slot(SlotId::A)),
            b: Slot::of(part.slot(SlotId::B)),
        });
        all.collect()
    }
}

impl Slot {
    fn of(slot: &SlotRecord) -> Self {
        let (mut boots_left, mut next_block, mut cause) = (None, None, None);
        let state = match slot.state {
            SlotState::Empty => "empty",
            SlotState::Receiving { block, .. } => {
                next_block = Some(block);
                "receiving"
            }
            SlotState::Staged => "staged",
            SlotState::Trial { left, .. } => {
                boots_left = Some(left);
                "trial"
            }
            SlotState::Confirmed => "confirmed",
            SlotState::Failed(why) => {
                cause = Some(why.name());
                "failed"
            }
        };
        Self {
            state,
            version: slot.version.as_str().to_owned(),
            sequence: slot.sequence,
            sha256: slot.sha256.to_string(),
            boots_left,
            next_block,
            cause,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.state)?;
        if self.state != "empty" {
            write!(f, " {} (sequence {})", self.version, self.sequence)?;
        }
        if let Some(left) = self.boots_left {
            write!(f, ", {left} boots left to be confirmed")?;
        }
        if let Some(block) = self.next_block {
            write!(f, ", block {block} comes next")?;
        }
        if let Some(cause) = self.cause {
            write!(f, ", {cause}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} {} on channel {}",
            self.product, self.component, self.channel
        )?;
        match (&self.installed, self.sequence) {
            (Some(version), Some(sequence)) => writeln!(
                f,
                "runs      {version} (sequence {sequence}, slot {}, floor {})",
                self.active, self.floor
            )?,
            _ => writeln!(f, "runs      nothing that was confirmed")?,
        }
        for (name, slot) in [("a", &self.a), ("b", &self.b)] {
            writeln!(f, "slot {name}    {slot}")?;
        }
        for other in &self.others {
            for (name, slot) in [("a", &other.a), ("b", &other.b)] {
                writeln!(f, "slot {name}    {} {slot}", other.component)?;
            }
        }
        for Failure { sequence, cause } in &self.failures {
            writeln!(f, "failed    sequence {sequence}: {cause}")?;
        }
        let Metadata {
            root,
            timestamp,
            snapshot,
        } = self.metadata;
        writeln!(
            f,
            "metadata  root {root}, timestamp {timestamp}, snapshot {snapshot}"
        )?;
        match &self.last {
            Some(last) => write!(f, "last poll {} {} {}", last.at, last.result, last.detail),
            None => write!(f, "last poll never"),
        }
    }
}

/// What the error of a command is called on the command line.
pub(crate) const fn verb(error: &Error) -> &'static str {
    match crate::exit::of(error) {
        crate::exit::REFUSED => "refused",
        _ => "error",
    }
}
