//! `sealift key`: keys of your own.

use std::path::PathBuf;

use clap::Subcommand;
use sealift_metadata::write::SecretKey;
use serde_json::json;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::examples::{is_example, refuse_example};
use crate::files::read_capped;
use crate::keystore::Keystore;
use crate::limits::KEY_FILE_BYTES;
use crate::names::Slug;
use crate::passphrase::PassphraseArgs;
use crate::public_key::PublicKeyFile;
use crate::world::{Context, Report};

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key and keep it encrypted with a passphrase
    New(NewArgs),
    /// List your keys
    List,
    /// Show the public half of a key, which you give to whoever begins the ceremony
    Show(ShowArgs),
}

/// Options of `key new`.
#[derive(Debug, clap::Args)]
pub struct NewArgs {
    /// The name that the other signers know you by, such as officer-1
    pub name: Slug,
    /// Where the passphrase comes from.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
    /// Take a worthless key from keys-example/ instead of a fresh one; needs --demo
    #[arg(long, value_name = "SEED")]
    pub example: Option<PathBuf>,
}

/// Options of `key show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The name of the key
    pub name: Slug,
}

/// Runs a key command.
///
/// # Errors
/// See [`Keystore`].
pub fn run(command: &Command, context: &mut Context<'_, '_>) -> Result<Report> {
    match command {
        Command::New(args) => new(args, context),
        Command::List => list(context),
        Command::Show(args) => show(args, context),
    }
}

/// Makes a key.
///
/// # Errors
/// [`Error::KeyExists`], [`Error::ExampleKey`], and those of the passphrase.
pub fn new(args: &NewArgs, context: &mut Context<'_, '_>) -> Result<Report> {
    let keystore = Keystore::at(&context.home);
    keystore.check_free(&args.name)?;
    let example = match &args.example {
        Some(path) => Some(read_example(path, context.demo)?),
        None => None,
    };
    let passphrase = args
        .passphrase
        .choose(args.name.as_str(), context.world.terminal)?;
    let log2 = context.world.scrypt_log2;
    let public = match example {
        Some(secret) => keystore.keep(&args.name, &secret, passphrase, log2)?,
        None => keystore.create(&args.name, passphrase, log2)?,
    };
    context.say(&format!(
        "made the key {}; keep {} and its passphrase safe: neither can be replaced",
        public.name,
        context.home.join("keys").display()
    ));
    Ok(shown(&public))
}

/// Lists the keys.
///
/// # Errors
/// See [`Keystore::list`].
pub fn list(context: &mut Context<'_, '_>) -> Result<Report> {
    let keys = Keystore::at(&context.home).list()?;
    let lines: Vec<String> = keys
        .iter()
        .map(|key| format!("{}  {}\n", key.key.keyid(), key.name))
        .collect();
    let json = keys
        .iter()
        .map(|key| json!({"name": key.name.as_str(), "keyid": key.key.keyid()}))
        .collect();
    Ok(Report::done(lines.concat(), json))
}

/// Shows the public half of a key: the contents of its public key file.
///
/// # Errors
/// [`Error::KeyNotFound`].
pub fn show(args: &ShowArgs, context: &mut Context<'_, '_>) -> Result<Report> {
    Ok(shown(&Keystore::at(&context.home).public(&args.name)?))
}

/// A public key file is JSON, whoever asks.
fn shown(public: &PublicKeyFile) -> Report {
    let bytes = public.encode();
    let json = serde_json::from_slice(&bytes).unwrap_or_default();
    Report::done(String::from_utf8_lossy(&bytes), json)
}

fn read_example(path: &std::path::Path, demo: bool) -> Result<SecretKey> {
    let text = Zeroizing::new(read_capped(path, KEY_FILE_BYTES)?);
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim_ascii_end(), &mut *seed).map_err(|_| Error::Malformed {
        path: path.to_owned(),
        fault: "a seed is 64 hexadecimal digits",
    })?;
    let secret = SecretKey::from_seed(&seed);
    let public = secret.public().map_err(|_| Error::SelfTest)?;
    let keyid = public.keyid();
    if !is_example(keyid) {
        return Err(Error::NotAnExample {
            keyid: keyid.to_owned(),
        });
    }
    refuse_example(keyid, demo)?;
    Ok(secret)
}
