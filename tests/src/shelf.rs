//! A folder, served over HTTP as a plain mirror does it.

use std::fs;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long somebody who connected may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);

/// A folder that is served until this is dropped.
#[derive(Debug)]
pub struct Shelf {
    address: SocketAddr,
    shared: Arc<Shared>,
    door: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    asked: Mutex<Vec<String>>,
    closed: AtomicBool,
}

impl Shelf {
    /// Serves `folder`. What is a folder itself is answered with 500, what is not there with 404.
    ///
    /// # Errors
    /// When there is no port.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            asked: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let inside = Arc::clone(&shared);
        let door = thread::spawn(move || inside.serve(&listener));
        Ok(Self {
            address,
            shared,
            door: Some(door),
        })
    }

    /// The URL of a path below the folder.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The paths that were asked for, the first one first.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.shared.asked.lock();
        asked.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Whoever waits at the door sees that it is closed. It may be dead already.
        let _ = TcpStream::connect(self.address);
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

impl Shared {
    fn serve(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.closed.load(Ordering::SeqCst) {
                return;
            }
            let (shared, Ok(stream)) = (Arc::clone(&self), stream) else {
                continue;
            };
            // Some clients connect ahead of time: nobody waits behind those.
            thread::spawn(move || shared.answer(stream));
        }
    }

    /// Who hangs up gets no answer, and that is all that can go wrong.
    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        let path = path.trim_start_matches('/');
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(path.to_owned());
        drop(asked);
        let (status, body) = match fs::read(self.folder.join(path)) {
            Ok(body) => ("200 OK", body),
            Err(error) if error.kind() == ErrorKind::NotFound => ("404 Not Found", Vec::new()),
            Err(_) => ("500 Internal Server Error", Vec::new()),
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close");
        stream.write_all(format!("{head}\r\n\r\n").as_bytes())?;
        stream.write_all(&body)
    }
}
