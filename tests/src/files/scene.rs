//! A gateway on a simulated disk: what happens when the power goes, and what must hold then.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use sealift_device::floor_log::{Append, FloorLog};
use sealift_device::page::Found;
use sealift_gateway::limits::FLOOR_LOG_BYTES;
use sealift_gateway::status::Status;
use sealift_gateway::{Agent, Config};
use tempfile::TempDir;

use super::disk::{Change, Forgets, SimulatedDisk, State};
use super::loss::Loss;
use super::scenario::Scenario;
use crate::repository::{Build, Files, Repository, START};

/// Bytes of the image in a block.
const BLOCK_BYTES: u32 = 1024;

/// A scenario up to where it begins.
#[derive(Debug)]
pub struct Scene {
    scratch: TempDir,
    scenario: Scenario,
    forgets: Forgets,
    before: State,
    old: Build,
    new: Build,
    /// What goes with the old and the new image, on a device of two components.
    radios: [Build; 2],
    /// Whether the gateway knows of the second component.
    has_radio: bool,
}

/// A cut, before it is decided what was lost.
#[derive(Debug)]
pub struct After {
    loss: Loss,
    /// What the gateway said of itself, where the power did not go.
    done: Option<String>,
}

impl After {
    /// How many ways there are to lose what was not durable, or `most`.
    pub fn outcomes(&self, most: usize) -> usize {
        self.loss.count(most)
    }

    /// Whether everything was done before the power went.
    pub const fn is_done(&self) -> bool {
        self.done.is_some()
    }
}

impl Scene {
    /// Prepares a scenario.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn new(scenario: Scenario, forgets: Forgets) -> Result<Self> {
        let old = build("1.0.0", 1, 2500);
        let mut new = build("1.1.0", 2, 2800);
        let mut radios = [build("1.0.0", 1, 1500), build("1.1.0", 2, 2100)];
        if scenario.of_one() == Scenario::Rotten {
            // There is a slot to fall back to.
            new.floor = old.floor;
            radios[1].floor = radios[0].floor;
        }
        let radios = radios.map(|radio| radio.of("radio"));
        let has_radio = scenario.is_set() && scenario != Scenario::SetBegins;
        let mut repository = Repository::new();
        release(&mut repository, &old, has_radio.then_some(&radios[0]));
        repository.publish();
        let mut scene = Self {
            scratch: tempfile::tempdir()?,
            scenario,
            forgets,
            before: State::default(),
            old,
            new,
            radios,
            has_radio,
        };
        fs::create_dir(scene.state_folder())?;
        let root = repository.first_root();
        fs::write(scene.scratch.path().join("1.root.json"), root)?;
        scene.serve(&repository.files)?;
        scene.prepare(&mut repository)?;
        Ok(scene)
    }

    fn prepare(&mut self, repository: &mut Repository) -> Result<()> {
        let scenario = self.scenario.of_one();
        if matches!(scenario, Scenario::FirstInstall | Scenario::KilledSlot) {
            self.keep_old();
            if self.scenario == Scenario::KilledSlot {
                let slot = self.state_folder().join("slot-b");
                self.kill_when(install, |state| {
                    state.names.contains_key(&slot) && !state.durable_names.contains_key(&slot)
                })?;
            }
            return Ok(());
        }
        self.advance(install_and_confirm)?;
        if matches!(scenario, Scenario::Refresh | Scenario::LogTurn) {
            self.keep_old();
            if self.scenario == Scenario::LogTurn {
                self.fill_log()?;
            }
            repository.publish();
            return self.serve(&repository.files);
        }
        repository.rotate(|root| root.set("x-note", "rotated"));
        self.has_radio = self.scenario.is_set();
        let radio = self.has_radio.then_some(&self.radios[1]);
        release(repository, &self.new, radio);
        repository.publish();
        self.serve(&repository.files)?;
        match scenario {
            Scenario::Resume => self.receive_half(),
            Scenario::Trial => self.advance(install),
            Scenario::KilledRecord => {
                self.advance(install)?;
                let boot = |agent: &Agent| Ok(agent.select(START).map(|_| ())?);
                self.kill_when(boot, |state| {
                    state.files.iter().any(|file| !file.changes.is_empty())
                })
            }
            Scenario::Confirm => self.advance(install_and_boot),
            Scenario::Rotten => {
                self.advance(install_and_confirm)?;
                let name = if self.has_radio {
                    "slot-a.radio"
                } else {
                    "slot-a"
                };
                let slot = self.before.file(&self.state_folder().join(name));
                slot.context("the slot is there")?.durable[77] ^= 4;
                self.before = Loss::of(self.before.clone()).after(0);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// There is nothing but the first release.
    fn keep_old(&mut self) {
        self.new = self.old.clone();
        self.radios[1] = self.radios[0].clone();
    }

    /// Does something without a cut, and keeps what is durable after that.
    fn advance(&mut self, act: fn(&Agent) -> Result<()>) -> Result<()> {
        let (disk, agent) = self.agent(self.before.clone(), Forgets::Nothing, usize::MAX)?;
        act(&agent)?;
        self.before = Loss::of(disk.state()).after(0);
        Ok(())
    }

    /// Does something, and ends the process at the first operation after which `is_time`. Nothing
    /// is lost by that, and nothing becomes durable.
    fn kill_when(
        &mut self,
        act: fn(&Agent) -> Result<()>,
        is_time: impl Fn(&State) -> bool,
    ) -> Result<()> {
        for power in 0.. {
            let (disk, agent) = self.agent(self.before.clone(), Forgets::Nothing, power)?;
            ensure!(act(&agent).is_err(), "the time never came");
            let state = disk.state();
            if is_time(&state) {
                self.before = state;
                break;
            }
        }
        Ok(())
    }

    fn receive_half(&mut self) -> Result<()> {
        for power in 0.. {
            let (disk, agent) = self.agent(self.before.clone(), Forgets::Nothing, power)?;
            ensure!(install(&agent).is_err(), "it was never half received");
            let state = Loss::of(disk.state()).after(0);
            let (_, agent) = self.agent(state.clone(), Forgets::Nothing, usize::MAX)?;
            if agent.status()?.a.next_block == Some(2) {
                self.before = state;
                break;
            }
        }
        Ok(())
    }

    fn fill_log(&mut self) -> Result<()> {
        let path = self.state_folder().join("floors.0");
        let file = self.before.file(&path).context("the log is there")?;
        loop {
            let log = FloorLog::read(Found::Bytes(&file.durable), Found::Absent)?;
            let mut next = log.log().clone();
            next.floors.time = next.floors.time.max(START).plus(1);
            let Some(Append::At { offset, bytes, .. }) = log.append(&next, FLOOR_LOG_BYTES) else {
                break;
            };
            let bytes = bytes.to_vec();
            Change::Write { offset, bytes }.apply(&mut file.durable);
        }
        self.before = Loss::of(self.before.clone()).after(0);
        Ok(())
    }

    fn serve(&self, files: &Files) -> Result<()> {
        for (address, bytes) in files {
            let path = self.scratch.path().join("repository").join(address);
            fs::create_dir_all(path.parent().context("it has a folder")?)?;
            fs::write(path, bytes)?;
        }
        Ok(())
    }

    fn state_folder(&self) -> PathBuf {
        self.scratch.path().join("state")
    }

    fn agent(
        &self,
        state: State,
        forgets: Forgets,
        power: usize,
    ) -> Result<(Arc<SimulatedDisk>, Agent)> {
        let disk = Arc::new(SimulatedDisk::new(state, forgets, power));
        let mut text = "metadata = [\"repository/metadata\"]\ntargets = [\"repository/targets\"]\n\
                    root = \"1.root.json\"\nstate = \"state\"\nproduct = \"watch\"\n\
                    hardware = \"rev-a\"\ncomponent = \"app\"\nchannel = \"stable\"\n"
            .to_owned();
        if self.has_radio {
            text.push_str("others = [{ component = \"radio\" }]\n");
        }
        let config = Config::parse(&text, self.scratch.path())?;
        let agent = Agent::on(Arc::clone(&disk) as _, config)?;
        Ok((disk, agent))
    }

    /// Lets the scenario run until so many operations were done.
    ///
    /// # Errors
    /// When it fails by itself.
    pub fn cut_at(&self, cut: usize) -> Result<After> {
        let (disk, agent) = self.agent(self.before.clone(), self.forgets, cut)?;
        let result = match self.scenario.of_one() {
            Scenario::Trial | Scenario::KilledRecord | Scenario::Rotten => {
                agent.select(START).map(|_| ())
            }
            Scenario::Confirm => agent.confirm(START).map(|_| ()),
            _ => agent.once(START).map(|_| ()),
        };
        let done = if disk.is_off() {
            None
        } else {
            result.context("without a cut")?;
            Some(said(&agent.status()?))
        };
        let loss = Loss::of(disk.state());
        Ok(After { loss, done })
    }

    /// The promise that does not hold after this outcome of a cut, if there is one.
    pub fn broken_promise(&self, after: &After, outcome: usize) -> Option<String> {
        let state = after.loss.after(outcome);
        let checked = catch_unwind(AssertUnwindSafe(|| self.check(after, state)));
        match checked {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{error:#}")),
            Err(_) => Some("a panic".to_owned()),
        }
    }

    fn check(&self, after: &After, state: State) -> Result<()> {
        let durable = Loss::of(self.before.clone()).after(0);
        let (_, agent) = self.agent(durable, Forgets::Nothing, usize::MAX)?;
        let before = agent.status()?;
        let (disk, agent) = self.agent(state, Forgets::Nothing, usize::MAX)?;
        self.check_status_file(&disk)?;
        let now = agent.status().context("what is kept cannot be read")?;
        if let Some(done) = &after.done {
            ensure!(said(&now) == *done, "what was done is not durable");
        }
        rises(&before, &now)?;
        let floors = now.others.iter().map(|other| other.floor);
        let is_one = floors.into_iter().all(|floor| floor == now.floor);
        ensure!(
            is_one || self.scenario == Scenario::SetBegins,
            "one floor rose alone"
        );
        let is_rotten = self.scenario.of_one() == Scenario::Rotten;
        ensure!(is_rotten || now.sequence >= before.sequence, "it went back");
        self.check_received(&disk, &now)?;
        self.check_root(&disk, &now)?;
        self.converge(&disk, &agent)
    }

    /// It is read by others, who know nothing of drafts.
    fn check_status_file(&self, disk: &SimulatedDisk) -> Result<()> {
        let Some(file) = disk.bytes(&self.state_folder().join("status.json")) else {
            return Ok(());
        };
        let file: serde_json::Value = serde_json::from_slice(&file).context("status.json")?;
        ensure!(file["schema"] == 1, "status.json is not whole");
        Ok(())
    }

    /// What the record counts lies in the slot.
    fn check_received(&self, disk: &SimulatedDisk, now: &Status) -> Result<()> {
        let mut slots = vec![("", &self.new, &now.a, &now.b)];
        for other in &now.others {
            slots.push((".radio", &self.radios[1], &other.a, &other.b));
        }
        for (suffix, build, a, b) in slots {
            for (name, slot) in [("slot-a", a), ("slot-b", b)] {
                let Some(next) = slot.next_block else {
                    continue;
                };
                let bytes = disk.bytes(&self.state_folder().join(format!("{name}{suffix}")));
                let bytes = bytes.unwrap_or_default();
                let counted = (next * BLOCK_BYTES) as usize;
                let counted = &build.bytes[..counted.min(build.bytes.len())];
                ensure!(bytes.starts_with(counted), "{name} lacks a block of {next}");
            }
        }
        Ok(())
    }

    /// Never a mixture: with each image goes the other component's of its own release.
    fn check_set(&self, disk: &SimulatedDisk, slot: &str, runs: &[u8]) -> Result<()> {
        let is_new = runs == self.new.bytes;
        if !self.has_radio || (self.scenario == Scenario::SetBegins && !is_new) {
            return Ok(());
        }
        let radio = disk.bytes(&self.state_folder().join(format!("{slot}.radio")));
        let expected = &self.radios[usize::from(is_new)].bytes;
        ensure!(radio.as_ref() == Some(expected), "a mixture of two sets");
        Ok(())
    }

    /// The root is whole, and never above what the log says of it.
    fn check_root(&self, disk: &SimulatedDisk, now: &Status) -> Result<()> {
        let Some(root) = disk.bytes(&self.state_folder().join("root.json")) else {
            ensure!(now.metadata.root <= 1, "the root is gone");
            return Ok(());
        };
        let root: serde_json::Value = serde_json::from_slice(&root).context("root.json")?;
        let version = root["signed"]["version"].as_u64().unwrap_or_default();
        let known = now.metadata.root.max(1);
        ensure!((1..=known).contains(&version), "root {version} of {known}");
        Ok(())
    }

    /// Whatever boots is whole and the one that the record names, and within two boots the newest
    /// release runs, is confirmed, and nothing counts as failed.
    fn converge(&self, disk: &SimulatedDisk, agent: &Agent) -> Result<()> {
        for _ in 0..3 {
            let said = agent.status()?;
            let is_trial = said.a.boots_left.or(said.b.boots_left).is_some();
            match agent.select(START) {
                Ok(slot) => {
                    let name = format!("slot-{}", slot.name());
                    let bytes = disk.bytes(&self.state_folder().join(&name));
                    let expected = if is_trial { &self.new } else { &self.old };
                    let runs = [expected, &self.new].map(|build| Some(&build.bytes));
                    let is_known = runs.contains(&bytes.as_ref());
                    ensure!(is_known, "what boots is neither old nor new");
                    self.check_set(disk, &name, &bytes.unwrap_or_default())?;
                }
                Err(error) => {
                    let is_factory = said.installed.is_none() && !is_trial;
                    ensure!(is_factory, "nothing boots: {error}");
                }
            }
            let selected = agent.status()?;
            ensure!(selected.failures.is_empty(), "a cut is no cause");
            if selected.a.boots_left.or(selected.b.boots_left).is_some() {
                agent.confirm(START).context("the trial is not confirmed")?;
            }
            if agent.status()?.sequence == Some(self.new.sequence) {
                return Ok(());
            }
            agent.once(START).context("the next poll")?;
        }
        bail!("it never comes to an end: {}", agent.status()?)
    }
}

/// Nothing that must only rise is lower than it was.
fn rises(before: &Status, now: &Status) -> Result<()> {
    let numbers = |status: &Status| {
        let metadata = &status.metadata;
        [
            status.floor,
            metadata.root,
            metadata.timestamp,
            metadata.snapshot,
        ]
    };
    let (before, now) = (numbers(before), numbers(now));
    let falls = before.iter().zip(&now).any(|(before, now)| now < before);
    ensure!(!falls, "{before:?} fell to {now:?}");
    Ok(())
}

fn said(status: &Status) -> String {
    status.json()
}

fn install(agent: &Agent) -> Result<()> {
    agent.once(START)?;
    Ok(())
}

fn install_and_boot(agent: &Agent) -> Result<()> {
    install(agent)?;
    agent.select(START)?;
    Ok(())
}

fn install_and_confirm(agent: &Agent) -> Result<()> {
    install_and_boot(agent)?;
    agent.confirm(START)?;
    Ok(())
}

fn release(repository: &mut Repository, app: &Build, radio: Option<&Build>) {
    let builds: Vec<Build> = [Some(app), radio].into_iter().flatten().cloned().collect();
    repository.release_set(&builds, |_| {});
}

fn build(version: &'static str, sequence: u64, length: usize) -> Build {
    let mut build = Build::new(version, sequence, length);
    build.block_bytes = BLOCK_BYTES;
    build.floor = sequence;
    build
}
