//! The command line. stdout is data, stderr is talk.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::agent::{Agent, Outcome};
use crate::clock::now;
use crate::config::Config;
use crate::error::Error;
use crate::status::verb;
use crate::{Result, VERSION, exit, relay, run};

/// Keeps a Linux gateway up to date with signed images.
///
/// An image is installed only when enough of its maker's signers signed it, into
/// the slot that is not running. It runs on trial after the next boot, until
/// `confirm` is called; otherwise the old image comes back.
#[derive(Debug, Parser)]
#[command(name = "sealift-gateway", version = VERSION)]
struct Args {
    /// The configuration file
    #[arg(long, value_name = "FILE", env = "SEALIFT_GATEWAY_CONFIG")]
    config: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Agent(AgentVerb),
    /// Give wearables on a serial line what they ask for; they verify it themselves
    Relay(relay::Args),
}

#[derive(Debug, Subcommand)]
enum AgentVerb {
    /// Ask for an update once, install it if there is one, and reboot
    Once,
    /// Ask again and again, as a service
    Run,
    /// Say what runs, what is on trial and how the last poll ended
    Status {
        /// Say it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep the image that is on trial: call this after a self-test
    Confirm,
    /// Do what a boot loader does for file slots, and run the image as a program
    Boot {
        /// Arguments for the image
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
    /// Update from a folder or another URL, which holds `metadata` and `targets`
    Install {
        /// A bundle on a stick, a static copy, or a mirror
        #[arg(value_name = "DIR_OR_URL")]
        place: String,
    },
}

/// Runs a command and returns its exit code (see [`exit`]).
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Nothing can be said where the terminal is gone.
            let _ = error.print();
            let is_error = error.use_stderr();
            return ExitCode::from(if is_error { exit::MISUSE } else { exit::OK });
        }
    };
    match obey(&args) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::from(exit::of(&error))
        }
    }
}

fn obey(args: &Args) -> Result<ExitCode> {
    let config = Config::read(&args.config)?;
    let code = match &args.verb {
        // It has no state: an agent on the same machine is not disturbed.
        Verb::Relay(args) => relay::run(args, &config).map(|()| exit::OK)?,
        Verb::Agent(verb) => act(&Agent::new(config)?, verb)?,
    };
    Ok(ExitCode::from(code))
}

fn act(agent: &Agent, verb: &AgentVerb) -> Result<u8> {
    Ok(match verb {
        AgentVerb::Once => finish(agent, agent.once(now())?)?,
        AgentVerb::Install { place } => finish(agent, agent.install(place, now())?)?,
        AgentVerb::Run => {
            run::run(agent, |result| tell(agent, result))?;
            exit::OK
        }
        AgentVerb::Status { json } => {
            let status = agent.status()?;
            say(&if *json {
                status.json()
            } else {
                status.to_string()
            });
            exit::OK
        }
        AgentVerb::Confirm => {
            let sequence = agent.confirm(now())?;
            say(&format!("confirmed: sequence {sequence}"));
            exit::OK
        }
        AgentVerb::Boot { args } => {
            let code = agent.boot(args, now())?;
            u8::try_from(code).unwrap_or(1)
        }
    })
}

/// Says how a poll ended, and calls the reboot hook where it is its turn.
fn finish(agent: &Agent, outcome: Outcome) -> Result<u8> {
    match outcome {
        Outcome::UpToDate { skipped } => {
            for offer in &skipped {
                let refusal = offer.refusal;
                let (name, code) = (refusal.name(), refusal.code());
                eprintln!("skipped: {name} ({code}): {}: {refusal}", offer.path);
            }
            say("up to date");
            Ok(exit::OK)
        }
        Outcome::Staged { sequence } => {
            say(&format!(
                "staged: sequence {sequence} is whole; the next poll activates it"
            ));
            Ok(exit::OK)
        }
        Outcome::AwaitingConfirmation { sequence } => {
            say(&format!(
                "on trial: sequence {sequence} is not confirmed yet"
            ));
            eprintln!("hint: `confirm` keeps it");
            Ok(exit::OK)
        }
        Outcome::Installed { sequence } => {
            let then = if agent.has_reboot_hook() {
                "rebooting into it"
            } else {
                "it runs after the next boot (no `reboot` is configured)"
            };
            say(&format!("installed: sequence {sequence}; {then}"));
            agent.reboot()?;
            Ok(exit::INSTALLED)
        }
    }
}

/// The same for a service, which goes on whatever happens.
fn tell(agent: &Agent, result: &Result<Outcome>) {
    match result {
        Ok(outcome) => {
            if let Err(error) = finish(agent, outcome.clone()) {
                complain(&error);
            }
        }
        Err(error) => complain(error),
    }
}

fn complain(error: &Error) {
    eprintln!(
        "{}: {} ({}): {error}",
        verb(error),
        error.name(),
        error.code()
    );
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}

fn say(text: &str) {
    use std::io::Write as _;
    // A reader that went away has heard enough.
    let _ = writeln!(std::io::stdout(), "{text}");
}
