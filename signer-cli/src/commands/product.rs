//! `sealift product`: products and their signers.

use std::path::PathBuf;

use clap::Subcommand;
use sealift_metadata::error::Role;
use sealift_metadata::write::{DelegationSpec, Draft};
use serde_json::json;

use crate::ceremony::Ceremony;
use crate::error::{Error, Result};
use crate::names::{Product, RoleId};
use crate::propose::{describe, propose_all, to_json};
use crate::signers::{Team, check_names};
use crate::view::View;
use crate::world::{Context, Report};

/// What can be done with products.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a product: propose who signs for its images
    Add(Args),
}

/// Options of `product add`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The product's name, such as watch
    pub name: Product,
    /// Public keys of those who sign for the product's images
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub key: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    pub threshold: u8,
    /// Let one person alone sign for the product
    #[arg(long)]
    pub allow_single_signer: bool,
}

/// Proposes the delegation to a product's signers, and the product's empty first document.
///
/// # Errors
/// [`Error::ProductExists`], [`Error::SharedKey`], what is wrong with the keys and thresholds.
pub fn add(args: &Args, context: &mut Context<'_, '_>) -> Result<Report> {
    let mut ceremony = Ceremony::open_to_change(&context.dir)?;
    let role = RoleId::Product(args.name.clone());
    let view = View::load(&ceremony)?;
    refuse_existing(&view, &args.name)?;
    let team = Team::read(args.name.as_str(), &args.key, args.threshold, context.demo)?;
    let team = if args.allow_single_signer {
        team
    } else {
        team.refuse_single_signer()?
    };
    refuse_online_keys(&view, &team)?;
    let products = &mut ceremony.settings.products;
    products.insert(args.name.slug().clone(), team.settings());
    check_names(&ceremony.settings)?;
    let now = context.world.now;
    let mut targets = ceremony
        .next(&RoleId::Targets)?
        .ok_or_else(|| Error::UnknownRole {
            role: RoleId::Targets.to_string(),
        })?;
    let profile = ceremony.settings.device_profile.value();
    targets.set("x-sealift-device-profile", profile);
    targets.set_delegation(&DelegationSpec {
        name: role.to_string(),
        paths: vec![args.name.pattern()],
        terminating: true,
        role: team.role_spec(),
    });
    let empty = Draft::new("targets", ceremony.settings.spec_version.as_str(), now);
    let drafts = vec![(RoleId::Targets, targets), (role, empty)];
    let proposed = propose_all(&ceremony, drafts, now)?;
    ceremony.write_settings()?;
    Ok(Report::done(
        describe(&proposed),
        json!({"product": args.name.as_str(), "proposed": to_json(&proposed)}),
    ))
}

fn refuse_existing(view: &View, product: &Product) -> Result<()> {
    let targets = view.targets(&RoleId::Targets)?;
    let delegation = targets
        .delegations
        .and_then(|delegations| delegations.named(product.as_str()));
    match delegation {
        Some(_) => Err(Error::ProductExists {
            product: product.to_string(),
        }),
        None => Ok(()),
    }
}

fn refuse_online_keys(view: &View, team: &Team) -> Result<()> {
    let root = view.root()?;
    for (online, role) in [("timestamp", Role::Timestamp), ("snapshot", Role::Snapshot)] {
        for (keyid, _) in root.signers(role).keys() {
            team.refuse_online(online, keyid.as_str())?;
        }
    }
    Ok(())
}
