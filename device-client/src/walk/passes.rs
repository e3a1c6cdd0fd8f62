//! What is picked out of a document while it passes by. Nothing of it counts before the document
//! was found to be the promised one.

use sealift_metadata::Result as Read;
use sealift_metadata::channel;
use sealift_metadata::image::Content;
use sealift_metadata::name::TargetPath;
use sealift_metadata::stream::Item;
use sealift_metadata::targets::Listing;

use super::whole::set_path;
use super::{At, Catch, Passing, Trust, Walk};
use crate::Result;
use crate::core_state::Core;
use crate::decode::Decode;
use crate::device::Device;
use crate::error::Error;
use crate::offers::{Offers, component_of};
use crate::others::Others;
use crate::select::{Judge, choose};

impl Walk {
    /// Takes the next bytes of the document that is passing by.
    pub(crate) fn take<D: Decode>(&mut self, core: &mut Core<'_, D>, bytes: &[u8]) -> Result<()> {
        let at = self.at;
        match &mut self.passing {
            Passing::Nothing => return Err(Error::UnexpectedEvent),
            Passing::Channel(_) => self.take_channel(core, bytes),
            Passing::Signed(_) => match at {
                At::Snapshot => self.take_snapshot(core, bytes),
                At::SnapshotAgain(_) => self.take_snapshot_again(core, bytes),
                At::Targets => self.take_targets(core, bytes)?,
                At::Channels => self.take_channels(core, bytes)?,
                At::TargetsAgain => self.take_targets_again(core, bytes),
                At::Product => self.take_product(core, bytes),
                At::Picking(newest) if core.decode.others().is_some() => {
                    self.take_set(core, newest, bytes);
                }
                _ => return Err(Error::UnexpectedEvent),
            },
        }
        Ok(())
    }

    /// The promises of the roles that this device follows.
    #[inline(never)]
    fn take_snapshot<D>(&mut self, core: &mut Core<'_, D>, bytes: &[u8]) {
        let Self { trust, passing, .. } = self;
        let (Passing::Signed(stream), Trust::Snapshot(stage)) = (passing, trust) else {
            return;
        };
        stream.push(core.arena.window(), bytes, &mut |item| {
            if let Item::Role { name, meta } = item {
                stage.note(name, *meta);
            }
            Ok(())
        });
    }

    /// The promise of the role that was picked out.
    #[inline(never)]
    fn take_snapshot_again<D>(&mut self, core: &mut Core<'_, D>, bytes: &[u8]) {
        let Self {
            passing,
            promised,
            catch,
            ..
        } = self;
        let (Passing::Signed(stream), Catch::Role(wanted, _)) = (passing, catch) else {
            return;
        };
        let (_, window) = core.arena.split();
        stream.push(window, bytes, &mut |item| {
            if let Item::Role { name, meta } = item
                && name == wanted.as_str()
            {
                *promised = Some(*meta);
            }
            Ok(())
        });
    }

    /// The first role that is trusted for the channel's document (TUF 5.6.7).
    #[inline(never)]
    fn take_targets<D>(&mut self, core: &mut Core<'_, D>, bytes: &[u8]) -> Result<()> {
        let path = channel_path(&core.device)?;
        let Self { passing, catch, .. } = self;
        let Passing::Signed(stream) = passing else {
            return Ok(());
        };
        stream.push(core.arena.window(), bytes, &mut |item| {
            if matches!(catch, Catch::Nothing)
                && let Some(name) = item.role_for(path.as_str())
            {
                *catch = Catch::Role(name, item.keys_for(path.as_str())?);
            }
            Ok(())
        });
        Ok(())
    }

    /// What the role of channels says of the channel's document.
    #[inline(never)]
    fn take_channels<D>(&mut self, core: &mut Core<'_, D>, bytes: &[u8]) -> Result<()> {
        let wanted = channel_path(&core.device)?;
        let Self { passing, catch, .. } = self;
        let Passing::Signed(stream) = passing else {
            return Ok(());
        };
        stream.push(core.arena.window(), bytes, &mut |item| {
            if let Item::File { path, listing, .. } = item
                && path == wanted.as_str()
                && let Ok(target) = listing.target()
            {
                let (length, sha256) = (target.length, target.sha256);
                *catch = Catch::Channel(Content { length, sha256 });
            }
            Ok(())
        });
        Ok(())
    }

    /// The offers for the device's component.
    #[inline(never)]
    fn take_channel<D: Decode>(&mut self, core: &mut Core<'_, D>, bytes: &[u8]) {
        let Self {
            passing, offers, ..
        } = self;
        let Passing::Channel(stream) = passing else {
            return;
        };
        let Core {
            arena,
            device,
            decode,
            ..
        } = core;
        let (texts, window) = arena.split();
        stream.push(window, bytes, &mut |item| {
            match item {
                channel::Item::Product(name) => offers.check(name == device.product),
                channel::Item::Channel(name) => offers.check(name == device.channel),
                channel::Item::Offer(offer) => offers.add(texts, device, decode.others(), offer),
            }
            Ok(())
        });
    }

    /// The role that the product's images are delegated to.
    #[inline(never)]
    fn take_targets_again<D: Decode>(&mut self, core: &mut Core<'_, D>, bytes: &[u8]) {
        let Self {
            passing,
            offers,
            catch,
            ..
        } = self;
        let Passing::Signed(stream) = passing else {
            return;
        };
        let Core {
            arena,
            device,
            decode,
            ..
        } = core;
        let (texts, window) = arena.split();
        stream.push(window, bytes, &mut |item| {
            let found = offers.delegate(texts, &item)?;
            if decode.others().is_some() {
                let product = found.as_ref().map(|(name, _)| name);
                offers.delegate_sets(&item, product, |place| set_path(device, texts, place).ok());
            }
            if let Some((name, keys)) = found {
                *catch = Catch::Role(name, keys);
            }
            Ok(())
        });
    }

    /// The newest offer that may be installed.
    #[inline(never)]
    fn take_product<D: Decode>(&mut self, core: &mut Core<'_, D>, bytes: &[u8]) {
        let Self {
            passing,
            offers,
            catch,
            expires,
            ..
        } = self;
        let Passing::Signed(stream) = passing else {
            return;
        };
        let Core {
            arena,
            device,
            boot,
            decode,
            ..
        } = core;
        if let Some(others) = decode.others_mut() {
            others.note_first(boot);
        }
        let buffer_bytes = arena.capacity();
        let mut judge = Judge {
            device,
            boot,
            decode,
            expires: expires.at(),
            buffer_bytes,
        };
        let (texts, window) = arena.split();
        stream.push(window, bytes, &mut |item| -> Read<()> {
            let Item::File {
                path,
                listing,
                expires,
            } = item
            else {
                return Ok(());
            };
            judge.expires = expires.map_or(judge.expires, |at| at.min(judge.expires));
            if let Some(others) = decode.others() {
                judge_for(others, offers, texts, &judge, path, listing);
                return Ok(());
            }
            let best = match catch {
                Catch::Choice(place, _) => *place,
                _ => usize::MAX,
            };
            if let Some(place) = offers.judge(texts, &judge, path, listing)
                && place < best
                && let Some(choice) = choose(path, listing)
            {
                *catch = Catch::Choice(place, choice);
            }
            Ok(())
        });
    }
}

/// Judges the offers of a target as its component sees it. Which of them count is known once all of
/// a release were seen.
fn judge_for<D: Decode>(
    others: &Others,
    offers: &mut Offers,
    texts: &[u8],
    judge: &Judge<'_, D>,
    path: &str,
    listing: &Listing<'_>,
) {
    let place = others.place(component_of(path));
    let view = place.and_then(|place| others.view(place, judge.device, judge.boot));
    match &view {
        Some((device, boot)) => {
            let judge = Judge {
                device,
                boot,
                ..*judge
            };
            offers.judge(texts, &judge, path, listing);
        }
        None => {
            offers.judge(texts, judge, path, listing);
        }
    }
}

/// `channels/<product>/<channel>.json`
pub(super) fn channel_path(device: &Device<'_>) -> Result<TargetPath> {
    let pieces = ["channels/", device.product, "/", device.channel, ".json"];
    Ok(TargetPath::of(&pieces)?)
}
