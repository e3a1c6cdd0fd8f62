//! A gateway whose power is cut at every operation on its files, whatever of them is lost.

use sealift_tests::files::{Extent, Forgets, scenarios};

/// What was tried, and which cases broke a promise; no more than `most` of them are looked for.
fn tried(forgets: Forgets, most: usize) -> (usize, Vec<String>) {
    let extent = Extent {
        outcomes: 16,
        only: None,
    };
    let (mut cases, mut broken) = (0, Vec::new());
    let ran = scenarios(forgets, &extent, |case| {
        cases += 1;
        if let Some(failure) = &case.failure {
            broken.push(format!("{}: {failure}", case.id()));
        }
        broken.len() < most
    });
    ran.unwrap();
    (cases, broken)
}

#[test]
fn a_power_cut_at_any_operation_leaves_the_old_state_or_the_next() {
    let (cases, broken) = tried(Forgets::Nothing, 20);
    assert!(
        broken.is_empty(),
        "{} of {cases}: {broken:#?}",
        broken.len()
    );
    assert!(cases > 1000, "{cases}");
}

#[test]
fn a_store_that_forgets_to_sync_a_folder_is_caught() {
    let (cases, broken) = tried(Forgets::FolderSyncs, 20);
    assert!(broken.len() >= 20, "{} of {cases}", broken.len());
}

#[test]
fn a_store_that_forgets_to_sync_a_file_is_caught() {
    let (cases, broken) = tried(Forgets::FileSyncs, 20);
    assert!(broken.len() >= 20, "{} of {cases}", broken.len());
}
