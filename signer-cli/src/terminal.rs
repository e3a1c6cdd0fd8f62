//! The person at the keyboard.

use std::io::{self, BufRead as _, BufReader, Write as _};

use age::secrecy::SecretString;

/// Where questions are asked.
pub trait Terminal {
    /// Asks for a secret, which is not shown.
    ///
    /// # Errors
    /// What the terminal says; there may be none.
    fn secret(&mut self, prompt: &str) -> io::Result<SecretString>;

    /// Asks for a line.
    ///
    /// # Errors
    /// What the terminal says; there may be none.
    fn line(&mut self, prompt: &str) -> io::Result<String>;
}

/// The terminal that the process runs in, even when its input and output go elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Console;

impl Terminal for Console {
    fn secret(&mut self, prompt: &str) -> io::Result<SecretString> {
        rpassword::prompt_password(prompt).map(SecretString::from)
    }

    fn line(&mut self, prompt: &str) -> io::Result<String> {
        let console = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/tty")?;
        (&console).write_all(prompt.as_bytes())?;
        let mut line = String::new();
        BufReader::new(console).read_line(&mut line)?;
        Ok(line)
    }
}

/// No terminal at all: every question fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Terminal for Nobody {
    fn secret(&mut self, _prompt: &str) -> io::Result<SecretString> {
        Err(io::ErrorKind::NotConnected.into())
    }

    fn line(&mut self, _prompt: &str) -> io::Result<String> {
        Err(io::ErrorKind::NotConnected.into())
    }
}
