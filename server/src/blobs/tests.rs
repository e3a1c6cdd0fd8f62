use super::*;
use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt as _;

thread_local! {
    /// The folders that this thread synchronised.
    static SYNCED: RefCell<Vec<PathBuf>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn note_synced(folder: &Path) {
    SYNCED.with_borrow_mut(|synced| synced.push(folder.to_owned()));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn a_blob_lies_under_its_digest_and_nobody_else_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path().join("blobs"), 10).unwrap();
    let digest = Digest::of(b"hello");
    let mut upload = blobs.begin().await.unwrap();
    upload.write(b"hel").await.unwrap();
    assert_eq!(blobs.length(&digest), None);
    upload.write(b"lo").await.unwrap();
    blobs.complete(upload, &digest).await.unwrap();
    assert_eq!(blobs.length(&digest), Some(5));
    assert_eq!(blobs.read(&digest).unwrap(), b"hello");
    let path = blobs.path(&digest);
    assert!(path.ends_with(format!("{}/{digest}", &digest.to_string()[..2])));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(files(dir.path()), [path]);
}

#[tokio::test]
async fn what_is_refused_or_abandoned_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path().join("blobs"), 10).unwrap();

    let mut upload = blobs.begin().await.unwrap();
    upload.write(b"0123456789").await.unwrap();
    assert_eq!(files(dir.path()).len(), 1);
    let error = upload.write(b"x").await.unwrap_err();
    assert!(matches!(error, UploadError::TooLarge { most: 10 }));
    drop(upload);
    assert!(files(dir.path()).is_empty());

    let mut upload = blobs.begin().await.unwrap();
    upload.write(b"one").await.unwrap();
    let error = blobs
        .complete(upload, &Digest::of(b"other"))
        .await
        .unwrap_err();
    assert!(matches!(error, UploadError::Digest { .. }));
    assert!(files(dir.path()).is_empty());
}

#[test]
fn leftovers_go_at_the_next_start_and_blobs_stay() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("blobs");
    Blobs::open(folder.clone(), 10).unwrap();
    fs::write(folder.join(INCOMING).join("torn"), "x").unwrap();
    fs::create_dir(folder.join("ab")).unwrap();
    fs::write(folder.join("ab/whole"), "x").unwrap();
    let blobs = Blobs::open(folder.clone(), 10).unwrap();
    assert_eq!(files(dir.path()).len(), 2);
    blobs.remove_leftovers().unwrap();
    assert_eq!(files(dir.path()), [folder.join("ab/whole")]);
}

#[test]
fn a_blob_that_others_store_is_not_acknowledged_before_its_name_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("blobs");
    let blobs = Blobs::open(folder.clone(), 10).unwrap();
    let digest = Digest::of(b"hello");
    assert_eq!(blobs.settled(&digest).unwrap(), None);
    // Another upload is between giving the blob its name and synchronising the folders.
    let path = blobs.path(&digest);
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, b"hello").unwrap();
    SYNCED.take();
    assert_eq!(blobs.settled(&digest).unwrap(), Some(5));
    assert_eq!(SYNCED.take(), [path.parent().unwrap(), &folder]);
    // One that finds the folder made relies on nobody else for its entry.
    make_folder(path.parent().unwrap()).unwrap();
    assert_eq!(SYNCED.take(), [folder]);
}

#[test]
fn a_full_disk_is_told_from_a_broken_one() {
    for (kind, full) in [
        (io::ErrorKind::StorageFull, true),
        (io::ErrorKind::QuotaExceeded, true),
        (io::ErrorKind::Other, false),
    ] {
        let error = UploadError::from(io::Error::from(kind));
        assert_eq!(matches!(error, UploadError::StorageFull), full);
    }
}
