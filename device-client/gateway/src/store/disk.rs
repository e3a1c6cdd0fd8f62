//! The file system, as far as the state directory uses it.
//!
//! What POSIX promises is little: bytes are durable once their file is synced, names once their
//! folder is; until then a power cut may lose any of them, and keep any other. The store counts on
//! nothing more, and `sealift_tests::files` loses what it may to see that.

use std::fmt::Debug;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Files and folders, by their paths. Nothing is durable before it is synced.
pub trait Disk: Debug + Send + Sync {
    /// All bytes of a file.
    ///
    /// # Errors
    /// What the system says; [`ErrorKind::NotFound`] where nothing is.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Fills `bytes` from `offset` on.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedEof`] where the file ends before, and what the system says.
    fn read_at(&self, path: &Path, offset: u64, bytes: &mut [u8]) -> io::Result<()>;

    /// Length of a file in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn length(&self, path: &Path) -> io::Result<u64>;

    /// The names in a folder.
    ///
    /// # Errors
    /// What the system says.
    fn names(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Makes a folder, those above it, and their names durable.
    ///
    /// # Errors
    /// What the system says.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a file that was not there.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`], and what the system says.
    fn create(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Writes to a file that is there.
    ///
    /// # Errors
    /// What the system says.
    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts a file off, or fills it up with zeros; one that was not there is made.
    ///
    /// # Errors
    /// What the system says.
    fn resize(&self, path: &Path, length: u64) -> io::Result<()>;

    /// Gives a file another name, in the place of whatever had it.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], and what the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the bytes and the length of a file durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The file system that there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn read_at(&self, path: &Path, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        File::open(path)?.read_exact_at(bytes, offset)
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(folder)?.flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        Ok(names.collect())
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let above = folder.parent().filter(|above| *above != Path::new(""));
        let above = above.unwrap_or(Path::new("."));
        match DirBuilder::new().create(folder) {
            Ok(()) => self.sync_folder(above),
            Err(_) if folder.is_dir() => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.create_folder(above)?;
                self.create_folder(folder)
            }
            Err(error) => Err(error),
        }
    }

    fn create(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(bytes)
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.write_all_at(bytes, offset)
    }

    fn resize(&self, path: &Path, length: u64) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        file.set_len(length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}
