//! The configuration: defaults < file < environment < flags, read once at start.

/// The table of settings.
mod setting;

pub use setting::{SETTINGS, Setting};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The file that is read when no other is named, inside the data directory.
pub const FILE: &str = "sealift-server.toml";

/// What the server was told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Which events are logged (`info`, `debug`, `sealift_server=debug`, …).
    pub log: String,
    /// Length in bytes of the largest blob that is taken.
    pub blob_bytes_most: u64,
    /// Length in bytes of the largest change that is taken.
    pub change_bytes_most: u64,
    /// Connections served at once.
    pub connections_most: u64,
    /// Uploads taken at once.
    pub uploads_most: u64,
    /// Life of a snapshot in seconds.
    pub snapshot_seconds: u64,
    /// Life of a timestamp in seconds.
    pub timestamp_seconds: u64,
    /// Days that a token lives unless its maker says otherwise.
    pub token_days: u64,
    /// Whether the clock is taken for right at this start, however far it stands from the last
    /// timestamp. No setting: the one who starts the server says so, once (`serve --accept-clock`).
    pub accept_clock: bool,
}

/// Where a setting's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// The file.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(String),
    /// The flag of this name.
    Flag(&'static str),
}

/// Why the configuration was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {file}: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{file} is not TOML: {source}")]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What the parser said.
        source: Box<toml::de::Error>,
    },
    /// The file sets something that does not exist.
    #[error("{file}: there is no setting `{key}`")]
    Unknown {
        /// The file.
        file: PathBuf,
        /// The key in the file.
        key: String,
    },
    /// A value is not of its setting's kind, or out of its bounds.
    #[error("`{key}` ({from}) has the value `{value}`; it must be {wanted}")]
    Invalid {
        /// The setting.
        key: &'static str,
        /// Where the value comes from.
        from: Source,
        /// The value.
        value: String,
        /// What it must be.
        wanted: String,
    },
}

/// What was read of each setting.
pub type Explained = BTreeMap<&'static str, (String, Source)>;

impl Config {
    /// The configuration of a server that nobody told anything but its data directory.
    ///
    /// # Errors
    /// None in practice: the defaults are valid.
    pub fn of_data(data: &Path) -> Result<Self, ConfigError> {
        Self::from_values(data, &defaults())
    }

    /// Reads every layer. `file` must exist when it is given; the file of the data directory may
    /// be absent. `environment` looks a variable up; `flags` are the settings given as flags.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn read(
        data: &Path,
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
        flags: &[(&'static str, String)],
    ) -> Result<(Self, Explained), ConfigError> {
        let mut values = defaults();
        read_file(data, file, &mut values)?;
        for setting in SETTINGS {
            let variable = setting.variable();
            if let Some(value) = environment(&variable) {
                values.insert(setting.key, (value, Source::Environment(variable)));
            }
        }
        for (key, value) in flags {
            values.insert(key, (value.clone(), Source::Flag(key)));
        }
        Ok((Self::from_values(data, &values)?, values))
    }

    fn from_values(data: &Path, values: &Explained) -> Result<Self, ConfigError> {
        let text = |key| values.get(key).map_or("", |(value, _)| value.as_str());
        let number = |key| setting::number(key, values);
        Ok(Self {
            data: data.to_owned(),
            listen: setting::address("listen", values)?,
            log: text("log").to_owned(),
            blob_bytes_most: number("blob_bytes_most")?,
            change_bytes_most: number("change_bytes_most")?,
            connections_most: number("connections_most")?,
            uploads_most: number("uploads_most")?,
            snapshot_seconds: number("snapshot_seconds")?,
            timestamp_seconds: number("timestamp_seconds")?,
            token_days: number("token_days")?,
            accept_clock: false,
        })
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => write!(f, "--{flag}"),
        }
    }
}

fn defaults() -> Explained {
    let default = |setting: &Setting| (setting.default.to_owned(), Source::Default);
    SETTINGS.iter().map(|it| (it.key, default(it))).collect()
}

fn read_file(data: &Path, named: Option<&Path>, values: &mut Explained) -> Result<(), ConfigError> {
    let file = named.map_or_else(|| data.join(FILE), Path::to_owned);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(source) if named.is_none() && source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(());
        }
        Err(source) => return Err(ConfigError::Unreadable { file, source }),
    };
    let table: toml::Table = text.parse().map_err(|source| ConfigError::Malformed {
        file: file.clone(),
        source: Box::new(source),
    })?;
    for (key, value) in table {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            return Err(ConfigError::Unknown { file, key });
        };
        let value = match value {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        values.insert(setting.key, (value, Source::File(file.clone())));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
