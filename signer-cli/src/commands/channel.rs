//! `sealift channel`: which releases devices are offered.

use clap::Subcommand;
use sealift_metadata::write::{ChannelSpec, OfferSpec};
use serde_json::json;

use crate::catalog::{Catalog, Listed};
use crate::ceremony::Ceremony;
use crate::check::channel_path;
use crate::error::{Error, Result};
use crate::names::{Product, RoleId, Segment, Slug};
use crate::propose::{describe, propose_all, to_json};
use crate::view::View;
use crate::world::{Context, Report};

/// What can be done with channels.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Propose which releases a channel offers, the newest first
    Set(Args),
}

/// Options of `channel set`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The product
    #[arg(long, value_name = "NAME")]
    pub product: Product,
    /// The channel, such as stable or beta
    #[arg(long, value_name = "NAME")]
    pub channel: Slug,
    /// The releases to offer, the newest first
    #[arg(long, value_name = "NAME", required = true, num_args = 1..)]
    pub release: Vec<Segment>,
}

/// Proposes a channel document.
///
/// # Errors
/// [`Error::UnknownProduct`], [`Error::UnknownRelease`], [`Error::ChannelNotAllowed`],
/// [`Error::ReleaseOrder`].
pub fn set(args: &Args, context: &mut Context<'_, '_>) -> Result<Report> {
    let ceremony = Ceremony::open_to_change(&context.dir)?;
    let view = View::load(&ceremony)?;
    let role = RoleId::Product(args.product.clone());
    if view.payload(&role).is_none() {
        return Err(Error::UnknownProduct {
            product: args.product.to_string(),
        });
    }
    let catalog = Catalog::read(&args.product, &view.targets(&role)?)?;
    let document = document(args, &catalog)?;
    let sha256 = ceremony.put_blob(&document)?;
    let mut draft = ceremony
        .next(&RoleId::Channels)?
        .ok_or_else(|| Error::UnknownRole {
            role: RoleId::Channels.to_string(),
        })?;
    let path = channel_path(args.product.as_str(), args.channel.as_str());
    let length = u64::try_from(document.len()).unwrap_or(u64::MAX);
    draft.set_target(&path, length, &sha256, None);
    let drafts = vec![(RoleId::Channels, draft)];
    let proposed = propose_all(&ceremony, drafts, context.world.now)?;
    let releases: Vec<&str> = args.release.iter().map(Segment::as_str).collect();
    Ok(Report::done(
        format!(
            "{}  {path}\n  offers {}\n",
            describe(&proposed),
            releases.join(", ")
        ),
        json!({"proposed": to_json(&proposed), "target": path, "releases": releases}),
    ))
}

fn document(args: &Args, catalog: &Catalog) -> Result<Vec<u8>> {
    let mut offers = Vec::new();
    let mut newer: Option<&Segment> = None;
    for release in &args.release {
        let images: Vec<&Listed> = catalog.of_release(release.as_str()).collect();
        if images.is_empty() {
            return Err(Error::UnknownRelease {
                product: args.product.to_string(),
                release: release.to_string(),
            });
        }
        if let Some(newer) = newer {
            check_order(catalog, newer, release)?;
        }
        newer = Some(release);
        for image in images {
            offers.push(offer(args, image)?);
        }
    }
    let spec = ChannelSpec {
        product: args.product.to_string(),
        channel: args.channel.to_string(),
        offers,
    };
    Ok(spec.value().encode())
}

fn offer(args: &Args, image: &Listed) -> Result<OfferSpec> {
    if !image
        .channels
        .iter()
        .any(|name| name == args.channel.as_str())
    {
        return Err(Error::ChannelNotAllowed {
            release: image.release.clone(),
            channel: args.channel.to_string(),
            path: image.path.clone(),
        });
    }
    Ok(OfferSpec {
        release: image.release.clone(),
        component: image.component.clone(),
        path: image.path.clone(),
        from: image.from.map(|from| from.sha256),
    })
}

/// Every component that both releases have is of a lower sequence in the older one.
fn check_order(catalog: &Catalog, newer: &Segment, older: &Segment) -> Result<()> {
    for image in catalog.of_release(newer.as_str()) {
        let rises = catalog
            .of_release(older.as_str())
            .filter(|other| other.component == image.component)
            .all(|other| other.sequence < image.sequence);
        if !rises {
            return Err(Error::ReleaseOrder {
                newer: newer.to_string(),
                older: older.to_string(),
                component: image.component.clone(),
            });
        }
    }
    Ok(())
}
