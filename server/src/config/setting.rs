//! The table of settings: what can be told, in one place, for the file, the environment, the
//! explanation and the manual.

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use super::{ConfigError, Explained, Source};
use crate::limits::TOKEN_DAYS_MOST;

/// One thing that can be told.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its key in the file.
    pub key: &'static str,
    /// Its value when nobody says anything.
    pub default: &'static str,
    /// The bounds of a number; `None` for text.
    pub bounds: Option<RangeInclusive<u64>>,
    /// What it is, for people.
    pub what: &'static str,
}

impl Setting {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("SEALIFT_{}", self.key.to_uppercase())
    }
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "listen",
        default: "127.0.0.1:8600",
        bounds: None,
        what: "address and port to listen on",
    },
    Setting {
        key: "log",
        default: "info",
        bounds: None,
        what: "which events are logged",
    },
    Setting {
        key: "blob_bytes_most",
        default: "1073741824",
        bounds: Some(1..=1 << 40),
        what: "bytes of the largest blob that is taken",
    },
    Setting {
        key: "change_bytes_most",
        default: "8388608",
        bounds: Some(1024..=1 << 28),
        what: "bytes of the largest change that is taken",
    },
    Setting {
        key: "connections_most",
        default: "1024",
        bounds: Some(1..=65_536),
        what: "connections served at once; others wait",
    },
    Setting {
        key: "uploads_most",
        default: "16",
        bounds: Some(1..=1024),
        what: "uploads taken at once; others are asked to come back",
    },
    Setting {
        key: "snapshot_seconds",
        default: "604800",
        bounds: Some(3600..=31_536_000),
        what: "life of a snapshot in seconds",
    },
    Setting {
        key: "timestamp_seconds",
        default: "86400",
        bounds: Some(600..=2_592_000),
        what: "life of a timestamp in seconds",
    },
    Setting {
        key: "token_days",
        default: "90",
        bounds: Some(1..=TOKEN_DAYS_MOST),
        what: "days that a token lives unless its maker says otherwise",
    },
];

/// The value of a setting that is a number within its bounds.
pub(super) fn number(key: &'static str, values: &Explained) -> Result<u64, ConfigError> {
    let bounds = SETTINGS
        .iter()
        .find(|setting| setting.key == key)
        .and_then(|setting| setting.bounds.clone())
        .unwrap_or(0..=u64::MAX);
    let (value, from) = value(key, values);
    value
        .parse()
        .ok()
        .filter(|number| bounds.contains(number))
        .ok_or_else(|| ConfigError::Invalid {
            key,
            wanted: format!("a number from {} to {}", bounds.start(), bounds.end()),
            value,
            from,
        })
}

/// The value of a setting that is an address with a port.
pub(super) fn address(key: &'static str, values: &Explained) -> Result<SocketAddr, ConfigError> {
    let (value, from) = value(key, values);
    value.parse().map_err(|_| ConfigError::Invalid {
        key,
        wanted: "an IP address and a port, such as 127.0.0.1:8600".to_owned(),
        value,
        from,
    })
}

fn value(key: &'static str, values: &Explained) -> (String, Source) {
    values
        .get(key)
        .cloned()
        .unwrap_or((String::new(), Source::Default))
}
