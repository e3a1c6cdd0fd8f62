//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The repository server: takes signed changes, signs what is online, and serves devices.
#[derive(Debug, Parser)]
#[command(name = "sealift-server", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the server
    ///
    /// The first start makes everything: the data directory, the online keys, the repository
    /// `default`, and a first token, which is printed to standard output once. Logs go to
    /// standard error, one JSON object a line.
    Serve(Serve),
    /// Configuration
    #[command(subcommand)]
    Config(ConfigVerb),
    /// The keys that the server signs snapshots and timestamps with
    #[command(subcommand)]
    OnlineKey(OnlineKeyVerb),
    /// Repositories
    #[command(subcommand)]
    Repo(RepoVerb),
    /// Tokens, with which people and CI may publish
    #[command(subcommand)]
    Token(TokenVerb),
}

/// The data directory and the configuration.
#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// Directory of everything that the server keeps
    #[arg(long, value_name = "DIR", env = "SEALIFT_DATA")]
    pub(crate) data: PathBuf,
    /// Configuration file [default: DIR/sealift-server.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "SEALIFT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// `serve`
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where everything is.
    #[command(flatten)]
    pub(crate) place: Place,
    /// Address and port to listen on [default: 127.0.0.1:8600]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Vouch for the clock at this start
    ///
    /// A server whose clock stands more than 14 days after its last timestamp signs nothing, for
    /// devices never forget a date. Look at the clock, and give this flag once, to a server that
    /// was off, or could sign nothing, for longer.
    #[arg(long)]
    pub(crate) accept_clock: bool,
}

/// `config`
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Read the configuration, and say of each setting where its value comes from
    Check(Place),
}

/// `online-key`
#[derive(Debug, Subcommand)]
pub(crate) enum OnlineKeyVerb {
    /// Print the public keys, for `sealift init --online-keys FILE`
    Show(Place),
}

/// `repo`
#[derive(Debug, Subcommand)]
pub(crate) enum RepoVerb {
    /// Make a repository with its first root
    Create {
        /// Its name: a-z, 0-9, `-`, `_` and `.`
        name: String,
        /// The signed root, version 1
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
        /// Where everything is.
        #[command(flatten)]
        place: Place,
    },
    /// List the repositories and the versions that are current
    List(Place),
}

/// `token`
#[derive(Debug, Subcommand)]
pub(crate) enum TokenVerb {
    /// Make a token and print it; it is shown this once
    Create {
        /// Its name, for lists and logs: a-z, 0-9, `-`, `_` and `.`
        name: String,
        /// Days until it expires, 365 at most [default: the setting `token_days`]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=365))]
        days: Option<u64>,
        /// Where everything is.
        #[command(flatten)]
        place: Place,
    },
    /// List the tokens
    List(Place),
    /// Revoke a token: the next request with it is refused
    Revoke {
        /// Its name
        name: String,
        /// Where everything is.
        #[command(flatten)]
        place: Place,
    },
}
