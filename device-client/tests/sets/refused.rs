//! Releases that are no whole set for this device.

use super::*;

#[test]
fn one_part_that_is_refused_refuses_the_whole_set_before_anything_is_erased() {
    type Change = fn(&mut ImageSpec);
    let cases: &[(Refusal, Change)] = &[
        (Refusal::Audience, |it| it.channels = vec!["beta".into()]),
        (Refusal::Hardware, |it| it.hardware = vec!["rev-b".into()]),
        (Refusal::Encoding, |it| it.encoding = "zstd".into()),
        (Refusal::NotNewer, |it| it.sequence = 5),
        (Refusal::BelowFloor, |it| it.floor = 0),
        (Refusal::Size, |it| it.image.length = 4097),
        (Refusal::Misplaced, |it| it.release = "9".into()),
        (Refusal::NeedsWith, |it| {
            it.needs_with = vec![need("assets", 1)];
        }),
        (Refusal::NeedsInstalled, |it| {
            it.needs_installed = vec![need("assets", 1)];
        }),
        (Refusal::NeedsInstalled, |it| {
            it.needs_installed = vec![need("app", 6)];
        }),
        (Refusal::NeedsInstalled, |it| {
            it.needs_installed = vec![need("radio", 6)];
        }),
    ];
    for (refusal, change) in cases {
        let (repository, mut memory) = offered(|spec| {
            if spec.component == "radio" {
                change(spec);
            }
        });
        let (end, skipped) = refusals(&repository, &mut memory);
        let expected = [
            ("radio".into(), *refusal),
            ("app".into(), Refusal::IncompleteSet),
        ];
        assert_eq!(skipped, expected, "{refusal:?}");
        match end {
            End::Over(Error::Refused(fault)) => assert_eq!(fault, *refusal),
            end => assert_eq!((end, refusal.is_fault()), (End::Idle, false)),
        }
    }
}

#[test]
fn what_a_part_needs_is_looked_up_in_the_set_and_in_what_runs() {
    for (min_sequence, end) in [(6, End::Reboot), (7, End::Idle)] {
        let (repository, mut memory) = offered(|spec| {
            if spec.component == "app" {
                spec.needs_with = vec![need("radio", min_sequence)];
                spec.needs_installed = vec![need("radio", 5), need("app", 5)];
            } else {
                spec.needs_with = vec![need("app", 6)];
                spec.needs_installed = vec![need("app", 5)];
            }
        });
        let (ended, skipped) = refusals(&repository, &mut memory);
        assert_eq!(ended, end, "{skipped:?}");
        let all = skipped
            .iter()
            .all(|(_, refusal)| *refusal == Refusal::NeedsWith);
        assert!(all && skipped.len() == usize::from(end == End::Idle) * 2);
    }
}

#[test]
fn a_set_document_that_names_anything_else_refuses_the_set() {
    type Change = fn(&mut Vec<ImageSpec>);
    let cases: &[(&str, Change)] = &[
        ("another digest", |it| it[1].image.sha256 = Digest::of(b"")),
        ("another length", |it| it[0].image.length += 1),
        ("another sequence", |it| it[1].sequence = 7),
        ("a part is missing", |it| it.truncate(1)),
        ("a part is for other boards", |it| {
            it[1].hardware = vec!["rev-b".into()];
        }),
        ("a part that this device has not", |it| {
            let mut third = it[1].clone();
            third.component = "assets".into();
            it.push(third);
        }),
    ];
    for (what, change) in cases {
        let (mut repository, mut memory) = installed();
        let mut specs = Vec::new();
        for build in &set("1.1.0", 6) {
            specs.push(repository.release(build, |_| {}));
        }
        change(&mut specs);
        repository.describe("1.1.0", &specs);
        repository.publish();
        let (end, skipped) = refusals(&repository, &mut memory);
        assert_eq!(end, End::Idle, "{what}");
        let newest = &skipped[..2];
        let is_refused = newest.iter().all(|(_, it)| *it == Refusal::IncompleteSet);
        assert!(is_refused, "{what}: {skipped:?}");
    }
}

#[test]
fn a_release_without_a_document_or_a_component_is_passed_over_for_an_older_whole_one() {
    let (mut repository, mut memory) = installed();
    repository.release_set(&set("1.1.0", 6), |_| {});
    repository.release_set(&set("1.2.0", 7)[..1], |_| {});
    for build in &set("1.3.0", 8) {
        repository.release(build, |_| {});
    }
    repository.publish();
    let (end, skipped) = refusals(&repository, &mut memory);
    assert_eq!(end, End::Reboot);
    assert_eq!(skipped.len(), 3, "{skipped:?}");
    assert!(skipped.iter().all(|(_, it)| *it == Refusal::IncompleteSet));
    assert_eq!(memory.boot_set().unwrap(), bytes(&set("1.1.0", 6)));
}

#[test]
fn a_document_for_other_boards_too_is_read_for_this_one() {
    let (mut repository, mut memory) = installed();
    let mut specs = Vec::new();
    for build in &set("1.1.0", 6) {
        specs.push(repository.release(build, |_| {}));
    }
    let mut other = specs[1].clone();
    other.hardware = vec!["rev-z".into()];
    other.image.sha256 = Digest::of(b"another board's radio");
    specs.push(other);
    repository.describe("1.1.0", &specs);
    repository.publish();
    assert_eq!(refusals(&repository, &mut memory).0, End::Reboot);
}

#[test]
fn a_document_that_another_role_is_trusted_for_is_none_of_the_products() {
    let (mut repository, mut memory) = offered(|_| {});
    repository.delegate("vendor", "images/watch/release/*/*");
    repository.rename(2, "watch-two");
    repository.publish();
    let (end, skipped) = refusals(&repository, &mut memory);
    assert_eq!(end, End::Idle);
    assert_eq!(skipped.len(), 2);
    assert!(skipped.iter().all(|(_, it)| *it == Refusal::IncompleteSet));
}
