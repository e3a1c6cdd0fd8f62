//! Passphrases: from the terminal, from a private file or from a file descriptor. Never from the
//! command line or the environment, where other processes can see them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret as _, SecretString};
use clap::Args;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::files::{check_private, open_regular};
use crate::limits::{PASSPHRASE_BYTES, PASSPHRASE_CHARS_MIN};
use crate::terminal::Terminal;

/// Where a passphrase comes from.
#[derive(Clone, Debug, Default, Args)]
pub struct PassphraseArgs {
    /// Read the passphrase from the first line of FILE, which only you may be able to read
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_fd")]
    pub passphrase_file: Option<PathBuf>,
    /// Read the passphrase from the open file descriptor N, for scripts
    #[arg(long, value_name = "N")]
    pub passphrase_fd: Option<u32>,
}

impl PassphraseArgs {
    /// The passphrase of an existing key.
    ///
    /// # Errors
    /// [`Error::NoTerminal`], [`Error::FileMode`], [`Error::Io`].
    pub fn ask(&self, name: &str, terminal: &mut dyn Terminal) -> Result<SecretString> {
        self.scripted()?
            .map_or_else(|| prompt(terminal, &format!("Passphrase of {name}: ")), Ok)
    }

    /// A passphrase for a key to be made; a person types it twice.
    ///
    /// # Errors
    /// As [`Self::ask`], [`Error::PassphraseTooShort`], [`Error::PassphrasesDiffer`].
    pub fn choose(&self, name: &str, terminal: &mut dyn Terminal) -> Result<SecretString> {
        if let Some(passphrase) = self.scripted()? {
            return check_length(passphrase);
        }
        let first = prompt(terminal, &format!("Passphrase for {name}: "))?;
        let first = check_length(first)?;
        let second = prompt(terminal, "The same again: ")?;
        if first.expose_secret() == second.expose_secret() {
            Ok(first)
        } else {
            Err(Error::PassphrasesDiffer)
        }
    }

    fn scripted(&self) -> Result<Option<SecretString>> {
        if let Some(path) = &self.passphrase_file {
            check_private(path)?;
            return read_first_line(open_regular(path)?, path).map(Some);
        }
        if let Some(number) = self.passphrase_fd {
            let path = PathBuf::from(format!("/dev/fd/{number}"));
            let file = File::open(&path).map_err(Error::io("read", &path))?;
            return read_first_line(file, &path).map(Some);
        }
        Ok(None)
    }
}

fn read_first_line(file: File, path: &Path) -> Result<SecretString> {
    // Room for everything at once, so that no copy is left behind by growing.
    let capacity = usize::try_from(PASSPHRASE_BYTES).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity.saturating_add(1)));
    file.take(PASSPHRASE_BYTES)
        .read_to_end(&mut bytes)
        .map_err(Error::io("read", path))?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    std::str::from_utf8(line)
        .map(SecretString::from)
        .map_err(|_| Error::Malformed {
            path: path.to_owned(),
            fault: "a passphrase that is not text",
        })
}

fn prompt(terminal: &mut dyn Terminal, text: &str) -> Result<SecretString> {
    terminal.secret(text).map_err(|_| Error::NoTerminal)
}

fn check_length(passphrase: SecretString) -> Result<SecretString> {
    if passphrase.expose_secret().chars().count() < PASSPHRASE_CHARS_MIN {
        return Err(Error::PassphraseTooShort {
            min_chars: PASSPHRASE_CHARS_MIN,
        });
    }
    Ok(passphrase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Nobody;
    use std::io;

    struct Script(Vec<&'static str>);

    impl Terminal for Script {
        fn secret(&mut self, _prompt: &str) -> io::Result<SecretString> {
            Ok(SecretString::from(self.0.remove(0)))
        }

        fn line(&mut self, _prompt: &str) -> io::Result<String> {
            Err(io::ErrorKind::NotConnected.into())
        }
    }

    #[test]
    fn a_passphrase_is_typed_twice_and_is_long_enough() {
        let args = PassphraseArgs::default();
        let choose = |typed: &[&'static str]| args.choose("x", &mut Script(typed.to_vec()));
        assert!(choose(&["three blind mice", "three blind mice"]).is_ok());
        assert!(matches!(
            choose(&["three blind mice", "three blind rats"]),
            Err(Error::PassphrasesDiffer)
        ));
        assert!(matches!(
            choose(&["mice"]),
            Err(Error::PassphraseTooShort { .. })
        ));
        assert!(matches!(args.ask("x", &mut Nobody), Err(Error::NoTerminal)));
    }
}
