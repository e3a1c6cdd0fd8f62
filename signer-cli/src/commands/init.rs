//! `sealift init`: the first root, and who signs for what.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sealift_metadata::write::{DelegationSpec, Draft, RoleSpec};
use serde_json::json;

use crate::ceremony::Ceremony;
use crate::error::{Error, Result};
use crate::names::{RoleId, Slug};
use crate::propose::{describe, propose_all, to_json};
use crate::public_key::OnlineKeys;
use crate::settings::{ExpiryDays, NamedProfile, Roles, Settings, SpecVersion};
use crate::signers::{Team, check_names, online};
use crate::world::{Context, Report};

/// The paths that the channel role may sign for.
pub const CHANNEL_PATTERN: &str = "channels/*/*";

/// Options of `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The ceremony folder to make
    pub folder: PathBuf,
    /// The name of the repository [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub repository: Option<Slug>,
    /// The server's public keys, as `sealift-server online-key show` prints them
    #[arg(long, value_name = "FILE")]
    pub online_keys: PathBuf,
    /// Public keys of those who sign for the root: they name everybody else
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub root_key: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    pub root_threshold: u8,
    /// Public keys of those who say who signs for which product
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub targets_key: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    pub targets_threshold: u8,
    /// Public keys of those who say which releases a channel offers
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub channels_key: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub channels_threshold: u8,
    /// Let one person alone sign for the root or for who signs what
    #[arg(long)]
    pub allow_single_signer: bool,
    /// The version of the TUF specification to write; 1.0.0 for old clients
    #[arg(long, value_name = "VERSION", default_value_t)]
    pub spec_version: SpecVersion,
    /// What the weakest device can verify; sealift.toml says it in numbers
    #[arg(long, value_name = "NAME", value_enum, default_value_t)]
    pub device_profile: NamedProfile,
}

struct Teams {
    root: Team,
    targets: Team,
    channels: Team,
    online: OnlineKeys,
}

/// Begins a ceremony: `sealift.toml`, and version 1 of root, targets and channels as changes.
///
/// # Errors
/// [`Error::CeremonyExists`], what is wrong with the keys and thresholds, [`Error::Io`].
pub fn run(args: &Args, context: &mut Context<'_, '_>) -> Result<Report> {
    let teams = Teams::read(args, context.demo)?;
    let settings = teams.settings(args)?;
    check_names(&settings)?;
    let ceremony = Ceremony::begin(&args.folder, settings)?;
    let now = context.world.now;
    let spec_version = args.spec_version.as_str();
    let draft = |kind| Draft::new(kind, spec_version, now);
    let mut root = draft("root");
    for (name, role) in teams.root_roles() {
        root.set_role(name, &role);
    }
    let mut targets = draft("targets");
    let profile = ceremony.settings.device_profile.value();
    targets.set("x-sealift-device-profile", profile);
    targets.set_delegation(&DelegationSpec {
        name: RoleId::Channels.to_string(),
        paths: vec![CHANNEL_PATTERN.to_owned()],
        terminating: true,
        role: teams.channels.role_spec(),
    });
    let drafts = vec![
        (RoleId::Root, root),
        (RoleId::Targets, targets),
        (RoleId::Channels, draft("targets")),
    ];
    let proposed = propose_all(&ceremony, drafts, now)?;
    // Last: without it the folder is no ceremony yet, and `init` can be repeated.
    ceremony.write_settings()?;
    context.say("next: `sealift product add`, then everybody reviews and signs");
    Ok(Report::done(
        describe(&proposed),
        json!({
            "repository": ceremony.settings.repository.as_str(),
            "proposed": to_json(&proposed),
        }),
    ))
}

impl Teams {
    fn read(args: &Args, demo: bool) -> Result<Self> {
        let guard = |team: Team| {
            if args.allow_single_signer {
                Ok(team)
            } else {
                team.refuse_single_signer()
            }
        };
        let team = |role, files, threshold| Team::read(role, files, threshold, demo);
        let teams = Self {
            root: guard(team("root", &args.root_key, args.root_threshold)?)?,
            targets: guard(team("targets", &args.targets_key, args.targets_threshold)?)?,
            channels: team("channels", &args.channels_key, args.channels_threshold)?,
            online: OnlineKeys::read(&args.online_keys)?,
        };
        for team in [&teams.root, &teams.targets, &teams.channels] {
            team.refuse_online("snapshot", teams.online.snapshot.keyid())?;
            team.refuse_online("timestamp", teams.online.timestamp.keyid())?;
        }
        Ok(teams)
    }

    fn root_roles(&self) -> [(&'static str, RoleSpec); 4] {
        let online = |key: &sealift_metadata::write::KeySpec| RoleSpec {
            keys: vec![key.clone()],
            threshold: 1,
        };
        [
            ("root", self.root.role_spec()),
            ("targets", self.targets.role_spec()),
            ("snapshot", online(&self.online.snapshot)),
            ("timestamp", online(&self.online.timestamp)),
        ]
    }

    fn settings(&self, args: &Args) -> Result<Settings> {
        let (timestamp, snapshot) = if self.online.timestamp == self.online.snapshot {
            ("online", "online")
        } else {
            ("online-timestamp", "online-snapshot")
        };
        Ok(Settings {
            repository: repository_name(args)?,
            spec_version: args.spec_version.clone(),
            expiry_days: ExpiryDays::default(),
            device_profile: args.device_profile.into(),
            roles: Roles {
                root: self.root.settings(),
                timestamp: online(timestamp, &self.online.timestamp)?,
                snapshot: online(snapshot, &self.online.snapshot)?,
                targets: self.targets.settings(),
                channels: self.channels.settings(),
            },
            products: BTreeMap::new(),
        })
    }
}

fn repository_name(args: &Args) -> Result<Slug> {
    if let Some(name) = &args.repository {
        return Ok(name.clone());
    }
    args.folder
        .file_name()
        .and_then(|name| name.to_str()?.parse().ok())
        .ok_or(Error::NoRepositoryName)
}
