//! The table of contents: every command and its options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{channel, init, key, product, release, renew, review, sign};
use crate::error::{Error, Result};

#[cfg(feature = "online")]
use crate::commands::push;

const ABOUT: &str = "Prepare, review and sign firmware releases";

const LONG_ABOUT: &str = "\
Prepare, review and sign firmware releases.

A release reaches devices only after several people have signed it, each on a machine of their \
own that needs no network. They share one folder, the ceremony folder: somebody proposes a \
change there, the others review and sign it, and at last somebody pushes it to the server. \
Devices check every signature themselves, so nobody has to trust the server or the network.

What is signed are small documents, one for each role:
  root        names everybody's keys, and how many of them must sign
  targets     says who signs for which product
  PRODUCT     lists the images of one product
  channels    says which releases each channel (stable, beta, ...) offers";

const AFTER_HELP: &str = "\
A first release, step by step:
  sealift key new NAME          everybody makes a key
  sealift init DIR ...          somebody collects the public keys and begins the ceremony
  sealift product add NAME ...  adds a product and its signers
  sealift release add ...       adds a build
  sealift channel set ...       offers it to devices
  sealift review                everybody reads what would change
  sealift sign --key NAME       and signs it
  sealift push ...              somebody publishes it

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 waiting for signatures.";

const COMMON: &str = "Options of every command";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "sealift", version, about = ABOUT, long_about = LONG_ABOUT, after_help = AFTER_HELP)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub options: Options,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Your own folder, for your keys and the record of what you signed [default: ~/.config/sealift]
    #[arg(
        long,
        global = true,
        env = "SEALIFT_HOME",
        value_name = "DIR",
        hide_env_values = true, help_heading = COMMON, display_order = 900)]
    pub home: Option<PathBuf>,
    /// The ceremony folder, which all signers share
    #[arg(long, global = true, default_value = ".", value_name = "DIR", help_heading = COMMON,
        display_order = 901)]
    pub dir: PathBuf,
    /// Answer in JSON, for programs
    #[arg(long, global = true, help_heading = COMMON, display_order = 902)]
    pub json: bool,
    /// Allow the example keys, which everybody has and which protect nothing
    #[arg(long, global = true, help_heading = COMMON, display_order = 903)]
    pub demo: bool,
}

impl Options {
    /// The signer's own folder.
    ///
    /// # Errors
    /// [`Error::NoHome`] where neither an option nor the environment says.
    pub fn home(&self) -> Result<PathBuf> {
        if let Some(home) = &self.home {
            return Ok(home.clone());
        }
        let folder = |name| std::env::var_os(name).filter(|folder| !folder.is_empty());
        folder("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| folder("HOME").map(|home| PathBuf::from(home).join(".config")))
            .map(|config| config.join("sealift"))
            .ok_or(Error::NoHome)
    }
}

/// The commands, in the order in which they are used.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make keys, list them, show their public half
    #[command(subcommand)]
    Key(key::Command),
    /// Begin a ceremony: propose the first root, and who signs for what
    Init(init::Args),
    /// Add a product and its signers
    #[command(subcommand)]
    Product(product::Command),
    /// Add a build to a release
    #[command(subcommand)]
    Release(release::Command),
    /// Offer releases to devices
    #[command(subcommand)]
    Channel(channel::Command),
    /// Propose documents again with a fresh expiry date
    Renew(renew::Args),
    /// Show what the proposed changes mean, before signing
    Review(review::Args),
    /// Sign the proposed changes with one of your keys
    Sign(sign::Args),
    /// Show who has signed, who has not, and what expires when
    Status,
    /// Publish completely signed changes on a server
    #[cfg(feature = "online")]
    Push(push::Args),
}
