//! The configuration file, TOML. Unknown keys are refused.
//!
//! | key | what | without it |
//! |---|---|---|
//! | `metadata` | list of URLs or folders that hold `timestamp.json`, tried in order | required |
//! | `targets` | list of URLs or folders that hold `images/` and `channels/`, tried in order | required |
//! | `root` | the pinned `1.root.json` | required |
//! | `state` | the state directory | required |
//! | `product`, `hardware`, `component`, `channel` | who the device is | required |
//! | `poll_seconds` | seconds between two polls of `run`, on average | 3600 |
//! | `others` | list of `{component, slot_bytes}`: up to three more components, which releases bring together with `component` | none |
//! | `tries` | boots that an image gets to be confirmed | 3 |
//! | `slot_bytes` | size of each slot in bytes | 268435456 |
//! | `reboot` | program and arguments to call when an image is installed | nothing is called |
//! | `hook_seconds` | seconds that a hook gets | 120 |
//!
//! Paths are relative to the folder of the file.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sealift_device::Others;
use sealift_device::others::Component;
use serde::Deserialize;

use crate::error::Error;
use crate::limits::CONFIG_BYTES;
use crate::transport::Origin;

/// A configuration that was checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) keys: Keys,
    pub(crate) metadata: Vec<Origin>,
    pub(crate) targets: Vec<Origin>,
    others: Vec<Component>,
}

/// The file as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    metadata: Vec<String>,
    targets: Vec<String>,
    pub(crate) root: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) product: String,
    pub(crate) hardware: String,
    pub(crate) component: String,
    pub(crate) channel: String,
    #[serde(default = "hourly")]
    pub(crate) poll_seconds: u64,
    #[serde(default)]
    others: Vec<OtherKeys>,
    #[serde(default = "three")]
    pub(crate) tries: u8,
    #[serde(default = "quarter_of_a_gibibyte")]
    pub(crate) slot_bytes: u64,
    #[serde(default)]
    pub(crate) reboot: Vec<String>,
    #[serde(default = "two_minutes")]
    pub(crate) hook_seconds: u64,
}

/// A component beside the first, as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherKeys {
    component: String,
    #[serde(default = "quarter_of_a_gibibyte")]
    slot_bytes: u64,
}

const fn hourly() -> u64 {
    3600
}

const fn three() -> u8 {
    3
}

const fn quarter_of_a_gibibyte() -> u64 {
    256 * 1024 * 1024
}

const fn two_minutes() -> u64 {
    120
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`Error::ConfigFile`], [`Error::ConfigText`], [`Error::ConfigValue`].
    pub fn read(path: &Path) -> crate::Result<Self> {
        let unreadable = |source| Error::ConfigFile {
            path: path.to_owned(),
            source,
        };
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(CONFIG_BYTES).read_to_string(&mut text))
            .map_err(unreadable)?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads a configuration; its paths are relative to `folder`.
    ///
    /// # Errors
    /// [`Error::ConfigText`], [`Error::ConfigValue`].
    pub fn parse(text: &str, folder: &Path) -> crate::Result<Self> {
        let mut keys: Keys = toml::from_str(text).map_err(|source| Error::ConfigText {
            source: Box::new(source),
        })?;
        keys.root = folder.join(&keys.root);
        keys.state = folder.join(&keys.state);
        keys.check()?;
        let origins = |list: &[String], key| {
            let origins = list.iter().map(|text| Origin::parse(text, folder));
            let origins: Option<Vec<Origin>> = origins.collect();
            let origins = origins.filter(|origins| !origins.is_empty());
            origins.ok_or(Error::ConfigValue { key })
        };
        Ok(Self {
            metadata: origins(&keys.metadata, "metadata")?,
            targets: origins(&keys.targets, "targets")?,
            others: keys.components()?,
            keys,
        })
    }

    /// The same, with one other place for metadata and targets: a URL or a folder that holds
    /// `metadata/` and `targets/`.
    ///
    /// # Errors
    /// [`Error::ConfigValue`].
    pub fn with_origin(&self, place: &str) -> crate::Result<Self> {
        let origin = Origin::parse(place, Path::new(""));
        let origin = origin.ok_or(Error::ConfigValue { key: "DIR_OR_URL" })?;
        Ok(Self {
            keys: self.keys.clone(),
            metadata: vec![origin.below("metadata")],
            targets: vec![origin.below("targets")],
            others: self.others.clone(),
        })
    }

    pub(crate) fn device(&self) -> sealift_device::Device<'_> {
        self.keys.device()
    }

    /// The components beside the first.
    pub(crate) fn others(&self) -> &[Component] {
        &self.others
    }
}

impl Keys {
    fn device(&self) -> sealift_device::Device<'_> {
        sealift_device::Device {
            product: &self.product,
            hardware: &self.hardware,
            component: &self.component,
            channel: &self.channel,
            slot_bytes: self.slot_bytes,
            erase_bytes: 1,
            tries: self.tries,
        }
    }

    fn components(&self) -> crate::Result<Vec<Component>> {
        let others = self.others.iter();
        let others = others.map(|keys| Component::new(&keys.component, keys.slot_bytes));
        let others: Vec<Component> = others.collect::<Result<_, _>>()?;
        // Too many, or one of them twice.
        Others::new(&self.component, &others, &[])?;
        Ok(others)
    }

    fn check(&self) -> crate::Result<()> {
        self.device().check()?;
        for (is_wrong, key) in [
            (self.poll_seconds == 0, "poll_seconds"),
            (self.hook_seconds == 0, "hook_seconds"),
        ] {
            if is_wrong {
                return Err(Error::ConfigValue { key });
            }
        }
        Ok(())
    }
}
