//! Consensus of repositories (TAP 4): a target is downloaded where enough of them agree on it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use sealift_metadata::Time;
use sealift_metadata::name::Quoted;

use super::fetch::origin;
use super::folder::Folder;
use super::map::{Map, Mapping};
use super::refresh::Ready;
use super::targets::{Found, check_name, is_name};
use super::{Client, Refused, Result};
use crate::transport::Origin;

/// A client of several repositories.
#[derive(Debug)]
pub struct Consensus {
    repositories: BTreeMap<String, Repository>,
    mapping: Vec<Mapping>,
}

/// One repository, wherever it lies.
#[derive(Debug)]
struct Repository {
    mirrors: Vec<Mirror>,
}

/// One place that a repository lies in.
#[derive(Debug)]
struct Mirror {
    client: Client,
    targets: Origin,
    ready: Option<Ready>,
}

/// What one repository says of a target.
#[derive(Debug)]
pub struct Answer {
    /// The name of the repository.
    pub repository: String,
    /// The target, or why there is none.
    pub said: Result<Found>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.said {
            Ok(found) => write!(f, "{}: {found}", self.repository),
            Err(refused) => write!(f, "{}: {refused}", self.repository),
        }
    }
}

/// The folder below `folder` in which the documents of the repository `name` are kept.
///
/// # Errors
/// [`Refused::UnsafeName`] for a name that cannot be the name of a folder.
pub fn folder_of(folder: &Path, name: &str) -> Result<PathBuf> {
    if !is_name(name) {
        return Err(Refused::UnsafeName(name.to_owned()));
    }
    Ok(folder.join(Quoted(name).to_string()))
}

impl Consensus {
    /// A client that keeps the documents of each repository of `map` in a folder below `folder`.
    ///
    /// # Errors
    /// [`Refused::Fetch`] for a URL of another kind than `http`, `https` or a folder.
    pub fn new(folder: &Path, map: Map, now: Time) -> Result<Self> {
        let mut repositories = BTreeMap::new();
        for (name, urls) in map.repositories {
            let kept = folder_of(folder, &name)?;
            let mirrors = urls.iter().map(|url| Mirror::new(&kept, url, now));
            let mirrors = mirrors.collect::<Result<_>>()?;
            repositories.insert(name, Repository { mirrors });
        }
        Ok(Self {
            repositories,
            mapping: map.mapping,
        })
    }

    /// Brings every repository up to date, whatever becomes of the others.
    ///
    /// # Errors
    /// The last [`Refused`].
    pub fn refresh(&mut self) -> Result<()> {
        let mut result = Ok(());
        for (name, repository) in &mut self.repositories {
            if let Err(refused) = repository.first(|mirror| mirror.ready().map(drop)) {
                result = Err(Refused::Repository {
                    repository: name.clone(),
                    source: Box::new(refused),
                });
            }
        }
        result
    }

    /// Downloads targets in order into `folder`, up to the first failure.
    ///
    /// # Errors
    /// [`Refused::NoConsensus`] where too few repositories agree, or what else was refused.
    pub fn download(&mut self, names: &[String], folder: &Path) -> Result<()> {
        names.iter().try_for_each(|name| check_name(name))?;
        let kept: Vec<&Path> = self.mirrors().map(|it| it.client.folder()).collect();
        let folder = Folder::open(folder, &kept)?;
        for name in names {
            let answers = self.agree(name)?;
            if !answers.iter().all(|(_, found)| folder.has(name, found)) {
                let bytes = self.fetch(name, &answers)?;
                folder.put(name, &bytes)?;
            }
        }
        Ok(())
    }

    fn mirrors(&self) -> impl Iterator<Item = &Mirror> {
        self.repositories.values().flat_map(|it| &it.mirrors)
    }

    /// The first mapping that matches and whose repositories agree, up to a terminating one.
    fn agree(&mut self, name: &str) -> Result<Vec<(String, Found)>> {
        let mut refused = Refused::NoTarget(name.to_owned());
        for mapping in self.mapping.iter().filter(|it| it.matches(name)) {
            match agree(&mut self.repositories, mapping, name) {
                Ok(answers) => return Ok(answers),
                Err(answers) => {
                    refused = Refused::NoConsensus {
                        target: name.to_owned(),
                        threshold: mapping.threshold,
                        answers,
                    };
                }
            }
            if mapping.terminating {
                break;
            }
        }
        Err(refused)
    }

    /// The bytes that every repository of an agreement means, from the first place that has them.
    fn fetch(&mut self, name: &str, answers: &[(String, Found)]) -> Result<Vec<u8>> {
        let mut refused = Refused::NoTarget(name.to_owned());
        for (repository, found) in answers {
            let Some(repository) = self.repositories.get_mut(repository) else {
                continue;
            };
            let fetched = repository.first(|mirror| {
                let bytes = mirror.fetch(name, found)?;
                if answers.iter().all(|(_, found)| found.fits(&bytes)) {
                    return Ok(bytes);
                }
                Err(Refused::WrongTarget(name.to_owned()))
            });
            match fetched {
                Ok(bytes) => return Ok(bytes),
                Err(other) => refused = other,
            }
        }
        Err(refused)
    }
}

/// Asks the repositories of a mapping in order, until enough of them agree; all answers where they
/// do not.
fn agree(
    repositories: &mut BTreeMap<String, Repository>,
    mapping: &Mapping,
    name: &str,
) -> std::result::Result<Vec<(String, Found)>, Vec<Answer>> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut roots: Vec<Vec<u8>> = Vec::new();
    for repository in &mapping.repositories {
        let Some(asked) = repositories.get_mut(repository) else {
            continue;
        };
        let said = asked.first(|mirror| {
            let found = mirror.find(name)?;
            // Under two names it would agree with itself.
            let root = mirror.client.root()?;
            if roots.contains(&root) {
                return Err(Refused::SameRoot);
            }
            roots.push(root);
            Ok(found)
        });
        answers.push(Answer {
            repository: repository.clone(),
            said,
        });
        if let Some(agreed) = quorum(&answers, mapping.threshold) {
            return Ok(agreed);
        }
    }
    Err(answers)
}

/// Those that agree with one of them, if they are enough.
fn quorum(answers: &[Answer], threshold: usize) -> Option<Vec<(String, Found)>> {
    let found = |answer: &Answer| {
        let found = answer.said.as_ref().ok()?;
        Some((answer.repository.clone(), *found))
    };
    let given: Vec<(String, Found)> = answers.iter().filter_map(found).collect();
    given.iter().find_map(|(_, one)| {
        let group = given.iter().filter(|(_, other)| one.agrees_with(other));
        let group: Vec<_> = group.cloned().collect();
        (group.len() >= threshold).then_some(group)
    })
}

impl Repository {
    /// What the first mirror says that does not fail. A signed "there is none" is no failure.
    fn first<T>(&mut self, mut ask: impl FnMut(&mut Mirror) -> Result<T>) -> Result<T> {
        let mut last = None;
        for mirror in &mut self.mirrors {
            match ask(mirror) {
                Err(refused @ (Refused::NoTarget(_) | Refused::SameRoot)) => return Err(refused),
                Err(refused) => last = Some(refused),
                said => return said,
            }
        }
        Err(last.unwrap_or(Refused::NoRoot))
    }
}

impl Mirror {
    fn new(kept: &Path, url: &str, now: Time) -> Result<Self> {
        let place = origin(url)?;
        Ok(Self {
            client: Client::of(kept, place.below("metadata"), now),
            targets: place.below("targets"),
            ready: None,
        })
    }

    /// Refreshes, the first time that it is asked.
    fn ready(&mut self) -> Result<(&Client, &Ready, &Origin)> {
        let ready = match self.ready.take() {
            Some(ready) => ready,
            None => self.client.ready()?,
        };
        Ok((&self.client, self.ready.insert(ready), &self.targets))
    }

    fn find(&mut self, name: &str) -> Result<Found> {
        let (client, ready, _) = self.ready()?;
        client.find(ready, name)
    }

    fn fetch(&mut self, name: &str, found: &Found) -> Result<Vec<u8>> {
        let (client, ready, targets) = self.ready()?;
        client.fetch_target(ready, name, found, targets)
    }
}
