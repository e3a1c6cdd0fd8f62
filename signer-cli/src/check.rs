//! Whether a proposed document is fit to be signed and published: checked before every signature
//! and before every push, with the very code that devices verify with.

use sealift_metadata::Time;
use sealift_metadata::error::Role;
use sealift_metadata::write::Value;

use crate::ceremony::Ceremony;
use crate::error::{Error, Result, Unsound};
use crate::names::RoleId;
use crate::view::View;

/// Channel documents.
mod channels;
/// Images, block tables and release documents.
mod product;
/// The root.
mod root;
/// The finished documents, with their signatures.
mod sealed;
/// The top-level targets role.
mod targets;

pub use channels::document_path as channel_path;
pub use product::document_path;
pub use sealed::{SealedChange, seal_complete};

/// Checks a pending change, together with the other changes of the view.
///
/// # Errors
/// [`Error::Unsound`], [`Error::StaleChange`], [`Error::Metadata`], [`Error::PathOutsideRole`],
/// [`Error::DelegationOverlap`], [`Error::MissingBlob`].
pub fn check_change(ceremony: &Ceremony, view: &View, role: &RoleId, now: Time) -> Result<()> {
    let change = view.change(role)?;
    let known = view.known(role).map_or(0, |known| known.version);
    if change.version != known.saturating_add(1) {
        return Err(Error::StaleChange {
            role: role.to_string(),
            known,
            offered: change.version,
        });
    }
    let (kind, name) = match role {
        RoleId::Root => (Role::Root, "root"),
        _ => (Role::Targets, "targets"),
    };
    if change.value.get("_type").and_then(Value::as_str) != Some(name) {
        return Err(Error::unsound(role, Unsound::WrongKind));
    }
    let expires = match role {
        RoleId::Root => root::check(view)?,
        RoleId::Targets => targets::check(view)?,
        RoleId::Channels => channels::check(ceremony, view)?,
        RoleId::Product(product) => product::check(ceremony, view, product)?,
    };
    if expires <= now {
        return Err(Error::unsound(role, Unsound::Expired));
    }
    // Without its signatures the document is shorter than it will be; the push checks again.
    view.profile()?
        .check(kind, &change.sealed(&[]))
        .map_err(Error::metadata(role))
}
