//! Origins of a repository: URLs and folders, tried in order.

/// A folder, as a stick or a static copy carries it.
mod folder;
/// HTTP without redirects.
mod http;
/// The least that must come.
mod pace;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::ptr;

pub(crate) use http::Client;
use sealift_device::Object;

/// A place that holds the metadata, or the targets, of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A URL without closing `/`.
    Http(String),
    /// A folder.
    Folder(PathBuf),
}

/// What is asked of an origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'r> {
    /// The address relative to the origin.
    pub(crate) address: &'r str,
    /// Where to start, in bytes.
    pub(crate) offset: u64,
    /// How many bytes at most.
    pub(crate) max: usize,
    /// Whether a part is enough: it is asked for as a range.
    pub(crate) is_part: bool,
    /// What the origin called the copy that we have.
    pub(crate) etag: Option<&'r str>,
}

/// What an origin says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The bytes from the offset on, at most as many as asked for.
    Bytes {
        /// The bytes.
        bytes: Vec<u8>,
        /// What the origin calls this version of the object.
        etag: Option<String>,
    },
    /// Our copy is the newest.
    NotModified,
    /// There is no such object (403, 404, 410).
    Absent,
}

/// Why an origin could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{url}: {reason}")]
    Connection { url: String, reason: String },
    #[error("{url}: the answer broke off: {reason}")]
    Broken { url: String, reason: String },
    #[error("{url}: status {status}")]
    Status { url: String, status: u16 },
    #[error("{url}: another part was sent than the one asked for")]
    Range { url: String },
    #[error("no origin is configured")]
    NoOrigin,
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: String },
}

/// No origin could give what was asked for: what the last one said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{last}")]
pub struct TransportError {
    last: Failure,
    is_unreachable: bool,
}

impl TransportError {
    /// Of what the origins said, one after another.
    pub(crate) fn of(failures: &[Failure]) -> Self {
        Self {
            last: failures.last().cloned().unwrap_or(Failure::NoOrigin),
            is_unreachable: !failures.is_empty() && failures.iter().all(Failure::is_line),
        }
    }

    /// Whether the line is at fault with all of them: an origin that answers badly may be in
    /// trouble, and is not asked more often for that.
    pub(crate) const fn is_unreachable(&self) -> bool {
        self.is_unreachable
    }
}

impl Failure {
    /// Whether nobody was there to answer, or was gone in the middle of it.
    const fn is_line(&self) -> bool {
        matches!(self, Self::Connection { .. } | Self::Broken { .. })
    }
}

impl Origin {
    /// A URL of `http` or `https`, or else a folder; relative ones below `folder`.
    pub(crate) fn parse(text: &str, folder: &Path) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
            let has_more = text.contains(['?', '#', '@']);
            let url = text.trim_end_matches('/').to_owned();
            return (is_plain && !has_more).then_some(Self::Http(url));
        }
        (!text.contains("://")).then(|| Self::Folder(folder.join(text)))
    }

    /// The folder `name` of this place.
    pub(crate) fn below(&self, name: &str) -> Self {
        match self {
            Self::Http(url) => Self::Http(format!("{url}/{name}")),
            Self::Folder(path) => Self::Folder(path.join(name)),
        }
    }

    /// Asks for an object.
    pub(crate) fn get(&self, http: &Client, request: &Request<'_>) -> Result<Reply, Failure> {
        match self {
            Self::Http(url) => http.get(url, request),
            Self::Folder(path) => folder::get(path, request),
        }
    }

    fn url(&self) -> Option<&str> {
        match self {
            Self::Http(url) => Some(url),
            Self::Folder(_) => None,
        }
    }

    /// What an origin is called in records.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Http(url) => url.clone(),
            Self::Folder(path) => path.display().to_string(),
        }
    }
}

/// All origins, and the way of asking them.
#[derive(Debug)]
pub(crate) struct Transport<'c> {
    http: Client,
    metadata: &'c [Origin],
    targets: &'c [Origin],
    /// Where to begin in both lists.
    first: usize,
    /// Origins that failed or were not believed, the latest last: all others are asked before them.
    doubted: RefCell<Vec<&'c Origin>>,
}

impl<'c> Transport<'c> {
    pub(crate) fn new(
        http: Client,
        metadata: &'c [Origin],
        targets: &'c [Origin],
        first: usize,
    ) -> Self {
        Self {
            http,
            metadata,
            targets,
            first,
            doubted: RefCell::default(),
        }
    }

    /// How long origins asked to be left alone, in seconds. A round needs metadata and targets: where
    /// all that hold the one ask for a pause, it does not matter that the others do not.
    pub(crate) fn pause_asked(&self) -> u64 {
        let asked = [self.metadata, self.targets].map(|list| {
            let urls = list.iter().filter_map(Origin::url);
            self.http.pause_asked(urls)
        });
        asked.into_iter().max().unwrap_or(0)
    }

    /// The origins for an object, in the order to ask them.
    pub(crate) fn origins(&self, object: &Object) -> Vec<&'c Origin> {
        let list = if object.is_metadata() {
            self.metadata
        } else {
            self.targets
        };
        let (before, after) = list.split_at(self.first % list.len().max(1));
        let mut origins: Vec<_> = after.iter().chain(before).collect();
        let doubted = self.doubted.borrow();
        origins.sort_by_key(|origin| doubted.iter().position(|other| ptr::eq(*origin, *other)));
        origins
    }

    /// Asks an origin after all others from now on. What it gave was not believed, or it gave
    /// nothing.
    pub(crate) fn doubt(&self, origin: &'c Origin) {
        let mut doubted = self.doubted.borrow_mut();
        doubted.retain(|other| !ptr::eq(origin, *other));
        doubted.push(origin);
    }

    /// Asks the origins one after another until one answers. A root is absent as soon as one says
    /// so; of everything else, another may have a copy.
    pub(crate) fn get<'r>(
        &self,
        requests: impl Iterator<Item = (&'c Origin, Request<'r>)>,
        object: &Object,
    ) -> Result<(&'c Origin, Reply), TransportError> {
        let (mut absent, mut failures) = (None, Vec::new());
        for (origin, request) in requests {
            match origin.get(&self.http, &request) {
                Ok(Reply::Absent) if !matches!(object, Object::Root(_)) => absent = Some(origin),
                Ok(reply) => return Ok((origin, reply)),
                Err(error) => {
                    tracing::warn!(origin.url = origin.name(), %error, "origin failed");
                    self.doubt(origin);
                    failures.push(error);
                }
            }
        }
        match absent {
            Some(origin) if failures.is_empty() => Ok((origin, Reply::Absent)),
            _ => Err(TransportError::of(&failures)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_doubted_is_asked_after_the_others_and_the_latest_last() {
        let list = ["a", "b", "c"].map(|name| Origin::Folder(name.into()));
        let [a, b, c] = &list;
        let transport = Transport::new(Client::new(), &list, &list, 1);
        let order = || {
            let origins = transport.origins(&Object::Timestamp);
            origins
                .iter()
                .map(|origin| origin.name())
                .collect::<String>()
        };
        assert_eq!(order(), "bca");
        for (doubted, expected) in [(c, "bac"), (b, "acb"), (b, "acb"), (c, "abc"), (a, "bca")] {
            transport.doubt(doubted);
            assert_eq!(order(), expected);
        }
    }

    #[test]
    fn an_origin_that_fails_is_asked_last_from_then_on() {
        let scratch = tempfile::tempdir().unwrap();
        let folders = ["gone", "here"].map(|name| scratch.path().join(name));
        std::fs::create_dir(&folders[1]).unwrap();
        let list = folders.map(Origin::Folder);
        let transport = Transport::new(Client::new(), &list, &[], 0);
        let request = Request {
            address: "timestamp.json",
            offset: 0,
            max: 1,
            is_part: false,
            etag: None,
        };
        let object = Object::Timestamp;
        let origins = transport.origins(&object).into_iter();
        let error = transport.get(origins.map(|origin| (origin, request)), &object);
        assert!(error.is_err(), "whoever failed may have had it");
        assert_eq!(transport.origins(&object), [&list[1], &list[0]]);
    }
}
