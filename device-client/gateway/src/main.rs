//! `sealift-gateway`: see [`sealift_gateway::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    sealift_gateway::cli::run(std::env::args_os())
}
