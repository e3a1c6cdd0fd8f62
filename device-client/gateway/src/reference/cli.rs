//! The command line of the public conformance suite's client under test, which is also what an
//! integrator looks at a repository with.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::consensus::{Consensus, folder_of};
use super::map::Map;
use super::{Client, Refused};
use crate::VERSION;
use crate::clock::now_or_fake;

/// Reads any TUF repository the way a device would, step by step.
///
/// Start with `init`, which trusts a root that you got in some safe way. `refresh`
/// brings the metadata up to date; `download` finds targets and fetches them. The
/// metadata directory keeps what was accepted, byte for byte; a refusal leaves it
/// as it was. Exit code 0 or 1.
#[derive(Debug, Parser)]
#[command(name = "sealift-tuf-client", version = VERSION)]
struct Args {
    /// Where accepted metadata is kept
    #[arg(long, value_name = "DIR")]
    metadata_dir: PathBuf,
    /// Which repositories must agree on which targets (TAP 4)
    ///
    /// The metadata of each is kept in a folder of its name below the metadata directory.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["metadata_url", "target_base_url"])]
    map: Option<PathBuf>,
    /// Where the repository's metadata is; a folder will do
    #[arg(long, value_name = "URL")]
    metadata_url: Option<String>,
    /// A target to download; repeat it for more
    #[arg(long, value_name = "NAME")]
    target_name: Vec<String>,
    /// Where targets are put
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    /// Where the repository's targets are
    #[arg(long, value_name = "URL")]
    target_base_url: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Trust a root
    Init {
        /// The repository of a map that the root belongs to
        #[arg(long, value_name = "NAME")]
        repository: Option<String>,
        /// The file of the root
        root: PathBuf,
    },
    /// Bring root, timestamp, snapshot and targets up to date
    Refresh,
    /// Refresh, then find and fetch the targets that are named
    Download,
}

/// Runs a command.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Help is no failure; if it cannot be printed, nobody reads it.
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    match args.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            eprintln!("refused: {refused}");
            ExitCode::FAILURE
        }
    }
}

impl Args {
    fn run(&self) -> Result<(), Refused> {
        match (&self.verb, &self.map) {
            (Verb::Init { repository, root }, _) => self.init(repository.as_deref(), root),
            (Verb::Refresh, None) => self.client()?.refresh(),
            (Verb::Refresh, Some(map)) => self.consensus(map)?.refresh(),
            (Verb::Download, None) => {
                let base = self.target_base_url.as_deref().unwrap_or_default();
                self.client()?
                    .download(&self.target_name, base, self.target_dir()?)
            }
            (Verb::Download, Some(map)) => self
                .consensus(map)?
                .download(&self.target_name, self.target_dir()?),
        }
    }

    fn init(&self, repository: Option<&str>, root: &Path) -> Result<(), Refused> {
        let root = read(root)?;
        match repository {
            Some(name) => Client::init(&folder_of(&self.metadata_dir, name)?, &root),
            None => Client::init(&self.metadata_dir, &root),
        }
    }

    fn client(&self) -> Result<Client, Refused> {
        let url = self.metadata_url.as_deref().unwrap_or_default();
        Client::new(&self.metadata_dir, url, now_or_fake())
    }

    fn consensus(&self, path: &Path) -> Result<Consensus, Refused> {
        let map = Map::read(&read(path)?).map_err(|fault| Refused::Map {
            path: path.display().to_string(),
            fault,
        })?;
        Consensus::new(&self.metadata_dir, map, now_or_fake())
    }

    fn target_dir(&self) -> Result<&Path, Refused> {
        self.target_dir.as_deref().ok_or(Refused::NoFolder)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Refused> {
    std::fs::read(path).map_err(|source| Refused::File {
        path: path.display().to_string(),
        source,
    })
}
