//! The channel role: each document offers only images that their own signers meant for it.

use sealift_metadata::channel::{Channel, Offer};
use sealift_metadata::write::{ChannelSpec, OfferSpec};
use sealift_metadata::{Digest, Time};

use super::product::{check_custom, check_paths, paths_of};
use crate::catalog::Catalog;
use crate::ceremony::Ceremony;
use crate::error::{Error, Result, Unsound};
use crate::names::{Product, RoleId};
use crate::view::View;

pub(super) fn check(ceremony: &Ceremony, view: &View) -> Result<Time> {
    let role = &RoleId::Channels;
    let targets = view.targets(role)?;
    check_paths(view, role, &targets)?;
    check_custom(role, &targets)?;
    for (path, digest) in paths_of(role, &targets)? {
        if !is_published(view, &path) {
            check_document(ceremony, view, &path, &digest)?;
        }
    }
    Ok(targets.expires)
}

fn is_published(view: &View, path: &str) -> bool {
    let Some(known) = view.known(&RoleId::Channels) else {
        return false;
    };
    let entry = |value: &sealift_metadata::write::Value| {
        value
            .get("targets")
            .and_then(|targets| targets.get(path))
            .cloned()
    };
    entry(&known.value) == view.value(&RoleId::Channels).and_then(entry)
}

fn check_document(ceremony: &Ceremony, view: &View, path: &str, digest: &Digest) -> Result<()> {
    let fault = || Error::unsound(&RoleId::Channels, Unsound::ChannelDocument);
    let bytes = ceremony.blob(digest)?.ok_or_else(|| Error::MissingBlob {
        path: path.to_owned(),
        sha256: *digest,
    })?;
    let checked = view.profile()?.check_channel(&bytes);
    checked.map_err(Error::metadata(&RoleId::Channels))?;
    let channel = Channel::read(&bytes).map_err(Error::metadata(&RoleId::Channels))?;
    if path != document_path(channel.product, channel.channel) {
        return Err(fault());
    }
    let product: Product = channel.product.parse().map_err(|_| fault())?;
    let catalog = Catalog::read(&product, &view.targets(&RoleId::Product(product.clone()))?)?;
    let mut offers = Vec::new();
    let mut allowed = true;
    channel
        .for_each(|offer| {
            allowed &= is_allowed(&catalog, &offer, channel.channel);
            offers.push(OfferSpec {
                release: offer.release.to_owned(),
                component: offer.component.to_owned(),
                path: offer.path.to_string(),
                from: offer.from,
            });
            Ok(())
        })
        .map_err(Error::metadata(&RoleId::Channels))?;
    let spec = ChannelSpec {
        product: channel.product.to_owned(),
        channel: channel.channel.to_owned(),
        offers,
    };
    // Nothing stands in the document that a signer is not shown.
    if allowed && spec.value().encode() == bytes {
        Ok(())
    } else {
        Err(fault())
    }
}

fn is_allowed(catalog: &Catalog, offer: &Offer<'_>, channel: &str) -> bool {
    catalog.at(offer.path.as_str()).is_some_and(|image| {
        image.release == offer.release
            && image.component == offer.component
            && image.channels.iter().any(|allowed| allowed == channel)
            && image.from.map(|from| from.sha256) == offer.from
    })
}

/// The path of a channel document.
pub fn document_path(product: &str, channel: &str) -> String {
    format!("channels/{product}/{channel}.json")
}
