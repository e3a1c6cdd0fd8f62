//! The offers of a channel, one by one: who may sign for each, and whether it may be installed.

use sealift_metadata::Time;
use sealift_metadata::channel::{Channel, Offer};
use sealift_metadata::delegations::Delegations;
use sealift_metadata::name::{RoleName, TargetPath};

use crate::Result;
use crate::arena::Held;
use crate::core_state::Core;
use crate::decode::Decode;
use crate::device::Device;
use crate::limits::OFFERS;
use crate::select::{Choice, Judge, Refusal};
use crate::walk::reopen;

/// What the search for an image goes by.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    pub(crate) targets: Held,
    pub(crate) channel: Held,
    /// The role that is trusted for the product's images.
    pub(crate) role: RoleName,
}

type Verdict = core::result::Result<Choice, Refusal>;

/// The verdict on the `wanted`th offer of the device's own component, by documents of which the
/// first expires at `expires`.
pub(crate) fn verdict<D: Decode>(
    core: &Core<'_, D>,
    docs: &Documents,
    product: Held,
    expires: Time,
    wanted: usize,
) -> Result<Option<(TargetPath, Verdict)>> {
    let top = reopen(core, docs.targets)?;
    let role = reopen(core, product)?;
    let channel = Channel::read(core.arena.get(docs.channel))?;
    let device = &core.device;
    let judge = Judge {
        device,
        boot: &core.boot,
        decode: &core.decode,
        expires,
        buffer_bytes: core.arena.capacity(),
    };
    let (mut found, mut index) = (None, 0_usize);
    channel.for_each(|offer| {
        if !is_own(device, &offer) {
            return Ok(());
        }
        if index == wanted && index < OFFERS {
            let verdict = check_role(device, top.delegations.as_ref(), docs, &offer)
                .and_then(|()| judge.judge(&offer, &role));
            found = Some((offer.path, verdict));
        }
        index = index.saturating_add(1);
        Ok(())
    })?;
    Ok(found)
}

/// Checks that an offer lies below the product, and that the product's role is trusted for it.
fn check_role(
    device: &Device<'_>,
    delegations: Option<&Delegations<'_>>,
    docs: &Documents,
    offer: &Offer<'_>,
) -> core::result::Result<(), Refusal> {
    if !is_below_product(device, &offer.path) {
        return Err(Refusal::OutsideProduct);
    }
    let trusted = delegations.and_then(|list| list.find(offer.path.as_str()));
    if trusted.is_none_or(|delegation| delegation.name != docs.role) {
        return Err(Refusal::OtherRole);
    }
    Ok(())
}

pub(crate) fn is_own(device: &Device<'_>, offer: &Offer<'_>) -> bool {
    offer.component == device.component
}

pub(crate) fn is_below_product(device: &Device<'_>, path: &TargetPath) -> bool {
    let mut segments = path.as_str().split('/');
    segments.next() == Some("images") && segments.next() == Some(device.product)
}
