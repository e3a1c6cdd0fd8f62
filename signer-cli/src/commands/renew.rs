//! `sealift renew`: a next version that only lasts longer.

use serde_json::json;

use crate::ceremony::Ceremony;
use crate::error::{Error, Result};
use crate::names::RoleId;
use crate::propose::{describe, propose_all, to_json};
use crate::world::{Context, Report};

/// Options of `renew`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The documents to renew: root, targets, channels, or a product
    #[arg(value_name = "ROLE", required = true)]
    pub roles: Vec<RoleId>,
}

/// Proposes the next version of each role with a fresh expiry and nothing else; a pending change
/// just gets the fresh expiry.
///
/// # Errors
/// [`Error::UnknownRole`], [`Error::StaleChange`].
pub fn run(args: &Args, context: &mut Context<'_, '_>) -> Result<Report> {
    let ceremony = Ceremony::open_to_change(&context.dir)?;
    let mut drafts = Vec::new();
    for role in &args.roles {
        let draft = ceremony.next(role)?.ok_or_else(|| Error::UnknownRole {
            role: role.to_string(),
        })?;
        drafts.push((role.clone(), draft));
    }
    let proposed = propose_all(&ceremony, drafts, context.world.now)?;
    Ok(Report::done(
        describe(&proposed),
        json!({"proposed": to_json(&proposed)}),
    ))
}
