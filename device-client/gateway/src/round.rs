//! One round of the machine, with files for flash and origins for a repository.

use std::collections::BTreeSet;
use std::time::Duration;

use sealift_device::slot::SlotId;
use sealift_device::{
    Action, Event, FlashOp, Object, Record, Refusal, Report, Set, Stored, Updater,
};

use crate::agent::{Outcome, Skipped};
use crate::clock::{Clock, pause};
use crate::config::Config;
use crate::decode::Encodings;
use crate::error::Error;
use crate::limits::BUFFER_BYTES;
use crate::store::{Documents, Slots, Store};
use crate::transport::{Client, Origin, Reply, Request, Transport};
use crate::{Result, store};

/// A round in progress.
pub(crate) struct Round<'c> {
    config: &'c Config,
    store: &'c Store,
    documents: Documents,
    transport: Transport<'c>,
    clock: Clock,
    /// Whether anything came from the cache.
    has_used_cache: bool,
    /// Names of the documents that this round rests on.
    used: BTreeSet<String>,
    /// What an origin gave last: whoever asks for it a second time did not believe it.
    given: Option<(Object, u64, &'c Origin)>,
    /// What the origin of the timestamp called it.
    tag: Option<(String, String)>,
    /// The cached timestamp that an origin calls current.
    copy: Option<Vec<u8>>,
    /// The document that was fetched last, as far as it came.
    fetched: Option<(Object, Vec<u8>)>,
    /// The slots that were written to, and are not durable yet.
    written: Vec<(usize, SlotId)>,
    /// What a failure was really about.
    cause: Option<Error>,
    skipped: Vec<Skipped>,
    last: Option<Report>,
}

type Machine<'b> = Updater<'b, Set<Encodings>>;

impl<'c> Round<'c> {
    /// A round that begins with the origins at place `first`.
    pub(crate) fn new(config: &'c Config, store: &'c Store, clock: Clock, first: usize) -> Self {
        Self {
            config,
            store,
            documents: store.documents(),
            transport: Transport::new(Client::new(), &config.metadata, &config.targets, first),
            clock,
            has_used_cache: false,
            used: BTreeSet::new(),
            given: None,
            tag: None,
            copy: None,
            fetched: None,
            written: Vec::new(),
            cause: None,
            skipped: Vec::new(),
            last: None,
        }
    }

    /// Runs the round to its end.
    pub(crate) fn run(&mut self) -> Result<Outcome> {
        let root = self.root()?;
        let stored = Stored {
            log: self.store.floors()?.log().clone(),
            boot: self.store.records()?.state().clone(),
        };
        let mut buffer = vec![0; BUFFER_BYTES];
        let device = self.config.device();
        let set = Set {
            decode: Encodings::default(),
            others: self.store.others(self.config)?,
        };
        let now = self.clock.now();
        let mut machine = Updater::new(device, stored, set, &mut buffer, now)?;
        machine.begin(&root)?;
        if self.store.read("root.json")?.is_none() {
            self.store.write("root.json", &root)?;
        }
        while let Some(result) = self.step(&mut machine) {
            if let Err(error) = result {
                return Err(self.cause.take().unwrap_or(Error::Device(error)));
            }
        }
        if self.used.len() > 1 {
            self.documents.keep_only(&self.used);
        }
        Ok(self.outcome())
    }

    /// How long origins asked to be left alone, in seconds.
    pub(crate) fn pause_asked(&self) -> u64 {
        self.transport.pause_asked()
    }

    /// Whether a refusal may be the fault of the cache.
    pub(crate) const fn has_used_cache(&self) -> bool {
        self.has_used_cache
    }

    /// The trusted root, or the pinned one on a device that has none yet.
    fn root(&self) -> Result<Vec<u8>> {
        if let Some(root) = self.store.read("root.json")? {
            return Ok(root);
        }
        let path = &self.config.keys.root;
        std::fs::read(path).map_err(|source| Error::PinnedRoot {
            path: path.clone(),
            source,
        })
    }

    /// Does what the machine asks for; `None` when the round is over.
    fn step(&mut self, machine: &mut Machine<'_>) -> Option<sealift_device::Result<()>> {
        let done = match machine.poll(self.clock.now()) {
            Action::Idle | Action::Reboot => return None,
            Action::Fetch {
                object,
                offset,
                max,
            } => return Some(self.fetch(machine, &object, offset, max)),
            Action::Flash(FlashOp::Read {
                component,
                slot,
                offset,
                length,
            }) => match self.slots(component).read(slot, offset, length) {
                Ok(bytes) => return Some(machine.handle(Event::FlashBytes(&bytes))),
                Err(error) => Err(error),
            },
            Action::Flash(FlashOp::Erase {
                component,
                slot,
                offset,
                ..
            }) => self.slots(component).erase(slot, offset),
            Action::Flash(FlashOp::Write {
                component,
                slot,
                offset,
                bytes,
            }) => {
                if !self.written.contains(&(component, slot)) {
                    self.written.push((component, slot));
                }
                self.slots(component).write(slot, offset, bytes)
            }
            Action::Persist(record) => self.persist(&record),
            // Boot loaders of gateways have their own ways to check signatures.
            Action::Evidence(_) => return Some(machine.handle(Event::Failed(0))),
            Action::Wait { seconds } => {
                pause(Duration::from_secs(seconds));
                Ok(())
            }
            Action::Report(report) => {
                self.note(report);
                Ok(())
            }
        };
        Some(machine.handle(match done {
            Ok(()) => Event::Done,
            Err(error) => self.failed(error),
        }))
    }

    /// The slots of a component; 0 is the first.
    fn slots(&self, component: usize) -> Slots {
        let others = self.config.others();
        let other = component.checked_sub(1).and_then(|place| others.get(place));
        other.map_or_else(|| self.store.slots(), |other| self.store.slots_of(other))
    }

    /// Remembers what a failure is about, and tells the machine that there was one.
    fn failed(&mut self, error: Error) -> Event<'static> {
        let code = match &error {
            Error::Io { source, .. } => source.raw_os_error(),
            _ => None,
        };
        self.cause = Some(error);
        Event::Failed(code.and_then(|code| u16::try_from(code).ok()).unwrap_or(0))
    }

    fn persist(&mut self, record: &Record<'_>) -> Result<()> {
        match record {
            Record::Boot(state, parts) => {
                for (component, slot) in &self.written {
                    self.slots(*component).sync(*slot)?;
                }
                self.written.clear();
                self.store.write_boot(state, parts)
            }
            Record::Log(log) => self.store.write_log(log),
            Record::Root { bytes, log } => {
                self.store.write_log(log)?;
                self.store.write("root.json", bytes)
            }
            Record::Document { object, log } => {
                self.store.write_log(log)?;
                self.used.insert(Documents::name(object));
                let Some((_, bytes)) = self.fetched.take_if(|(fetched, _)| fetched == object)
                else {
                    return Ok(());
                };
                if self.documents.read(object).as_deref() != Some(&bytes) {
                    self.documents.write(object, &bytes)?;
                }
                match self.tag.take_if(|_| *object == Object::Timestamp) {
                    Some((origin, etag)) => {
                        let tag = store::Tag::new(origin, etag, &bytes);
                        self.documents.write_tag(&tag)
                    }
                    None => Ok(()),
                }
            }
        }
    }

    fn fetch(
        &mut self,
        machine: &mut Machine<'_>,
        object: &Object,
        offset: u64,
        max: usize,
    ) -> sealift_device::Result<()> {
        if let Some(bytes) = self.cached(object, max) {
            return machine.handle(Event::Bytes {
                bytes: &bytes,
                end: true,
            });
        }
        match self.ask(object, offset, max) {
            Ok(Reply::Bytes { bytes, .. }) => {
                let result = machine.handle(Event::Bytes {
                    bytes: &bytes,
                    end: true,
                });
                if object.is_metadata() {
                    self.fetched = Some((object.clone(), bytes));
                }
                result
            }
            Ok(Reply::NotModified) => {
                let copy = self.copy.take().unwrap_or_default();
                self.has_used_cache = true;
                machine.handle(Event::NotModified(&copy))
            }
            Ok(Reply::Absent) => machine.handle(Event::Absent),
            Err(error) => {
                let event = self.failed(error);
                machine.handle(event)
            }
        }
    }

    /// A document whose bytes never change under its name.
    fn cached(&mut self, object: &Object, max: usize) -> Option<Vec<u8>> {
        if !matches!(object, Object::Snapshot(_) | Object::Role { .. }) {
            return None;
        }
        let bytes = self.documents.read(object)?;
        // A second pass of what this round fetched is no use of the cache.
        self.has_used_cache |= !self.used.contains(&Documents::name(object));
        (bytes.len() <= max).then_some(bytes)
    }

    fn ask(&mut self, object: &Object, offset: u64, max: usize) -> Result<Reply> {
        let address = object.to_string();
        let (_, address) = address.split_once('/').unwrap_or_default();
        if let Some((given, at, origin)) = self.given.take()
            && (&given, at) == (object, offset)
        {
            self.transport.doubt(origin);
        }
        let copy = match object {
            Object::Timestamp => self.documents.tagged_timestamp(),
            _ => None,
        };
        let tag = copy.as_ref().map(|(_, tag)| tag);
        let origins = self.transport.origins(object);
        let names: Vec<String> = origins.iter().map(|origin| origin.name()).collect();
        let requests = origins.iter().zip(&names).map(|(origin, name)| {
            let etag = tag.filter(|tag| tag.origin == *name);
            let request = Request {
                address,
                offset,
                max,
                is_part: !object.is_metadata(),
                etag: etag.map(|tag| tag.etag.as_str()),
            };
            (*origin, request)
        });
        let found = self.transport.get(requests, object);
        let (origin, reply) = found.map_err(Error::Transport)?;
        self.given = Some((object.clone(), offset, origin));
        if let (
            Object::Timestamp,
            Reply::Bytes {
                etag: Some(etag), ..
            },
        ) = (object, &reply)
        {
            self.tag = Some((origin.name(), etag.clone()));
        }
        self.copy = copy.map(|(bytes, _)| bytes);
        Ok(reply)
    }

    fn note(&mut self, report: Report) {
        if let Report::Skipped { path, refusal } = report {
            let path = path.to_string();
            // The image that runs is on offer too, and that is as it should be.
            if refusal != Refusal::NotNewer {
                self.skipped.push(Skipped { path, refusal });
            }
            return;
        }
        tracing::info!(?report, "round");
        self.last = Some(report);
    }

    fn outcome(&mut self) -> Outcome {
        match self.last {
            Some(Report::Installed { sequence }) => Outcome::Installed { sequence },
            Some(Report::Staged { sequence }) => Outcome::Staged { sequence },
            Some(Report::AwaitingConfirmation { sequence }) => {
                Outcome::AwaitingConfirmation { sequence }
            }
            _ => Outcome::UpToDate {
                skipped: std::mem::take(&mut self.skipped),
            },
        }
    }
}
