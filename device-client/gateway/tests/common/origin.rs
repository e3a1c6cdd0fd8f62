//! A tiny HTTP server for one repository, which can be told to misbehave.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sealift_metadata::Digest;

use sealift_tests::repository::Files;

/// What the server does to answers whose path contains a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Ranges are ignored: the whole file comes with status 200.
    IgnoreRange,
    /// Another range is sent than the one asked for.
    WrongRange,
    /// The body ends before its length.
    Truncate,
    /// The body never ends.
    Endless,
    /// The device is sent elsewhere.
    Redirect,
    /// Another status, with `Retry-After: 7`.
    Status(u16),
    /// A byte in the middle is another one.
    Flip,
}

#[derive(Default)]
struct State {
    files: Files,
    fault: Option<(&'static str, Fault)>,
    silent_from: Option<(&'static str, u64)>,
    requests: Vec<Request>,
    connections: usize,
    silenced: Vec<TcpStream>,
}

/// What a device asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub path: String,
    pub range: Option<(u64, u64)>,
    pub if_none_match: Option<String>,
    pub headers: String,
    pub status: u16,
}

/// A running server.
pub struct Origin {
    state: Arc<Mutex<State>>,
    pub url: String,
}

impl Origin {
    pub fn start(files: &Files) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            files: files.clone(),
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.lock().unwrap().connections += 1;
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while serve_one(&mut reader, &shared).is_some() {}
                });
            }
        });
        Self { state, url }
    }

    pub fn serve(&self, files: &Files) {
        self.state.lock().unwrap().files = files.clone();
    }

    /// Misbehaves where a path contains `part`.
    pub fn fault(&self, part: &'static str, fault: Fault) {
        let mut state = self.state.lock().unwrap();
        state.fault = Some((part, fault));
        state.silent_from = None;
    }

    /// Takes requests for ranges from `offset` on, and never answers them.
    pub fn silent_from(&self, part: &'static str, offset: u64) {
        self.state.lock().unwrap().silent_from = Some((part, offset));
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// The requests since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }
}

fn serve_one(reader: &mut BufReader<TcpStream>, shared: &Mutex<State>) -> Option<()> {
    let mut request = read_request(reader)?;
    let mut state = shared.lock().unwrap();
    let fault = match state.fault {
        Some((part, fault)) if is_meant(&request.path, part) => fault,
        _ => Fault::None,
    };
    let is_silent = state.silent_from.is_some_and(|(part, offset)| {
        request.path.contains(part) && request.range.is_some_and(|(first, _)| first >= offset)
    });
    if is_silent {
        state.requests.push(request);
        state.silenced.push(reader.get_ref().try_clone().unwrap());
        return None;
    }
    let path = request.path.trim_start_matches("/elsewhere");
    let file = state.files.get(path.trim_start_matches('/')).cloned();
    let (status, head, body) = answer(&request, fault, file);
    request.status = status;
    state.requests.push(request);
    drop(state);
    let stream = reader.get_mut();
    let mut bytes = format!("HTTP/1.1 {status} x\r\n{head}\r\n").into_bytes();
    match fault {
        Fault::Endless => loop {
            bytes.extend_from_slice(&body);
            stream.write_all(&bytes).ok()?;
            bytes.clear();
        },
        Fault::Truncate => {
            bytes.extend_from_slice(&body[..body.len() / 2]);
            stream.write_all(&bytes).ok()?;
            None
        }
        _ => {
            bytes.extend_from_slice(&body);
            stream.write_all(&bytes).ok()
        }
    }
}

/// Block tables are meant only where they are named.
fn is_meant(path: &str, part: &str) -> bool {
    !path.starts_with("/elsewhere")
        && path.contains(part)
        && path.ends_with(".blocks") == part.ends_with(".blocks")
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut request = Request {
        path,
        ..Request::default()
    };
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            return Some(request);
        };
        request.headers.push_str(&line.to_lowercase());
        match name.to_lowercase().as_str() {
            "range" => {
                let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
                request.range = Some((first.parse().ok()?, last.parse().ok()?));
            }
            "if-none-match" => request.if_none_match = Some(value.into()),
            _ => {}
        }
    }
}

fn answer(request: &Request, fault: Fault, file: Option<Vec<u8>>) -> (u16, String, Vec<u8>) {
    let empty = |status, head: &str| (status, format!("content-length: 0\r\n{head}"), Vec::new());
    match fault {
        Fault::Redirect => {
            let location = format!("location: /elsewhere{}\r\n", request.path);
            return empty(302, &location);
        }
        Fault::Status(status) => return empty(status, "retry-after: 7\r\n"),
        _ => {}
    }
    let Some(mut body) = file else {
        return empty(404, "");
    };
    let etag = format!("\"{}\"", Digest::of(&body));
    if request.if_none_match.as_deref() == Some(&etag) {
        return empty(304, "");
    }
    if fault == Fault::Flip {
        let middle = body.len() / 2;
        body[middle] ^= 1;
    }
    let mut head = format!("etag: {etag}\r\n");
    let mut status = 200;
    if let Some((first, last)) = request.range.filter(|_| fault != Fault::IgnoreRange) {
        let first = if fault == Fault::WrongRange { 0 } else { first };
        let end = usize::try_from(last + 1).unwrap().min(body.len());
        let start = usize::try_from(first).unwrap().min(end);
        let length = body.len();
        body = body[start..end].to_vec();
        status = 206;
        write!(
            head,
            "content-range: bytes {first}-{}/{length}\r\n",
            end.max(1) - 1
        )
        .unwrap();
    }
    match fault {
        Fault::Endless => head.push_str("connection: close\r\n"),
        _ => write!(head, "content-length: {}\r\n", body.len()).unwrap(),
    }
    (status, head, body)
}
