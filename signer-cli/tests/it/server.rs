//! A server that says what it is told to say, and remembers what it was asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// Answers each request with what `answer` makes of it: a status and a body, or the place that a
/// redirect points to.
pub(crate) struct FakeServer {
    pub(crate) url: String,
    pub(crate) requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeServer {
    pub(crate) fn start(answer: impl Fn(&Request) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                let (status, body) = answer(&request);
                seen.lock().unwrap().push(request.clone());
                let location = if status == 307 { body.as_str() } else { "/" };
                let body = if request.line.starts_with("HEAD") {
                    ""
                } else {
                    &body
                };
                write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nLocation: {location}\r\n\
                     Connection: close\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
            }
        });
        Self { url, requests }
    }

    /// A server that lacks every file and publishes everything.
    pub(crate) fn willing() -> Self {
        Self::start(|request| {
            if request.line.starts_with("POST") {
                return (200, published(&request.body));
            }
            let status = if request.line.starts_with("PUT") {
                201
            } else {
                404
            };
            (status, String::new())
        })
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests
            .iter()
            .map(|request| request.line.clone())
            .collect()
    }
}

/// The answer to a publication: the versions that were sent.
pub(crate) fn published(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    let mut roles = serde_json::Map::new();
    for change in body["documents"].as_array().unwrap() {
        let document: serde_json::Value =
            serde_json::from_str(change["document"].as_str().unwrap()).unwrap();
        let role = change["role"].as_str().unwrap().to_owned();
        roles.insert(role, document["signed"]["version"].clone());
    }
    serde_json::json!({"repository": "demo", "roles": roles, "snapshot": 1, "timestamp": 1})
        .to_string()
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let line = next();
    let mut headers = Vec::new();
    loop {
        let header = next();
        if header.is_empty() {
            break;
        }
        headers.push(header.to_ascii_lowercase());
    }
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request {
        line,
        headers,
        body,
    }
}
