//! The server, over HTTP: the only network code of the tool.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::time::Duration;

use age::secrecy::{ExposeSecret as _, SecretString};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sealift_metadata::Digest;
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::{Response, StatusCode, Uri};
use ureq::{Agent, Body, SendBody};

use crate::check::SealedChange;
use crate::error::{Error, Result};
use crate::files::{check_private, open_regular, read_capped};
use crate::limits::{ANSWER_BYTES, ANSWER_SECONDS, CONNECT_SECONDS, TOKEN_BYTES};
use crate::names::Slug;

/// The secret that the server knows its callers by.
#[derive(Debug)]
pub struct Token(SecretString);

impl Token {
    /// The token from a private file, or else from the variable `SEALIFT_TOKEN`.
    ///
    /// # Errors
    /// [`Error::NoToken`], [`Error::InvalidToken`], [`Error::FileMode`], [`Error::Io`].
    pub fn read(file: Option<&Path>) -> Result<Self> {
        let text = if let Some(path) = file {
            check_private(path)?;
            let bytes = zeroize::Zeroizing::new(read_capped(path, TOKEN_BYTES)?);
            let text = std::str::from_utf8(&bytes).map_err(|_| Error::InvalidToken)?;
            SecretString::from(text.trim())
        } else {
            let text = std::env::var("SEALIFT_TOKEN").map_err(|_| Error::NoToken)?;
            SecretString::from(zeroize::Zeroizing::new(text).trim())
        };
        let token = text.expose_secret();
        if token.is_empty() {
            return Err(Error::NoToken);
        }
        // RFC 6750 2.1
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::InvalidToken);
        }
        Ok(Self(text))
    }
}

/// A repository on a server.
#[derive(Debug)]
pub struct Server {
    agent: Agent,
    base: String,
    authorization: SecretString,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    detail: Option<String>,
    code: String,
}

impl Server {
    /// A repository on the server at `url`.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`]; [`Error::InsecureUrl`] for plain HTTP to another machine.
    pub fn at(url: &str, repository: &Slug, token: &Token) -> Result<Self> {
        check_url(url)?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect could carry the token elsewhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS)))
            .timeout_recv_response(Some(Duration::from_secs(ANSWER_SECONDS)))
            .user_agent(concat!("sealift/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let authorization = format!("Bearer {}", token.0.expose_secret());
        Ok(Self {
            agent,
            base: format!(
                "{}/api/v1/repositories/{repository}",
                url.trim_end_matches('/')
            ),
            authorization: SecretString::from(authorization),
        })
    }

    /// Asks whether the token opens the repository, before anything large is sent: a server that
    /// refuses an upload may hang up before its answer can be read.
    ///
    /// # Errors
    /// [`Error::Server`] with what the server refuses, [`Error::Transport`].
    pub fn check_access(&self) -> Result<()> {
        let response = self
            .agent
            .get(&self.base)
            .header("Authorization", self.authorization.expose_secret())
            .call()
            .map_err(transport(&self.base))?;
        match read_answer(response) {
            // What cannot be understood here may still be answered further on.
            Ok(_) | Err(Error::Answer { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the server has a file already.
    ///
    /// # Errors
    /// [`Error::Server`], [`Error::Transport`].
    pub fn has_blob(&self, sha256: &Digest) -> Result<bool> {
        let url = self.blob_url(sha256);
        let response = self
            .agent
            .head(&url)
            .header("Authorization", self.authorization.expose_secret())
            .call()
            .map_err(transport(&url))?;
        // The answer to HEAD has no body: the upload that follows tells what else is wrong.
        Ok(response.status() == StatusCode::OK)
    }

    /// Uploads a file, as a stream.
    ///
    /// # Errors
    /// [`Error::Server`], [`Error::Transport`], [`Error::Io`].
    pub fn put_blob(&self, sha256: &Digest, file: &Path, length: u64, name: &str) -> Result<()> {
        let url = self.blob_url(sha256);
        let input = open_regular(file)?;
        if input.metadata().map_err(Error::io("read", file))?.len() != length {
            return Err(Error::BlobMismatch { sha256: *sha256 });
        }
        let bar = progress(length, name);
        let mut body = bar.wrap_read(input);
        let response = self
            .agent
            .put(&url)
            .header("Authorization", self.authorization.expose_secret())
            .header("Content-Type", "application/octet-stream")
            .header("Content-Length", length.to_string())
            .send(SendBody::from_reader(&mut body))
            .map_err(transport(&url))?;
        bar.finish_and_clear();
        read_answer(response).map(drop)
    }

    /// Publishes documents, all or none.
    ///
    /// # Errors
    /// [`Error::Server`], [`Error::Transport`], [`Error::Answer`].
    pub fn publish(&self, changes: &[SealedChange]) -> Result<Value> {
        let url = format!("{}/changes", self.base);
        let documents: Vec<Value> = changes
            .iter()
            .map(|change| {
                json!({
                    "role": change.role.as_str(),
                    "document": String::from_utf8_lossy(&change.document),
                })
            })
            .collect();
        let body = json!({ "documents": documents }).to_string();
        let response = self
            .agent
            .post(&url)
            .header("Authorization", self.authorization.expose_secret())
            .header("Content-Type", "application/json")
            .send(&body)
            .map_err(transport(&url))?;
        let status = response.status().as_u16();
        let answer = read_answer(response)?;
        let answer: Value =
            serde_json::from_slice(&answer).map_err(|_| Error::Answer { status })?;
        // Only a server that says so has published anything.
        let all = changes
            .iter()
            .all(|change| answer["roles"][change.role.as_str()].as_u64() == Some(change.version));
        if all {
            Ok(answer)
        } else {
            Err(Error::Answer { status })
        }
    }

    fn blob_url(&self, sha256: &Digest) -> String {
        format!("{}/blobs/{sha256}", self.base)
    }
}

fn read_answer(mut response: Response<Body>) -> Result<Vec<u8>> {
    let status = response.status();
    let mut bytes = Vec::new();
    let read = response
        .body_mut()
        .as_reader()
        .take(ANSWER_BYTES)
        .read_to_end(&mut bytes);
    let unreadable = Error::Answer {
        status: status.as_u16(),
    };
    if status.is_success() {
        return read.map(|_| bytes).map_err(|_| unreadable);
    }
    let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) else {
        return Err(unreadable);
    };
    Err(Error::Server {
        status: status.as_u16(),
        code: printable(&problem.code),
        detail: printable(&problem.detail.unwrap_or(problem.title)),
    })
}

/// What a server says goes to a terminal: no control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).collect()
}

fn check_url(url: &str) -> Result<()> {
    let invalid = || Error::InvalidUrl {
        url: url.to_owned(),
    };
    let parsed: Uri = url.parse().map_err(|_| invalid())?;
    let host = parsed.host().ok_or_else(invalid)?;
    let has_more = parsed.query().is_some() || parsed.authority().is_none_or(has_user);
    if has_more {
        return Err(invalid());
    }
    let is_local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match parsed.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_local => Ok(()),
        Some("http") => Err(Error::InsecureUrl {
            url: url.to_owned(),
        }),
        _ => Err(invalid()),
    }
}

fn has_user(authority: &ureq::http::uri::Authority) -> bool {
    authority.as_str().contains('@')
}

fn transport(url: &str) -> impl FnOnce(ureq::Error) -> Error {
    let url = url.to_owned();
    move |source| Error::Transport {
        url,
        source: Box::new(source),
    }
}

/// A progress bar on stderr; nothing where stderr is no terminal.
fn progress(length: u64, name: &str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    bar.with_message(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_sent_in_the_clear_to_another_machine() {
        for good in [
            "https://updates.example.com",
            "https://updates.example.com:8443/",
            "http://127.0.0.1:8600",
            "http://localhost:8600/",
            "http://[::1]:8600",
        ] {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in ["http://updates.example.com", "http://127.0.0.1.example.com"] {
            assert!(
                matches!(check_url(bad), Err(Error::InsecureUrl { .. })),
                "{bad}"
            );
        }
        for bad in [
            "",
            "updates.example.com",
            "ftp://updates.example.com",
            "https://user:word@updates.example.com",
            "https://updates.example.com/?x=1",
            "http://localhost@updates.example.com",
        ] {
            assert!(
                matches!(check_url(bad), Err(Error::InvalidUrl { .. })),
                "{bad}"
            );
        }
    }
}
