//! The reference client; see `sealift-tuf-client --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sealift_gateway::reference::cli::run(std::env::args_os())
}
