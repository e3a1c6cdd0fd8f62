//! Whether an offered image may be installed, and why not. The channel only points; what counts
//! is what the product's signers say of the target, and what the device knows of itself.

use core::fmt;

use heapless::String;
use sealift_metadata::Time;
use sealift_metadata::blocks;
use sealift_metadata::image::{Blocks, Content, Image};
use sealift_metadata::limits::{BLOCK_OVERHEAD_BYTES, SLUG_BYTES};
use sealift_metadata::name::TargetPath;
use sealift_metadata::targets::{Listing, Target};

use crate::boot::BootState;
use crate::decode::{Decode, RAW};
use crate::device::Device;
use crate::install::table_path;
use crate::limits::VERSION_BYTES;
use crate::refresh::bytes_of;
use crate::slot::{SlotRecord, SlotState};

/// Why an offer was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// 260: the device takes whole releases, and this one lacks a component or has one that is
    /// refused, or its document names others.
    IncompleteSet,
    /// 210: the path does not lie below `images/<own product>/`.
    OutsideProduct,
    /// 211: another role than the product's is trusted for the path.
    OtherRole,
    /// 212: the product's role does not list the path.
    NotListed,
    /// 213: the target carries no image description of a known schema.
    NotAnImage,
    /// 214: the description is of another product or component, or belongs to another path.
    Misplaced,
    /// 215: the signers did not agree to this channel.
    Audience,
    /// 216: the image does not run on this board revision.
    Hardware,
    /// 217: the encoding is not known here.
    Encoding,
    /// 218: the image is linked for the slot that is running.
    Slot,
    /// 219: it is to be activated together with other components.
    NeedsWith,
    /// 220: the sequence is not above the installed one.
    NotNewer,
    /// 221: the image's floor is below the device's.
    BelowFloor,
    /// 222: the image failed here before.
    FailedBefore,
    /// 223: the image does not fit the slot, or is empty.
    Size,
    /// 224: blocks do not begin where the slot can be erased.
    BlockSize,
    /// 225: the version's text is too long to be recorded.
    VersionText,
    /// 226: the day of the build is not before the day on which the first document expires.
    BuiltLate,
    /// 227: the block table and a block do not fit the buffer, or the table has no valid path.
    BufferSize,
    /// 228: it is a step that comes after one that is not installed.
    NeedsInstalled,
    /// 229: it is a delta.
    Delta,
}

impl Refusal {
    /// The number of the fact. Numbers are never reused or reordered.
    pub const fn code(self) -> u16 {
        match self {
            Self::IncompleteSet => 260,
            Self::OutsideProduct => 210,
            Self::OtherRole => 211,
            Self::NotListed => 212,
            Self::NotAnImage => 213,
            Self::Misplaced => 214,
            Self::Audience => 215,
            Self::Hardware => 216,
            Self::Encoding => 217,
            Self::Slot => 218,
            Self::NeedsWith => 219,
            Self::NotNewer => 220,
            Self::BelowFloor => 221,
            Self::FailedBefore => 222,
            Self::Size => 223,
            Self::BlockSize => 224,
            Self::VersionText => 225,
            Self::BuiltLate => 226,
            Self::BufferSize => 227,
            Self::NeedsInstalled => 228,
            Self::Delta => 229,
        }
    }

    /// The stable name of the fact.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IncompleteSet => "incomplete_set",
            Self::OutsideProduct => "outside_product",
            Self::OtherRole => "other_role",
            Self::NotListed => "target_not_listed",
            Self::NotAnImage => "not_an_image",
            Self::Misplaced => "misplaced_image",
            Self::Audience => "wrong_audience",
            Self::Hardware => "wrong_hardware",
            Self::Encoding => "unknown_encoding",
            Self::Slot => "wrong_slot",
            Self::NeedsWith => "needs_other",
            Self::NotNewer => "not_newer",
            Self::BelowFloor => "below_floor",
            Self::FailedBefore => "failed_before",
            Self::Size => "image_size",
            Self::BlockSize => "block_size",
            Self::VersionText => "version_text",
            Self::BuiltLate => "built_late",
            Self::BufferSize => "buffer_size",
            Self::NeedsInstalled => "needs_installed",
            Self::Delta => "delta",
        }
    }

    /// Whether the channel points at what nobody agreed to: a fault of the repository, not a
    /// matter of taste.
    pub const fn is_fault(self) -> bool {
        self.code() <= Self::Audience.code() && !matches!(self, Self::NotAnImage)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IncompleteSet => "the release is not whole for this device",
            Self::OutsideProduct => "the channel points outside of the device's own product",
            Self::OtherRole => "another role than the product's is trusted for the path",
            Self::NotListed => "the channel points at a target that the product does not list",
            Self::NotAnImage => "the target carries no image description that is understood",
            Self::Misplaced => "the image description belongs to another target",
            Self::Audience => "the signers did not release the image for this channel",
            Self::Hardware => "the image is for other board revisions",
            Self::Encoding => "the image is in an encoding that is not known here",
            Self::Slot => "the image is linked for the slot that is running",
            Self::NeedsWith => "the image is activated only together with other components",
            Self::NotNewer => "the image is not newer than the installed one",
            Self::BelowFloor => "the image is below the security floor",
            Self::FailedBefore => "the image failed on this device before",
            Self::Size => "the image does not fit the slot",
            Self::BlockSize => "the blocks do not fit the pages of the slot",
            Self::VersionText => "the text of the version is too long",
            Self::BuiltLate => "the image was built when the documents that list it had expired",
            Self::BufferSize => "the block table and a block do not fit the buffer",
            Self::NeedsInstalled => "the image comes after another one that is not installed",
            Self::Delta => "the image is a delta",
        })
    }
}

/// An image that may be installed: all that has to be known of it once its documents make way.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) path: TargetPath,
    /// Length and digest of the target, the encoded image.
    pub(crate) target: Content,
    pub(crate) blocks: Blocks,
    pub(crate) encoding: String<SLUG_BYTES>,
    pub(crate) built: Time,
    /// What will stand in the boot records, length and digest of the image among it.
    pub(crate) record: SlotRecord,
}

/// What an offer is judged by.
pub(crate) struct Judge<'j, D> {
    pub(crate) device: &'j Device<'j>,
    pub(crate) boot: &'j BootState,
    pub(crate) decode: &'j D,
    /// The earliest expiry of all documents that the choice rests on.
    pub(crate) expires: Time,
    /// Length of the buffer that a block table and a block share.
    pub(crate) buffer_bytes: usize,
}

impl<D: Decode> Judge<'_, D> {
    /// Judges an offer by what the role of its product says of the target.
    #[inline(never)]
    pub(crate) fn judge(
        &self,
        path: &str,
        release: &str,
        listing: &Listing<'_>,
    ) -> Result<(), Refusal> {
        let target = listing.target().map_err(|_| Refusal::NotListed)?;
        match &Image::of(&target) {
            Ok(Some(image)) => self.check(path, release, &target, image),
            _ => Err(Refusal::NotAnImage),
        }
    }

    #[inline(never)]
    fn check(
        &self,
        path: &str,
        release: &str,
        target: &Target<'_>,
        image: &Image<'_>,
    ) -> Result<(), Refusal> {
        self.check_meant_for_us(path, release, image)?;
        self.check_can_be_taken(image)?;
        self.check_buffer(path, target, image)?;
        self.check_moves_forward(image)?;
        // A day in the far future would make every document look expired from then on.
        require(image.built < self.expires, Refusal::BuiltLate)?;
        require(image.version.len() <= VERSION_BYTES, Refusal::VersionText)
    }

    fn check_meant_for_us(
        &self,
        path: &str,
        release: &str,
        image: &Image<'_>,
    ) -> Result<(), Refusal> {
        let device = self.device;
        let is_placed = image.product == device.product
            && image.component == device.component
            && image.release == release
            && image.belongs_at(path);
        require(is_placed, Refusal::Misplaced)?;
        let is_audience = image.channels.contains(device.channel);
        require(is_audience, Refusal::Audience)?;
        let is_ours = image.hardware.contains(device.hardware);
        require(is_ours, Refusal::Hardware)
    }

    fn check_can_be_taken(&self, image: &Image<'_>) -> Result<(), Refusal> {
        let is_known = image.encoding == RAW || self.decode.supports(image.encoding);
        require(is_known, Refusal::Encoding)?;
        let slot = self.boot.active.other();
        require(slot.runs(image.slot), Refusal::Slot)?;
        require(image.from.is_none(), Refusal::Delta)?;
        self.check_needs(image)?;
        let fits = (1..=self.device.slot_bytes).contains(&image.image.length);
        require(fits, Refusal::Size)?;
        let is_aligned = image.blocks.size.is_multiple_of(self.device.erase_bytes);
        let is_single = image.image.length <= u64::from(image.blocks.size);
        require(is_aligned || is_single, Refusal::BlockSize)
    }

    /// The table stays in the buffer while blocks come and go; what is encoded needs room before
    /// and after, and may be longer before.
    fn check_buffer(
        &self,
        path: &str,
        target: &Target<'_>,
        image: &Image<'_>,
    ) -> Result<(), Refusal> {
        require(table_path(path).is_some(), Refusal::BufferSize)?;
        let size = image.blocks.size;
        let block = image.image.length.min(u64::from(size));
        let encoded = match image.encoding {
            RAW => 0,
            _ => target
                .length
                .min(u64::from(size.saturating_add(BLOCK_OVERHEAD_BYTES))),
        };
        let needed = blocks::table_bytes(image.image.length, size)
            .saturating_add(block)
            .saturating_add(encoded);
        require(bytes_of(needed) <= self.buffer_bytes, Refusal::BufferSize)
    }

    fn check_moves_forward(&self, image: &Image<'_>) -> Result<(), Refusal> {
        let installed = self.boot.installed();
        let is_newer = installed.is_none_or(|slot| image.sequence > slot.sequence);
        require(is_newer, Refusal::NotNewer)?;
        require(image.floor >= self.boot.floor, Refusal::BelowFloor)?;
        let has_failed = self.boot.has_failed(image.sequence);
        require(!has_failed, Refusal::FailedBefore)
    }

    /// With a device of one component nothing can be activated together, and of others it knows
    /// nothing. One of several takes the release as a whole, and then sees whether it has what is
    /// needed. What must be installed first leads a device up the steps.
    fn check_needs(&self, image: &Image<'_>) -> Result<(), Refusal> {
        let installed = self.boot.installed().map_or(0, |slot| slot.sequence);
        let unmet = sealift_metadata::Error::NotAnImage;
        let with = image.needs_with.for_each(|component, _| {
            let is_known = match self.decode.others() {
                Some(others) => others.has(component),
                None => false,
            };
            if is_known { Ok(()) } else { Err(unmet) }
        });
        require(with.is_ok(), Refusal::NeedsWith)?;
        let before = image.needs_installed.for_each(|component, sequence| {
            let found = match self.decode.others() {
                _ if component == self.device.component => Some(installed),
                Some(others) => others.installed(component, self.boot.active),
                None => None,
            };
            if found.is_some_and(|found| found >= sequence) {
                return Ok(());
            }
            Err(unmet)
        });
        require(before.is_ok(), Refusal::NeedsInstalled)
    }
}

/// What there is to install of a target that was [judged](Judge::judge) well.
#[inline(never)]
pub(crate) fn choose(path: &str, listing: &Listing<'_>) -> Option<Choice> {
    let target = listing.target().ok()?;
    let image = Image::of(&target).ok()??;
    let Target { length, sha256, .. } = target;
    Some(Choice {
        path: TargetPath::new(path).ok()?,
        target: Content { length, sha256 },
        blocks: image.blocks,
        encoding: image.encoding.try_into().ok()?,
        built: image.built,
        record: SlotRecord {
            state: SlotState::Empty,
            downloads: 0,
            sequence: image.sequence,
            floor: image.floor,
            length: image.image.length,
            sha256: image.image.sha256,
            version: image.version.try_into().ok()?,
        },
    })
}

fn require(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}
