//! `sealift-server`: the repository server.

/// The command line.
mod cli;
/// One verb per file.
mod commands;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

/// Exit codes: 0 done, 1 failed, 2 the command line is wrong.
#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(cli::Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
