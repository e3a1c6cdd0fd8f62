//! `sealift`: the offline release tool.
//!
//! Signers share a [ceremony folder](ceremony); each has keys and a [ledger] of their own. A
//! [change] is proposed, [reviewed](review), signed by enough of them, and pushed. How far
//! it has come is [worked out](tally) from the files each time.
//!
//! Only `push` talks to a network, and only with the feature `online`.

/// The table of contents: every command and its options.
pub mod cli;
/// One file per command.
pub mod commands;

/// The ceremony folder.
pub mod ceremony;
/// Proposed documents.
pub mod change;
/// Documents in force.
pub mod document;
/// `sealift.toml`.
pub mod settings;
/// Documents in force with the changes laid over.
pub mod view;

/// Images taken out of a product role.
pub mod catalog;
/// Whether a proposal is fit to be signed and published.
pub mod check;
/// From a file to blocks.
pub mod encode;
/// How blocks travel.
pub mod encoding;
/// From drafts to proposals.
pub mod propose;
/// The difference to the document in force, in words.
pub mod review;
/// Who has signed, and who has not.
pub mod tally;

/// Example keys, which are refused.
pub mod examples;
/// What a repository begins with.
pub mod first_root;
/// A signer's own keys.
pub mod keystore;
/// What this signer signed and saw.
pub mod ledger;
/// Passphrases.
pub mod passphrase;
/// Public key files.
pub mod public_key;
/// Public key files and a threshold, checked together.
pub mod signers;
/// Whether `known-good/` may be believed.
pub mod trust;

/// The one clock.
pub mod clock;
/// Digests in JSON files.
pub mod digest_text;
/// What can go wrong.
pub mod error;
/// Exit codes.
pub mod exit;
/// Files, read with a cap and written whole.
pub mod files;
/// The server, over HTTP.
#[cfg(feature = "online")]
pub mod http;
/// Every cap and default.
pub mod limits;
/// Names that people type.
pub mod names;
/// The person at the keyboard.
pub mod terminal;
/// What a command is given.
pub mod world;

use std::ffi::OsString;

use clap::Parser as _;
use serde_json::json;

use cli::Cli;
use error::{Error, Result};
use exit::Exit;
use world::{Context, Report, World};

/// Runs the tool with the arguments of a command line, the program's name first, and returns its
/// exit code (see [`Exit`]).
pub fn run(arguments: impl IntoIterator<Item = OsString>, world: &mut World<'_>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return show_usage(&error, world).code(),
    };
    let json = cli.options.json;
    let outcome = start(cli, world).and_then(|report| show(&report, json, world));
    match outcome {
        Ok(exit) => exit.code(),
        Err(error) => {
            show_error(&error, json, world);
            error.exit().code()
        }
    }
}

fn start(cli: Cli, world: &mut World<'_>) -> Result<Report> {
    let mut context = Context {
        home: cli.options.home()?,
        dir: cli.options.dir,
        json: cli.options.json,
        demo: cli.options.demo,
        world,
    };
    commands::run(cli.command, &mut context)
}

fn show(report: &Report, json: bool, world: &mut World<'_>) -> Result<Exit> {
    let written = if json {
        writeln!(world.out, "{}", report.json)
    } else {
        write!(world.out, "{}", report.text)
    };
    written
        .and_then(|()| world.out.flush())
        .map_err(Error::Output)?;
    Ok(report.exit)
}

/// A stderr that is closed is no reason to end in another way.
fn show_error(error: &Error, json: bool, world: &mut World<'_>) {
    if json {
        let value = json!({
            "error": {"code": error.code(), "message": error.to_string(), "hint": error.hint()},
        });
        let _ = writeln!(world.err, "{value}");
        return;
    }
    // File names come from others, and must not steer the terminal.
    let is_shown = |char: &char| *char == '\n' || !char.is_control();
    let message: String = error.to_string().chars().filter(is_shown).collect();
    let _ = writeln!(world.err, "error: {message} [{}]", error.code());
    if let Some(hint) = error.hint() {
        let _ = writeln!(world.err, "hint: {hint}");
    }
}

/// Help and `--version` are data; everything else that clap says is talk.
fn show_usage(error: &clap::Error, world: &mut World<'_>) -> Exit {
    let text = error.render();
    if error.use_stderr() {
        let _ = write!(world.err, "{text}");
        return Exit::Usage;
    }
    let _ = write!(world.out, "{text}");
    Exit::Done
}
