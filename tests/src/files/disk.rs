//! A file system in memory that knows of every byte and every name whether it is durable.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sealift_gateway::store::Disk;

/// What a disk forgets that it should not: with either, the store must be seen to fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forgets {
    /// Nothing.
    #[default]
    Nothing,
    /// To make the names in a folder durable.
    FolderSyncs,
    /// To make the bytes of a file durable.
    FileSyncs,
}

/// A change of a file's bytes that is not durable.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

/// A change of a name that is not durable. What stands below the paths is the number of a file.
#[derive(Clone, Debug)]
pub(super) enum Naming {
    Link(PathBuf, usize),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf, usize),
}

impl Naming {
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Link(path, _) | Self::Unlink(path) | Self::Rename(_, path, _) => path.parent(),
        }
    }

    /// Carries the change out.
    pub(super) fn apply(&self, names: &mut Names) {
        match self {
            Self::Link(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Unlink(path) => {
                names.remove(path);
            }
            Self::Rename(from, to, file) => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
        }
    }
}

pub(super) type Names = BTreeMap<PathBuf, usize>;

/// A file: its bytes as they are durable, and what was done to them since.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) durable: Vec<u8>,
    pub(super) changes: Vec<Change>,
    now: Vec<u8>,
}

impl File {
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self {
            now: bytes.clone(),
            durable: bytes,
            changes: Vec::new(),
        }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.changes.push(change);
    }
}

impl Change {
    /// Carries the change out.
    pub(super) fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes: new } => {
                let end = offset + new.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*offset..end].copy_from_slice(new);
            }
            Self::Resize(length) => bytes.resize(*length, 0),
        }
    }
}

/// All that there is.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) files: Vec<File>,
    pub(super) names: Names,
    pub(super) durable_names: Names,
    pub(super) namings: Vec<Naming>,
    /// Operations until the power goes.
    power: usize,
    is_off: bool,
}

/// The disk.
#[derive(Default)]
pub struct SimulatedDisk {
    state: Mutex<State>,
    forgets: Forgets,
}

impl fmt::Debug for SimulatedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimulatedDisk")
    }
}

impl SimulatedDisk {
    /// A disk on which `state` is durable, with power for so many operations.
    pub(super) fn new(mut state: State, forgets: Forgets, power: usize) -> Self {
        state.power = power;
        state.is_off = false;
        let state = Mutex::new(state);
        Self { state, forgets }
    }

    /// What is on it, durable or not.
    pub(super) fn state(&self) -> State {
        self.lock().clone()
    }

    /// The bytes of a file, if it is there.
    pub(super) fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        self.lock().bytes(path).ok().map(<[u8]>::to_vec)
    }

    /// Whether the power went.
    pub fn is_off(&self) -> bool {
        self.lock().is_off
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One change. The one that the power goes at is begun: how much of it came about is decided
    /// with everything else that is not durable.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.lock();
        state.check_power()?;
        let done = change(&mut state)?;
        state.spend()?;
        Ok(done)
    }

    /// One sync. The one that the power goes at never came about.
    fn sync(&self, is_forgotten: bool, sync: impl FnOnce(&mut State)) -> io::Result<()> {
        let mut state = self.lock();
        state.check_power()?;
        state.spend()?;
        if !is_forgotten {
            sync(&mut state);
        }
        Ok(())
    }
}

impl State {
    /// Files and names that are all durable.
    pub(super) fn durable(files: Vec<File>, names: Names) -> Self {
        Self {
            files,
            durable_names: names.clone(),
            names,
            ..Self::default()
        }
    }

    fn check_power(&self) -> io::Result<()> {
        if self.is_off {
            return Err(io::Error::other("the power is off"));
        }
        Ok(())
    }

    fn spend(&mut self) -> io::Result<()> {
        self.is_off = self.power == 0;
        self.power = self.power.saturating_sub(1);
        self.check_power()
    }

    /// The file of a path, to change what is durable of it.
    pub(super) fn file(&mut self, path: &Path) -> Option<&mut File> {
        let file = self.names.get(path)?;
        self.files.get_mut(*file)
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let file = self.names.get(path).copied();
        file.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn bytes(&self, path: &Path) -> io::Result<&[u8]> {
        Ok(&self.files[self.find(path)?].now)
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.namings.push(naming);
    }

    fn link(&mut self, path: &Path) -> usize {
        let file = self.files.len();
        self.files.push(File::default());
        self.name(Naming::Link(path.to_owned(), file));
        file
    }
}

fn in_memory(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Disk for SimulatedDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let state = self.lock();
        state.check_power()?;
        Ok(state.bytes(path)?.to_vec())
    }

    fn read_at(&self, path: &Path, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let state = self.lock();
        state.check_power()?;
        let start = in_memory(offset);
        let range = start..start.saturating_add(bytes.len());
        let found = state.bytes(path)?.get(range);
        bytes.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        let state = self.lock();
        state.check_power()?;
        Ok(state.bytes(path)?.len() as u64)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.lock();
        state.check_power()?;
        let below = state.names.keys();
        let below = below.filter(|path| path.parent() == Some(folder));
        let names = below.filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
        Ok(names.collect())
    }

    fn create_folder(&self, _folder: &Path) -> io::Result<()> {
        self.lock().check_power()
    }

    fn create(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.change(|state| {
            if state.find(path).is_ok() {
                return Err(ErrorKind::AlreadyExists.into());
            }
            let file = state.link(path);
            let bytes = bytes.to_vec();
            state.files[file].change(Change::Write { offset: 0, bytes });
            Ok(())
        })
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(|state| {
            let file = state.find(path)?;
            let (offset, bytes) = (in_memory(offset), bytes.to_vec());
            state.files[file].change(Change::Write { offset, bytes });
            Ok(())
        })
    }

    fn resize(&self, path: &Path, length: u64) -> io::Result<()> {
        self.change(|state| {
            let file = match state.find(path) {
                Ok(file) => file,
                Err(_) => state.link(path),
            };
            state.files[file].change(Change::Resize(in_memory(length)));
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|state| {
            let file = state.find(from)?;
            state.name(Naming::Rename(from.to_owned(), to.to_owned(), file));
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change(|state| {
            state.find(path)?;
            state.name(Naming::Unlink(path.to_owned()));
            Ok(())
        })
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        let file = self.lock().find(path)?;
        self.sync(self.forgets == Forgets::FileSyncs, |state| {
            let file = &mut state.files[file];
            file.durable.clone_from(&file.now);
            file.changes.clear();
        })
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.sync(self.forgets == Forgets::FolderSyncs, |state| {
            let all = std::mem::take(&mut state.namings);
            let (here, elsewhere) = all
                .into_iter()
                .partition(|naming| naming.folder() == Some(folder));
            state.namings = elsewhere;
            let here: Vec<Naming> = here;
            for naming in here {
                naming.apply(&mut state.durable_names);
            }
        })
    }
}
