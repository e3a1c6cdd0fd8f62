//! A device of several components: what it has beside its first one, which is the one that boots.
//!
//! A release is taken as a whole set, into the slots of one letter: all components run from the
//! slots A, or all from the slots B. So the state of a set is that of the first component's slot;
//! the others only say which image lies there, and whether it is whole. One record holds all of
//! it: there is no instant between two sets, and no way back but to a whole one.

use heapless::{String, Vec};
use sealift_metadata::Digest;
use sealift_metadata::digest::Hasher;
use sealift_metadata::image::Content;
use sealift_metadata::limits::SLUG_BYTES;
use sealift_metadata::name::is_slug;
use sealift_metadata::release::{COMPONENT, Release};

use crate::Result;
use crate::boot::BootState;
use crate::decode::Decode;
use crate::device::Device;
use crate::error::Error;
use crate::limits::OTHERS;
use crate::object::Object;
use crate::select::Choice;
use crate::slot::{SlotId, SlotRecord, SlotState};

/// A component that is not the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    name: String<SLUG_BYTES>,
    slot_bytes: u64,
}

impl Component {
    /// A component by its name, whose slots have so many bytes each.
    ///
    /// # Errors
    /// [`Error::Identity`].
    pub fn new(name: &str, slot_bytes: u64) -> Result<Self> {
        if !is_slug(name) || name == COMPONENT || slot_bytes == 0 {
            return Err(Error::identity("component"));
        }
        let name = name.try_into().map_err(|_| Error::identity("component"))?;
        Ok(Self { name, slot_bytes })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What stands for it in boot records.
    pub fn tag(&self) -> Tag {
        Tag::of(&self.name)
    }
}

/// The first bytes of the SHA-256 of a component's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag(pub [u8; 4]);

impl Tag {
    /// That of the component of a name.
    pub fn of(component: &str) -> Self {
        let digest = Digest::of(component.as_bytes());
        Self(digest.as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

/// What boot records hold of a component that is not the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose it is.
    pub tag: Tag,
    /// Its security floor, which rises by confirmations.
    pub floor: u64,
    /// Its slot A: empty, receiving, staged where it holds a whole image, or failed.
    pub a: SlotRecord,
    /// Its slot B.
    pub b: SlotRecord,
}

impl Part {
    /// A component that no release brought yet.
    pub const fn blank(tag: Tag) -> Self {
        Self {
            tag,
            floor: 0,
            a: SlotRecord::EMPTY,
            b: SlotRecord::EMPTY,
        }
    }

    /// Whether nothing is known of it.
    pub fn is_blank(&self) -> bool {
        *self == Self::blank(self.tag)
    }

    /// What is known of a slot.
    pub const fn slot(&self, id: SlotId) -> &SlotRecord {
        match id {
            SlotId::A => &self.a,
            SlotId::B => &self.b,
        }
    }

    /// What is known of a slot, to change it.
    pub const fn slot_mut(&mut self, id: SlotId) -> &mut SlotRecord {
        match id {
            SlotId::A => &mut self.a,
            SlotId::B => &mut self.b,
        }
    }

    /// Whether the slot may run in a set: it is above the floor, or was never written. That is what
    /// a device was before it had several components.
    pub(crate) const fn runs(&self, id: SlotId) -> bool {
        let slot = self.slot(id);
        matches!(slot.state, SlotState::Empty) || slot.floor >= self.floor
    }
}

/// The components of a device but for the first, and what is to become of them.
#[derive(Debug)]
pub struct Others {
    /// The first component, and the sequence of what is confirmed of it; 0 where nothing is.
    first: String<SLUG_BYTES>,
    first_sequence: u64,
    components: Vec<Component, OTHERS>,
    parts: Vec<Part, OTHERS>,
    /// The component that is worked on: 0 is the first one.
    pub(crate) current: usize,
    /// What is to be installed, in the order of the components, with the places of the offers. While one of them is worked on, the
    /// first component's choice lies in its place.
    pub(crate) picks: [Option<(usize, Choice)>; OTHERS],
    /// The lowest sequences that the images of a release need of each other, the first's in front.
    needed: [u64; OTHERS + 1],
    /// The product's role, which passes by again for them.
    pub(crate) role: Option<Object>,
    /// The document of the release.
    pub(crate) set: Option<Content>,
}

impl Others {
    /// The components that a device has beside `first`, and what its boot records hold of them, in
    /// any order. Of one that the records do not know, no release was installed yet.
    ///
    /// # Errors
    /// [`Error::Identity`] where there are too many, or one of them twice; and where the records
    /// tell of a component that is not among them.
    pub fn new(first: &str, components: &[Component], known: &[Part]) -> Result<Self> {
        let wrong = Error::identity("component");
        let mut parts = Vec::new();
        for (place, component) in components.iter().enumerate() {
            let before = components.iter().take(place);
            let is_twice = before.clone().any(|other| other.tag() == component.tag());
            if is_twice || component.name == first {
                return Err(wrong);
            }
            let tag = component.tag();
            let part = known.iter().find(|part| part.tag == tag).cloned();
            let part = part.unwrap_or_else(|| Part::blank(tag));
            parts.push(part).map_err(|_| wrong)?;
        }
        let is_known = |part: &Part| parts.iter().any(|own: &Part| own.tag == part.tag);
        if known.iter().any(|part| !part.is_blank() && !is_known(part)) {
            return Err(wrong);
        }
        Ok(Self {
            first: first.try_into().map_err(|_| wrong)?,
            first_sequence: 0,
            components: components.try_into().map_err(|_| wrong)?,
            parts,
            current: 0,
            picks: [const { None }; OTHERS],
            needed: [0; OTHERS + 1],
            role: None,
            set: None,
        })
    }

    /// The components, in the order in which [`FlashOp`](crate::FlashOp) counts them from 1 on.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// What the boot records hold of them, in the same order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The component that is worked on, unless it is the first.
    pub(crate) fn part_mut(&mut self) -> Option<&mut Part> {
        let place = self.current.checked_sub(1)?;
        self.parts.get_mut(place)
    }

    /// The place of a component by its name, counted from 0.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.components.iter().position(|own| own.name == name)
    }

    /// The device and the state of its records as one of these components sees them.
    pub(crate) fn view<'v>(
        &'v self,
        place: usize,
        device: &Device<'v>,
        boot: &BootState,
    ) -> Option<(Device<'v>, BootState)> {
        let (component, part) = (self.components.get(place)?, self.parts.get(place)?);
        let device = Device {
            component: &component.name,
            slot_bytes: component.slot_bytes,
            ..*device
        };
        let mut view = BootState {
            active: boot.active,
            a: part.a.clone(),
            b: part.b.clone(),
            floor: part.floor,
            failures: Vec::new(),
        };
        let active = view.active;
        let running = view.slot_mut(active);
        // Of a set that rotted, all may come again.
        if boot.installed().is_some() && running.state == SlotState::Staged {
            running.state = SlotState::Confirmed;
        }
        Some((device, view))
    }

    /// Takes note of the first component, for the needs of the others.
    pub(crate) fn note_first(&mut self, boot: &BootState) {
        self.first_sequence = boot.installed().map_or(0, |slot| slot.sequence);
    }

    /// Whether the device has a component.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.first == name || self.place(name).is_some()
    }

    /// The sequence of a component that runs and is confirmed; 0 where there is none. `None` for a
    /// component that is not known here.
    pub(crate) fn installed(&self, name: &str, active: SlotId) -> Option<u64> {
        if self.first == name {
            return Some(self.first_sequence);
        }
        let slot = self.parts.get(self.place(name)?)?.slot(active);
        Some(match slot.state {
            SlotState::Staged if self.first_sequence > 0 => slot.sequence,
            _ => 0,
        })
    }

    /// What a device found to be up to date rests on these, too.
    pub(crate) fn mark(&self, hasher: &mut Hasher) {
        for (component, part) in self.components.iter().zip(&self.parts) {
            hasher.update(component.name.as_bytes());
            hasher.update(&[0]);
            for number in [component.slot_bytes, part.floor] {
                hasher.update(&number.to_le_bytes());
            }
        }
    }

    /// Forgets what was to be installed.
    pub(crate) fn forget(&mut self) {
        self.current = 0;
        self.picks = [const { None }; OTHERS];
        self.needed = [0; OTHERS + 1];
        self.set = None;
    }

    /// Takes note that the release has to bring a component of this sequence or a later one.
    pub(crate) fn need(&mut self, component: &str, sequence: u64) {
        let place = match self.place(component) {
            Some(place) => place.saturating_add(1),
            None if self.first == component => 0,
            None => return,
        };
        if let Some(needed) = self.needed.get_mut(place) {
            *needed = sequence.max(*needed);
        }
    }

    /// Takes what is to be installed of the component at a place, unless an earlier offer is.
    pub(crate) fn keep(&mut self, place: usize, offer: usize, choice: Choice) {
        if let Some(pick) = self.picks.get_mut(place)
            && pick.as_ref().is_none_or(|(best, _)| offer < *best)
        {
            *pick = Some((offer, choice));
        }
    }

    /// What is to be installed.
    pub(crate) fn choices(&self) -> impl Iterator<Item = &Choice> {
        self.picks.iter().flatten().map(|(_, choice)| choice)
    }

    /// Whether every component is there.
    pub(crate) fn is_complete(&self) -> bool {
        self.choices().count() == self.components.len()
    }

    /// Whether all are there in the sequence that the others need.
    pub(crate) fn is_met(&self, first: &Choice) -> bool {
        let others = (0..OTHERS).map(|place| self.pick(place));
        let picks = core::iter::once(Some(first)).chain(others);
        let has =
            |pick: Option<&Choice>, needed| pick.is_none_or(|pick| pick.record.sequence >= needed);
        picks
            .zip(self.needed)
            .all(|(pick, needed)| has(pick, needed))
    }

    /// Whether a release's document names, for this device, these images and no others.
    pub(crate) fn agrees(&self, bytes: &[u8], device: &Device<'_>, first: &Choice) -> bool {
        let mut segments = first.path.as_str().split('/');
        let Ok(set) = Release::read(bytes) else {
            return false;
        };
        let (mut named, mut is_foreign) = ([false; OTHERS + 1], false);
        let read = set.for_each(|part| {
            if !part.hardware.contains(device.hardware) {
                return Ok(());
            }
            let (place, pick) = match self.place(part.component) {
                Some(place) => (place.saturating_add(1), self.pick(place)),
                None if part.component == device.component => (0, Some(first)),
                None => (usize::MAX, None),
            };
            match named.get_mut(place) {
                Some(named) => *named |= pick.is_some_and(|pick| is_same(pick, &part)),
                None => is_foreign = true,
            }
            Ok(())
        });
        let count = self.components.len().saturating_add(1);
        let is_whole = named.iter().take(count).all(|named| *named);
        let is_ours = set.product == device.product && segments.nth(3) == Some(set.release);
        read.is_ok() && !is_foreign && is_whole && is_ours
    }

    fn pick(&self, place: usize) -> Option<&Choice> {
        self.picks.get(place)?.as_ref().map(|(_, choice)| choice)
    }
}

fn is_same(choice: &Choice, part: &sealift_metadata::release::Part<'_>) -> bool {
    let record = &choice.record;
    record.sequence == part.sequence
        && record.length == part.image.length
        && record.sha256 == part.image.sha256
}

/// A client of several components, with the encodings of another one. Without others, it is a client
/// of one component.
#[derive(Debug)]
pub struct Set<D> {
    /// Decodes.
    pub decode: D,
    /// The components beside the first.
    pub others: Others,
}

impl<D: Decode> Decode for Set<D> {
    const INSTALLS: bool = D::INSTALLS;

    fn supports(&self, encoding: &str) -> bool {
        self.decode.supports(encoding)
    }

    fn decode(&mut self, encoding: &str, block: &[u8], image: &mut [u8]) -> Option<usize> {
        self.decode.decode(encoding, block, image)
    }

    fn others(&self) -> Option<&Others> {
        let is_alone = self.others.components.is_empty();
        (!is_alone).then_some(&self.others)
    }

    fn others_mut(&mut self) -> Option<&mut Others> {
        let is_alone = self.others.components.is_empty();
        (!is_alone).then_some(&mut self.others)
    }
}
