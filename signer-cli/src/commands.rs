//! One file per command: its options (`Args`) and what it does (`run`).

/// `channel`
pub mod channel;
/// `init`
pub mod init;
/// `key`
pub mod key;
/// `product`
pub mod product;
/// `push`
#[cfg(feature = "online")]
pub mod push;
/// `release`
pub mod release;
/// `renew`
pub mod renew;
/// `review`
pub mod review;
/// `sign`
pub mod sign;
/// `status`
pub mod status;

use crate::cli::Command;
use crate::error::Result;
use crate::world::{Context, Report};

/// Runs a command.
///
/// # Errors
/// What the command is refused for.
pub fn run(command: Command, context: &mut Context<'_, '_>) -> Result<Report> {
    match command {
        Command::Key(command) => key::run(&command, context),
        Command::Init(args) => init::run(&args, context),
        Command::Product(product::Command::Add(args)) => product::add(&args, context),
        Command::Release(release::Command::Add(args)) => release::add(&args, context),
        Command::Channel(channel::Command::Set(args)) => channel::set(&args, context),
        Command::Renew(args) => renew::run(&args, context),
        Command::Review(args) => review::run(&args, context),
        Command::Sign(args) => sign::run(&args, context),
        Command::Status => status::run(context),
        #[cfg(feature = "online")]
        Command::Push(args) => push::run(&args, context),
    }
}
