//! The documents that prove the image, kept beside its slot for a boot loader that checks
//! signatures. They are asked for once more, when the slot holds the image: before that, nobody knew
//! which of them would matter, and the evidence of what the slot held until then still counted.

use sealift_metadata::limits::ROOT_BYTES;
use sealift_metadata::name::{RoleName, Version};
use sealift_metadata::timestamp::FileMeta;

use super::{At, Install};
use crate::Result;
use crate::arena::Held;
use crate::core_state::{Answer, Ask, Core, Keeping, Turn, Wanted};
use crate::decode::Decode;
use crate::error::Error;
use crate::evidence::{DOCUMENT_HEAD_BYTES, EVIDENCE_HEADER_BYTES, behind};
use crate::limits::EVIDENCE_PIECE_BYTES;
use crate::object::Object;
use crate::refresh::bytes_of;
use crate::slot::SlotRecord;

/// What the evidence of a choice consists of.
#[derive(Debug)]
pub(crate) struct Papers {
    /// Versions of the pinned root and of the trusted one.
    pub(crate) roots: (Version, u64),
    pub(crate) targets: FileMeta,
    pub(crate) product: (RoleName, FileMeta),
    /// Length of the area in bytes.
    pub(crate) room: u32,
}

/// Where the keeping of evidence stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A root is on its way.
    Root,
    /// The area was begun; its first root lies in the buffer already.
    Begun { root: Held },
    /// A document was announced; a root lies in the buffer already.
    Opened { root: Option<Held> },
    /// A part of a role is on its way.
    Part,
    /// So many bytes were written.
    Written { length: u32 },
    /// Everything is being looked at as the boot loader will do it.
    Checked,
}

/// The document that is being kept, of all of them in their order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    document: u64,
    /// Where it is announced, in bytes from the start of the area.
    at: u32,
    length: u32,
    /// Bytes of it that were written.
    written: u32,
}

impl Papers {
    /// How many roots there are.
    fn roots(&self) -> u64 {
        let (first, last) = self.roots;
        last.saturating_sub(first.get()).saturating_add(1)
    }

    /// The number of roots in the evidence's header.
    fn count(&self) -> Result<u8> {
        u8::try_from(self.roots()).map_err(|_| Error::NoEvidence)
    }

    /// Whether everything can fit an area of so many bytes, as far as its lengths are known: before
    /// they were fetched, roots count with as little as announces them.
    ///
    /// # Errors
    /// [`Error::NoEvidence`], too, where there are more roots than a header can count, or a role's
    /// length was not promised.
    pub(crate) fn check_room(&self, first_root: u32) -> Result<()> {
        let mut at = behind(EVIDENCE_HEADER_BYTES, first_root);
        for _ in 1..self.count()? {
            at = behind(at, 0);
        }
        for promised in [&self.targets, &self.product.1] {
            at = behind(at, length_of_role(promised)?);
        }
        if at > self.room {
            return Err(Error::NoEvidence);
        }
        Ok(())
    }

    /// The version of a root; `None` for a document behind the roots.
    fn root(&self, document: u64) -> Option<Version> {
        let version = self.roots.0.get().saturating_add(document);
        (document < self.roots()).then_some(Version::new(version).ok()?)
    }

    /// The role of a document behind the roots, and what was promised of it.
    fn role(&self, document: u64) -> Option<(RoleName, &FileMeta)> {
        let (name, product) = &self.product;
        match document.checked_sub(self.roots())? {
            0 => Some((RoleName::targets(), &self.targets)),
            1 => Some((name.clone(), product)),
            _ => None,
        }
    }
}

impl Install {
    /// Keeps these as evidence before the slot is stated to hold its image.
    pub(crate) fn prove_by(&mut self, papers: Option<Papers>) {
        self.papers = papers;
    }

    /// The path of what is being installed, and what the slot's record will say of it. What it says
    /// until then may be older: a release that was added again with a higher floor is the same image.
    pub(crate) fn proved(&self) -> (&str, &SlotRecord) {
        (self.choice.path.as_str(), &self.choice.record)
    }

    /// The slot holds the image: what proves it comes next, where it is to be kept. Its area is
    /// begun once the first root is there: a link that brings none erases nothing.
    pub(super) fn keep_evidence<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        if self.papers.is_none() {
            return self.stage(core);
        }
        core.arena.release(0);
        self.place = Place {
            at: EVIDENCE_HEADER_BYTES,
            ..Place::default()
        };
        self.ask_document(core)
    }

    #[inline(never)]
    pub(super) fn next_evidence<D: Decode>(
        &mut self,
        core: &mut Core<'_, D>,
        step: Step,
        answer: Answer,
    ) -> Result<Turn> {
        match (step, answer) {
            (Step::Root, Answer::Got(held)) => self.accept_root(core, held),
            (Step::Begun { root }, Answer::Done) => self.announce(core, Some(root)),
            (Step::Opened { root: Some(held) }, Answer::Done) => self.write(core, held),
            (Step::Opened { root: None }, Answer::Done) => self.ask_part(core),
            (Step::Part, Answer::Got(held)) => {
                let left = self.place.length.saturating_sub(self.place.written);
                if length_of(held)? != left.min(EVIDENCE_PIECE_BYTES) {
                    return Err(Error::NoEvidence);
                }
                self.write(core, held)
            }
            (Step::Written { length }, Answer::Done) => self.go_on(core, length),
            (Step::Checked, Answer::Done) => self.stage(core),
            (_, Answer::Absent) => Err(Error::Absent),
            _ => Err(Error::UnexpectedEvent),
        }
    }

    /// A root is fetched whole, for nobody said how long it is. Behind the last document, everything
    /// is checked.
    fn ask_document<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let papers = self.papers.as_ref().ok_or(Error::UnexpectedEvent)?;
        if let Some(version) = papers.root(self.place.document) {
            let wanted = Wanted::Document {
                length: None,
                cap: ROOT_BYTES,
            };
            core.fetch(Object::Root(version), wanted)?;
            self.at = At::Evidence(Step::Root);
            return Ok(Turn::Stay);
        }
        let Some((_, promised)) = papers.role(self.place.document) else {
            return self.at(
                core,
                At::Evidence(Step::Checked),
                Ask::Evidence(Keeping::Check),
            );
        };
        self.place.length = length_of_role(promised)?;
        self.announce(core, None)
    }

    /// With the first root, it is known whether it leaves room for the rest. What there was in the
    /// area goes only then.
    fn accept_root<D>(&mut self, core: &mut Core<'_, D>, root: Held) -> Result<Turn> {
        self.place.length = length_of(root)?;
        if self.place.document > 0 {
            return self.announce(core, Some(root));
        }
        let papers = self.papers.as_ref().ok_or(Error::UnexpectedEvent)?;
        papers.check_room(self.place.length)?;
        let roots = papers.count()?;
        let ask = Ask::Evidence(Keeping::Begin { roots });
        self.at(core, At::Evidence(Step::Begun { root }), ask)
    }

    fn announce<D>(&mut self, core: &mut Core<'_, D>, root: Option<Held>) -> Result<Turn> {
        let Place { at, length, .. } = self.place;
        let ask = Ask::Evidence(Keeping::Open { at, length });
        self.at(core, At::Evidence(Step::Opened { root }), ask)
    }

    fn ask_part<D>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let papers = self.papers.as_ref().ok_or(Error::UnexpectedEvent)?;
        let role = papers.role(self.place.document);
        let (name, promised) = role.ok_or(Error::UnexpectedEvent)?;
        let version = promised.version;
        let Place {
            length, written, ..
        } = self.place;
        let wanted = Wanted::Part {
            offset: written.into(),
            length: bytes_of(
                length
                    .saturating_sub(written)
                    .min(EVIDENCE_PIECE_BYTES)
                    .into(),
            ),
        };
        core.fetch(Object::Role { name, version }, wanted)?;
        self.at = At::Evidence(Step::Part);
        Ok(Turn::Stay)
    }

    fn write<D>(&mut self, core: &mut Core<'_, D>, held: Held) -> Result<Turn> {
        let Place { at, written, .. } = self.place;
        let ask = Ask::Evidence(Keeping::Write {
            at: at
                .saturating_add(DOCUMENT_HEAD_BYTES)
                .saturating_add(written),
            start: held.start,
            end: held.end,
        });
        let length = length_of(held)?;
        self.at(core, At::Evidence(Step::Written { length }), ask)
    }

    fn go_on<D>(&mut self, core: &mut Core<'_, D>, length: u32) -> Result<Turn> {
        core.arena.release(0);
        let place = &mut self.place;
        place.written = place.written.saturating_add(length);
        if place.written < place.length {
            return self.ask_part(core);
        }
        *place = Place {
            document: place.document.saturating_add(1),
            at: behind(place.at, place.length),
            ..Place::default()
        };
        self.ask_document(core)
    }
}

fn length_of_role(promised: &FileMeta) -> Result<u32> {
    let length = promised.length.ok_or(Error::NoEvidence)?;
    u32::try_from(length).map_err(|_| Error::NoEvidence)
}

fn length_of(held: Held) -> Result<u32> {
    let length = held.end.saturating_sub(held.start);
    u32::try_from(length).map_err(|_| Error::NoEvidence)
}

#[cfg(test)]
mod tests {
    use sealift_metadata::hashes::Hashes;

    use super::*;

    fn papers() -> Papers {
        let version = Version::new(1).unwrap();
        let promised = FileMeta {
            version,
            length: Some(1000),
            hashes: Hashes::default(),
        };
        Papers {
            roots: (version, 3),
            targets: promised,
            product: (RoleName::targets(), promised),
            room: 4096,
        }
    }

    #[test]
    fn evidence_fits_to_the_byte_and_not_beyond() {
        let mut papers = papers();
        // A header of 288 bytes, three heads of 32, and twice 1032 up to the next multiple of 32.
        papers.room = 288 + 3 * 32 + 2 * 1056;
        assert_eq!(papers.check_room(0), Ok(()));
        assert_eq!(papers.check_room(1), Err(Error::NoEvidence));
        papers.room -= 1;
        assert_eq!(papers.check_room(0), Err(Error::NoEvidence));
    }

    #[test]
    fn more_roots_than_a_header_counts_are_refused() {
        let mut papers = papers();
        papers.room = u32::MAX;
        papers.roots.1 = 255;
        assert_eq!(papers.check_room(0), Ok(()));
        papers.roots.1 = 256;
        assert_eq!(papers.check_room(0), Err(Error::NoEvidence));
    }

    #[test]
    fn a_role_of_unknown_or_endless_length_is_refused() {
        for length in [None, Some(u64::MAX), Some(u64::from(u32::MAX))] {
            let mut papers = papers();
            papers.targets.length = length;
            assert_eq!(papers.check_room(0), Err(Error::NoEvidence), "{length:?}");
            let mut papers = self::papers();
            papers.product.1.length = length;
            assert_eq!(papers.check_room(0), Err(Error::NoEvidence), "{length:?}");
        }
    }
}
