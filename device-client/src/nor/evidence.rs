//! The evidence of a slot on flash: written by the machine, checked by the boot loader.

use embedded_storage::nor_flash::NorFlash;
use sealift_metadata::Time;
use sealift_metadata::error::{Error as Refused, Role};
use sealift_metadata::image::Image;
use sealift_metadata::limits::ROOT_BYTES;
use sealift_metadata::stream::{Item, Stream};
use sealift_metadata::targets::Listing;
use sealift_metadata::trusted::{Floors, RootStage};
use sealift_metadata::verify::RoleKeys;

use super::chip::{Chip, plus};
use super::layout::Area;
use super::{Board, Fault};
use crate::Result;
use crate::action::Event;
use crate::error::Error;
use crate::evidence::{
    Anchor, DOCUMENT_HEAD_BYTES, EVIDENCE_HEADER_BYTES, EvidenceOp, Header, behind, decode, header,
};
use crate::select::Refusal;
use crate::slot::{SlotId, SlotRecord};

/// What a jump reads before the first instruction: the initial stack pointer, and where to begin. An
/// image without them would have somebody else's bytes jumped to, which nobody hashed.
const VECTOR_BYTES: u64 = 8;

const HEAD: usize = DOCUMENT_HEAD_BYTES as usize;

impl<F: NorFlash> Board<'_, F> {
    /// Does what the machine asks for, and says what to tell it. What is checked is checked as a
    /// boot loader with this anchor will do it.
    pub fn keep_evidence(&mut self, op: EvidenceOp<'_>, anchor: &Anchor<'_>) -> Event<'static> {
        let done = match op {
            EvidenceOp::Begin { slot, roots, path } => self.begin_evidence(slot, roots, path),
            EvidenceOp::Open { slot, at, length } => self.open_document(slot, at, length),
            EvidenceOp::Write { slot, at, bytes } => self.write_evidence(slot, at, bytes),
            EvidenceOp::Check {
                slot,
                image,
                buffer,
            } => {
                let proved = self.check_evidence(slot, image, anchor, buffer);
                proved.map_err(|_| Fault::NoEvidence)
            }
        };
        done.map_or_else(|fault| Event::Failed(fault.code()), |()| Event::Done)
    }

    fn begin_evidence(
        &mut self,
        slot: SlotId,
        roots: u8,
        path: &str,
    ) -> core::result::Result<(), Fault> {
        let area = self.idle_evidence(slot)?;
        self.chip.erase(area.start, area.end())?;
        self.chip.write(area.start, &header(roots, path))
    }

    fn open_document(
        &mut self,
        slot: SlotId,
        at: u32,
        length: u32,
    ) -> core::result::Result<(), Fault> {
        let area = self.idle_evidence(slot)?;
        if behind(at, length) > area.length {
            return Err(Fault::EvidenceRoom);
        }
        let mut head = [0; HEAD];
        head.iter_mut()
            .zip(length.to_le_bytes())
            .for_each(|(to, from)| *to = from);
        self.chip.write(area.start.saturating_add(at), &head)
    }

    fn write_evidence(
        &mut self,
        slot: SlotId,
        at: u32,
        bytes: &[u8],
    ) -> core::result::Result<(), Fault> {
        let area = self.idle_evidence(slot)?;
        let start = area.start.saturating_add(at);
        if plus(start, bytes.len()) > area.end() {
            return Err(Fault::EvidenceRoom);
        }
        self.chip.write(start, bytes)
    }

    /// The area beside a slot, if that is not the one that runs.
    fn idle_evidence(&self, slot: SlotId) -> core::result::Result<Area, Fault> {
        self.check_idle(slot)?;
        self.layout.evidence_of(slot).ok_or(Fault::EvidenceRoom)
    }

    /// Whether the evidence beside a slot proves that its image was signed, and is what its record
    /// says. `buffer` holds a root whole, or the window that a role passes through: 8 KiB.
    ///
    /// # Errors
    /// [`Error::EvidenceTorn`] where nothing whole lies there, and [`Error::Storage`] where it
    /// cannot be read; [`Error::Metadata`] for documents that do not lead from the pinned root to
    /// the path; [`Error::Refused`] for an image that is not listed, not for this device or slot,
    /// below the floor, or too short to be jumped to; [`Error::EvidenceOther`] for another image than that of the record.
    #[inline(never)]
    pub fn check_evidence(
        &mut self,
        slot: SlotId,
        image: &SlotRecord,
        anchor: &Anchor<'_>,
        buffer: &mut [u8],
    ) -> Result<()> {
        let area = self.layout.evidence_of(slot).ok_or(Error::EvidenceTorn)?;
        // Taken by reference: what is moved lies on the stack twice, below a signature's check.
        let evidence = &mut Evidence::open(&mut self.chip, area);
        let evidence = evidence.as_mut().map_err(|error| *error)?;
        let mut keys = RoleKeys::default();
        evidence.walk_roots(anchor, &mut keys, buffer)?;
        evidence.find_role(&mut keys, buffer)?;
        evidence.find_image(&mut keys, buffer, &|path, listing| {
            check_image(path, listing, slot, image, anchor)
        })
    }
}

/// The documents of an area, in their order.
struct Evidence<'c, F> {
    chip: &'c mut Chip<F>,
    area: Area,
    header: Header,
    /// Where the next document is announced.
    at: u32,
}

impl<'c, F: NorFlash> Evidence<'c, F> {
    #[inline(never)]
    fn open(chip: &'c mut Chip<F>, area: Area) -> Result<Self> {
        let mut bytes = header(0, "");
        chip.read(area.start, &mut bytes)?;
        let found = decode(&bytes).ok_or(Error::EvidenceTorn)?;
        Ok(Self {
            chip,
            area,
            header: found,
            at: EVIDENCE_HEADER_BYTES,
        })
    }

    /// From the pinned root to its last successor (TUF 5.3.4, 5.3.5), which says who signs for
    /// `targets`. It may have expired, as all others may.
    #[inline(never)]
    fn walk_roots(
        &mut self,
        anchor: &Anchor<'_>,
        keys: &mut RoleKeys,
        buffer: &mut [u8],
    ) -> Result<()> {
        let pinned = self.whole(buffer)?;
        let stage = &mut RootStage::admit(pinned, &anchor.root, Floors::default(), Time::EPOCH);
        let stage = stage.as_mut().map_err(|error| *error)?;
        for _ in 1..self.header.roots {
            stage.accept(self.whole(buffer)?)?;
        }
        *keys = stage.root().signers(Role::Targets).into();
        Ok(())
    }

    /// The first role that the top-level one trusts for the image's path (TUF 5.6.7): its keys take
    /// the place of those that sign for the top-level one.
    #[inline(never)]
    fn find_role(&mut self, keys: &mut RoleKeys, buffer: &mut [u8]) -> Result<()> {
        let document = self.next_document()?;
        let mut is_found = false;
        let mut stream = Stream::signed(Role::Targets, core::mem::take(keys), true);
        let path = self.header.path.as_str();
        let mut each = |item: Item<'_>| {
            if !is_found && item.role_for(path).is_some() {
                *keys = item.keys_for(path)?;
                is_found = true;
            }
            Ok(())
        };
        let read = |piece: &[u8]| stream.push(buffer, piece, &mut each);
        self.chip.for_each(document, read)?;
        stream.verify()?;
        if is_found {
            return Ok(());
        }
        Err(Refused::NotDelegated.into())
    }

    /// Judges the image by what that role says of it.
    #[inline(never)]
    fn find_image(
        &mut self,
        keys: &mut RoleKeys,
        buffer: &mut [u8],
        judge: &dyn Fn(&str, &Listing<'_>) -> Result<()>,
    ) -> Result<()> {
        let document = self.next_document()?;
        let mut verdict = Err(Error::Refused(Refusal::NotListed));
        let mut stream = Stream::signed(Role::Targets, core::mem::take(keys), false);
        let wanted = self.header.path.as_str();
        let mut each = |item: Item<'_>| {
            if let Item::File { path, listing, .. } = item
                && path == wanted
            {
                verdict = judge(path, listing);
            }
            Ok(())
        };
        let read = |piece: &[u8]| stream.push(buffer, piece, &mut each);
        self.chip.for_each(document, read)?;
        stream.verify()?;
        verdict
    }

    /// The next document, laid into the buffer.
    fn whole<'b>(&mut self, buffer: &'b mut [u8]) -> Result<&'b [u8]> {
        let document = self.next_document()?;
        let length = usize::try_from(document.length).unwrap_or(usize::MAX);
        if length > ROOT_BYTES {
            return Err(Error::EvidenceTorn);
        }
        let whole = length.checked_next_multiple_of(F::READ_SIZE.max(1));
        if whole.is_none_or(|whole| whole > buffer.len()) {
            return Err(Error::BufferFull);
        }
        Ok(self.chip.read_some(document.start, length, buffer)?)
    }

    /// Where the next document lies.
    fn next_document(&mut self) -> Result<Area> {
        let at = self.at;
        let start = self.area.start.saturating_add(at);
        if behind(at, 0) > self.area.length {
            return Err(Error::EvidenceTorn);
        }
        let mut head = [0; HEAD];
        self.chip.read(start, &mut head)?;
        let length = head.first_chunk().copied().map_or(0, u32::from_le_bytes);
        self.at = behind(at, length);
        if self.at > self.area.length {
            return Err(Error::EvidenceTorn);
        }
        let start = start.saturating_add(DOCUMENT_HEAD_BYTES);
        Ok(Area { start, length })
    }
}

/// Whether the signed entry is about this device, this slot and the image of the record. Whether it
/// was newer, and for whom, was decided when it was installed.
#[inline(never)]
fn check_image(
    path: &str,
    listing: &Listing<'_>,
    slot: SlotId,
    record: &SlotRecord,
    anchor: &Anchor<'_>,
) -> Result<()> {
    let target = listing.target()?;
    let image = Image::of(&target)?.ok_or(Error::Refused(Refusal::NotAnImage))?;
    let is_ours = image.product == anchor.product
        && image.component == anchor.component
        && image.belongs_at(path);
    for (holds, refusal) in [
        (is_ours, Refusal::Misplaced),
        (image.hardware.contains(anchor.hardware), Refusal::Hardware),
        (slot.runs(image.slot), Refusal::Slot),
        (image.floor >= anchor.floor, Refusal::BelowFloor),
        (image.image.length >= VECTOR_BYTES, Refusal::Size),
    ] {
        if !holds {
            return Err(Error::Refused(refusal));
        }
    }
    let is_recorded = image.image.length == record.length
        && image.image.sha256 == record.sha256
        && image.sequence == record.sequence
        && image.floor == record.floor;
    if is_recorded {
        Ok(())
    } else {
        Err(Error::EvidenceOther)
    }
}
