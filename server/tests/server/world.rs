//! A server, and a caller of it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sealift_metadata::{Digest, Time};
use sealift_server::{Clock, Config, LocalServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::maker::{self, NOW, Release};

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) token: String,
    pub(crate) server: LocalServer,
    _dir: TempDir,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    /// The status and the code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }
}

impl World {
    /// An empty server.
    pub(crate) fn empty() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::of_data(&dir.path().join("data")).unwrap();
        configure(&mut config);
        let clock = Clock::standing_at(NOW);
        let server = LocalServer::start(&config, clock.clone()).unwrap();
        let token = server.token().unwrap().to_owned();
        Self {
            clock,
            config,
            token,
            server,
            _dir: dir,
        }
    }

    /// A server with a root, and a top-level targets role that delegates `channels` and `watch`.
    pub(crate) fn new() -> Self {
        let world = Self::empty();
        let reply = world.push(&[("root", &world.root(1)), ("targets", &maker::targets(1))]);
        assert_eq!(reply.status, 200, "{}", reply.json());
        world
    }

    /// A server that has one release.
    pub(crate) fn with_release() -> (Self, Release) {
        let world = Self::new();
        let release = Release::new("1.0.0", 1, b"the first image of the watch");
        world.upload_release(&release);
        let reply = world.push(&[("watch", &maker::watch(1, &[&release]))]);
        assert_eq!(reply.status, 200, "{}", reply.json());
        (world, release)
    }

    pub(crate) fn data(&self) -> &Path {
        &self.config.data
    }

    /// The files of uploads that are not complete.
    pub(crate) fn incoming(&self) -> Vec<PathBuf> {
        let folder = self.data().join("blobs/incoming");
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Waits until an upload is under way.
    pub(crate) fn wait_for_incoming(&self) {
        wait_until("an upload is under way", || !self.incoming().is_empty());
    }

    /// Waits until no upload is under way.
    pub(crate) fn wait_for_no_incoming(&self) {
        wait_until("nothing is left behind", || self.incoming().is_empty());
    }

    pub(crate) fn blob_file(&self, bytes: &[u8]) -> PathBuf {
        let name = Digest::of(bytes).to_string();
        self.data().join("blobs").join(&name[..2]).join(name)
    }

    /// Stops the server and starts it again on the same directory.
    pub(crate) fn restart(mut self) -> Self {
        let (config, clock) = (self.config.clone(), self.clock.clone());
        drop(self.server);
        self.server = LocalServer::start(&config, clock).unwrap();
        assert_eq!(self.server.token(), None, "the token is shown once");
        self
    }

    /// The same server after it was off until `time`, started by somebody who vouches for the
    /// clock, and its first look at what expires is over.
    pub(crate) fn at(mut self, time: Time) -> Self {
        self.clock.set(time);
        self.config.accept_clock = true;
        let world = self.restart();
        world.wait_for_timestamp(time.seconds());
        world
    }

    /// Waits until the timestamp of this version is served.
    pub(crate) fn wait_for_timestamp(&self, version: u64) {
        wait_until("the timestamp is served", || {
            self.metadata("timestamp.json").json()["signed"]["version"] == version
        });
    }

    pub(crate) fn root(&self, version: u64) -> Vec<u8> {
        maker::root(version, &self.server.online_keys())
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .build()
            .new_agent();
        let mut response = if body.is_empty() && method != "PUT" && method != "POST" {
            agent.run(request.body(()).unwrap()).unwrap()
        } else {
            agent.run(request.body(body).unwrap()).unwrap()
        };
        Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.request("GET", path, &[], b"")
    }

    pub(crate) fn authorised(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        self.request(method, path, &[("authorization", &bearer)], body)
    }

    pub(crate) fn push_to(&self, repository: &str, documents: &[(&str, &[u8])]) -> Reply {
        let documents: Vec<Value> = documents
            .iter()
            .map(|(role, bytes)| json!({"role": role, "document": std::str::from_utf8(bytes).unwrap()}))
            .collect();
        let body = json!({ "documents": documents }).to_string();
        let path = format!("/api/v1/repositories/{repository}/changes");
        self.authorised("POST", &path, body.as_bytes())
    }

    pub(crate) fn push(&self, documents: &[(&str, &Vec<u8>)]) -> Reply {
        let documents: Vec<_> = documents
            .iter()
            .map(|(role, it)| (*role, it.as_slice()))
            .collect();
        self.push_to("default", &documents)
    }

    pub(crate) fn upload(&self, bytes: &[u8]) -> Reply {
        self.authorised("PUT", &blob_path(bytes), bytes)
    }

    pub(crate) fn upload_release(&self, release: &Release) {
        for (path, bytes, _) in release.files() {
            let status = self.upload(bytes).status;
            assert!(matches!(status, 200 | 201), "{path}: {status}");
        }
    }

    /// What `GET /api/v1/repositories/default` says.
    pub(crate) fn current(&self) -> Value {
        self.authorised("GET", "/api/v1/repositories/default", b"")
            .json()
    }

    pub(crate) fn metadata(&self, file: &str) -> Reply {
        self.get(&format!("/tuf/default/metadata/{file}"))
    }

    pub(crate) fn target(&self, path: &str, bytes: &[u8]) -> Reply {
        self.get(&target_path(path, bytes))
    }

    /// Sends a request as it is, and returns what comes back until the server closes.
    pub(crate) fn raw(&self, request: &str) -> String {
        self.exchange(request.as_bytes(), false)
    }

    /// Sends the beginning of a request, and nothing after it.
    pub(crate) fn raw_cut(&self, beginning: &str) -> String {
        self.exchange(beginning.as_bytes(), true)
    }

    fn exchange(&self, bytes: &[u8], is_cut: bool) -> String {
        let mut stream = TcpStream::connect(self.server.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream.write_all(bytes).unwrap();
        if is_cut {
            stream.shutdown(std::net::Shutdown::Write).unwrap();
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

pub(crate) fn blob_path(bytes: &[u8]) -> String {
    format!("/api/v1/repositories/default/blobs/{}", Digest::of(bytes))
}

pub(crate) fn target_path(path: &str, bytes: &[u8]) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap();
    format!("/tuf/default/targets/{folder}/{}.{name}", Digest::of(bytes))
}

/// Expects a problem.
pub(crate) fn expect(reply: &Reply, status: u16, code: &str) {
    let expected = (status, code.to_owned());
    assert_eq!(reply.problem(), expected, "{}", reply.json());
}

/// Waits for what another thread does, 20 seconds at most.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never came true: {what}");
}
