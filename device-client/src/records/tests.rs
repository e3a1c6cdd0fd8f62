use super::*;
use crate::limits::SET_RECORD_BYTES;
use crate::others::Tag;
use proptest::prelude::*;
use sealift_metadata::Digest;
use std::string::String;

fn any_slot_state() -> impl Strategy<Value = SlotState> {
    prop_oneof![
        Just(SlotState::Empty),
        (any::<u32>(), any::<u32>()).prop_map(|(block, size)| SlotState::Receiving { block, size }),
        Just(SlotState::Staged),
        (any::<u8>(), any::<bool>()).prop_map(|(left, booted)| SlotState::Trial { left, booted }),
        Just(SlotState::Confirmed),
        (1..=5_u8).prop_map(|code| SlotState::Failed(Cause::from_code(code).unwrap())),
    ]
}

fn any_slot() -> impl Strategy<Value = SlotRecord> {
    (
        any_slot_state(),
        any::<(u8, u64, u64, u64, [u8; 32])>(),
        "[0-9a-z.+-]{0,64}",
    )
        .prop_map(
            |(state, (downloads, sequence, floor, length, sha256), version): (_, _, String)| {
                SlotRecord {
                    state,
                    downloads,
                    sequence,
                    floor,
                    length,
                    sha256: Digest::from_bytes(sha256),
                    version: version.as_str().try_into().unwrap(),
                }
            },
        )
}

fn any_state() -> impl Strategy<Value = BootState> {
    let failure = (any::<u64>(), 1..=5_u8);
    (
        any::<bool>(),
        any_slot(),
        any_slot(),
        any::<u64>(),
        prop::collection::vec(failure, 0..=4),
    )
        .prop_map(|(is_b, a, b, floor, failures)| BootState {
            active: if is_b { SlotId::B } else { SlotId::A },
            a,
            b,
            floor,
            failures: failures
                .into_iter()
                .map(|(sequence, code)| Failure {
                    sequence,
                    cause: Cause::from_code(code).unwrap(),
                })
                .collect(),
        })
}

fn any_part() -> impl Strategy<Value = Part> {
    let numbers = any::<([u8; 4], u64)>();
    (numbers, any_slot(), any_slot()).prop_map(|((tag, floor), a, b)| Part {
        tag: Tag(tag),
        floor,
        a,
        b,
    })
}

proptest! {
    #[test]
    fn what_is_written_of_a_set_reads_back(
        state in any_state(),
        parts in prop::collection::vec(any_part(), 0..=OTHERS),
        sequence in any::<u64>(),
    ) {
        let stamp = Stamp::first(sequence);
        let record = set::encode(&state, &parts, stamp);
        let read = set::decode(&record).unwrap();
        let is_blank = parts.iter().all(Part::is_blank);
        prop_assert_eq!(record.len(), if is_blank { BOOT_RECORD_BYTES } else { SET_RECORD_BYTES });
        let expected = if is_blank { Vec::new() } else { parts.as_slice().try_into().unwrap() };
        prop_assert_eq!(read, (state, expected, stamp));
    }

    #[test]
    fn what_is_written_reads_back(
        state in any_state(),
        sequence in any::<u64>(),
        is_copy in any::<bool>(),
    ) {
        let stamp = Stamp { sequence, is_copy };
        prop_assert_eq!(decode(&encode(&state, stamp)), Some((state, stamp)));
    }

    #[test]
    fn rubbish_is_an_error_and_never_a_default(bytes in prop::collection::vec(any::<u8>(), 1..800)) {
        prop_assume!(!codec::is_erased(&bytes));
        prop_assert_eq!(Records::read(Found::Bytes(&bytes), Found::Absent), Err(Error::BootRecords));
        prop_assert_eq!(Records::read(Found::Absent, Found::Bytes(&bytes)), Err(Error::BootRecords));
    }
}

#[test]
fn a_version_that_is_not_ascii_costs_nobody_the_record() {
    let mut state = BootState::factory();
    state.a.version = "1.0-é".try_into().unwrap();
    let stamp = Stamp::first(1);
    let (read, _) = decode(&encode(&state, stamp)).unwrap();
    assert_eq!(read.a.version, "1.0-??");
}

#[test]
fn erased_or_absent_pages_are_a_device_from_the_factory() {
    let erased = [0xff; 4096];
    for page in [Found::Absent, Found::Bytes(&erased)] {
        let records = Records::read(page, page).unwrap();
        assert_eq!(*records.state(), BootState::factory());
    }
    assert_eq!(
        Records::read(Found::Bytes(&[0; 4096]), Found::Bytes(&erased)),
        Err(Error::BootRecords)
    );
}

#[test]
fn pages_that_cannot_be_read_are_no_device_from_the_factory() {
    let erased = [0xff; BOOT_RECORD_BYTES];
    let mut state = BootState::factory();
    state.floor = 7;
    let record = encode(&state, Stamp::first(3));
    for other in [Found::Absent, Found::Unreadable, Found::Bytes(&erased)] {
        for (zero, one) in [(Found::Unreadable, other), (other, Found::Unreadable)] {
            assert_eq!(Records::read(zero, one), Err(Error::BootRecords));
        }
        let good = Found::Bytes(&record);
        let read = Records::read(other, good).unwrap();
        assert_eq!((read.state(), read.next), (&state, Page::Zero));
        let read = Records::read(good, other).unwrap();
        assert_eq!((read.state(), read.next), (&state, Page::One));
    }
}

#[test]
fn a_torn_or_flipped_record_leaves_the_one_before_it() {
    let mut records = Records::read(Found::Absent, Found::Absent).unwrap();
    let mut pages = [[0xff_u8; BOOT_RECORD_BYTES]; 2];
    let mut state = BootState::factory();
    for floor in 1..=5 {
        let before = records.state().clone();
        state.floor = floor;
        let (page, bytes) = records.next(&state, &[]);
        let bytes: Bytes = bytes.as_slice().try_into().unwrap();
        let other = pages[1 - page as usize];
        for cut in 0..bytes.len() {
            let mut torn = [0xff; BOOT_RECORD_BYTES];
            torn[..cut].copy_from_slice(&bytes[..cut]);
            let mut flipped = bytes;
            flipped[cut] ^= 1;
            for broken in [torn, flipped] {
                let read = match page {
                    Page::Zero => Records::read(Found::Bytes(&broken), Found::Bytes(&other)),
                    Page::One => Records::read(Found::Bytes(&other), Found::Bytes(&broken)),
                };
                // The very first record has nothing before it to go back to.
                if floor > 1 {
                    assert_eq!(read.unwrap().state(), &before);
                } else {
                    assert!(read.is_err() || read.unwrap().state() == &before);
                }
            }
        }
        pages[page as usize] = bytes;
        records.written(&state, &[]);
        let read = Records::read(Found::Bytes(&pages[0]), Found::Bytes(&pages[1])).unwrap();
        assert_eq!(read, records, "and the page to write next is the older one");
    }
}

#[test]
fn a_sealed_record_that_says_nonsense_is_not_valid() {
    let good = encode(&BootState::factory(), Stamp::first(1));
    // active slot, a slot's state, a cause without failure, number of failures, the zeros
    for (at, value) in [
        (0, b'X'),
        (12, 2),
        (13, 6),
        (14, 1),
        (18, 7),
        (283, 5),
        (284, 1),
        (320, 2),
        (321, 1),
    ] {
        let mut record = good;
        record[at] = value;
        codec::seal(&mut record);
        assert_eq!(decode(&record), None, "byte {at}");
    }
}

fn radio() -> Part {
    let mut part = Part::blank(Tag([1, 2, 3, 4]));
    part.floor = 3;
    part
}

#[test]
fn a_record_of_several_components_is_long_only_once_there_are_news_of_them() {
    let (state, stamp) = (BootState::factory(), Stamp::first(1));
    let short = encode(&state, stamp);
    let blank = Part::blank(Tag([1; 4]));
    for parts in [&[][..], core::slice::from_ref(&blank)] {
        assert_eq!(set::encode(&state, parts, stamp), short);
    }
    let long = set::encode(&state, &[blank, radio()], stamp);
    assert_eq!(long.len(), SET_RECORD_BYTES);
    assert_eq!(
        decode(long.first_chunk().unwrap()),
        None,
        "no record of one component"
    );
}

#[test]
fn a_long_record_with_any_bit_flipped_or_cut_short_is_not_valid() {
    let good = set::encode(&BootState::factory(), &[radio()], Stamp::first(1));
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        assert_eq!(set::decode(&flipped), None, "byte {at}");
        assert_eq!(set::decode(&good[..at]), None, "length {at}");
    }
}

#[test]
fn a_sealed_long_record_that_says_nonsense_is_not_valid() {
    let good = set::encode(&BootState::factory(), &[radio()], Stamp::first(1));
    // active slot, the second copy's mark, number of components, a slot's state, unused places,
    // the zeros behind them
    for (at, value) in [
        (12, 2),
        (320, 2),
        (376, 0),
        (376, 4),
        (389, 6),
        (651, 1),
        (1199, 1),
    ] {
        let mut record: [u8; SET_RECORD_BYTES] = good.as_slice().try_into().unwrap();
        record[at] = value;
        codec::seal(&mut record);
        assert_eq!(set::decode(&record), None, "byte {at}");
    }
}

#[test]
fn what_is_known_of_a_part_outlives_a_writer_that_does_not_name_it() {
    let mut records = Records::read(Found::Absent, Found::Absent).unwrap();
    let mut pages = [Vec::<u8, SET_RECORD_BYTES>::new(), Vec::new()];
    let state = BootState::factory();
    let blank = Part::blank(Tag([7; 4]));
    let long = [radio()];
    let cases: [(&[Part], &[Part]); 6] = [
        (&[], &[]),
        (&long, &long),
        (&long, &long),
        (&[], &long),
        (core::slice::from_ref(&blank), &[blank.clone(), radio()]),
        (&[], &long),
    ];
    for (parts, kept) in cases {
        let (page, bytes) = records.next(&state, parts);
        pages[page as usize] = bytes;
        records.written(&state, parts);
        assert_eq!(records.parts(), kept);
        let read = Records::read(Found::Bytes(&pages[0]), Found::Bytes(&pages[1]));
        assert_eq!(read.unwrap(), records);
    }
}
