//! One verb per file. Data goes to standard output, talk to standard error.

/// `config check`
mod config_check;
/// `online-key show`
mod online_key;
/// `repo create`, `repo list`
mod repo;
/// `serve`
mod serve;
/// `token create`, `token list`, `token revoke`
mod token;

use std::io::{self, Write as _};

use sealift_server::Clock;
use sealift_server::app::{self, Services};
use sealift_server::config::{Config, Explained};
use sealift_server::data_dir::DataDir;

use crate::cli::{Cli, ConfigVerb, OnlineKeyVerb, Place, Verb};

/// Does what the command line says.
///
/// # Errors
/// A sentence for a person.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.verb {
        Verb::Serve(args) => serve::run(args).await,
        Verb::Config(ConfigVerb::Check(place)) => config_check::run(&place),
        Verb::OnlineKey(OnlineKeyVerb::Show(place)) => online_key::run(&place),
        Verb::Repo(verb) => repo::run(verb).await,
        Verb::Token(verb) => token::run(verb).await,
    }
}

fn read_config(
    place: &Place,
    flags: &[(&'static str, String)],
) -> anyhow::Result<(Config, Explained)> {
    let environment = |name: &str| std::env::var(name).ok();
    let file = place.config.as_deref();
    Ok(Config::read(&place.data, file, environment, flags)?)
}

/// What verbs beside a running server work with.
async fn open(place: &Place) -> anyhow::Result<(Services, Config)> {
    let (config, _) = read_config(place, &[])?;
    let data = DataDir::open(&config.data)?;
    let services = app::open(&config, &data, Clock::System).await?;
    Ok((services, config))
}

/// Writes data to standard output; a reader who went away is no failure.
fn print(line: &str) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
