//! A folder, served over HTTP with ranges, as any mirror does it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

/// Serves `folder` until the process ends, and says where on the first line.
pub fn serve(folder: &Path) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming().flatten() {
        let folder = folder.to_owned();
        // Who hangs up gets no answer, and that is all that can go wrong.
        thread::spawn(move || answer(&folder, stream));
    }
    Ok(())
}

fn answer(folder: &Path, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some((path, range)) = read_request(&mut reader, folder)? {
        send(&stream, &path, range)?;
    }
    Ok(())
}

type Request = (PathBuf, Option<(u64, u64)>);

fn read_request(reader: &mut BufReader<TcpStream>, folder: &Path) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default();
    let path = folder.join(path.trim_start_matches('/'));
    let mut range = None;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let text = line.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Ok(Some((path, range)));
        }
        if let Some((first, last)) = text
            .strip_prefix("range: bytes=")
            .and_then(|it| it.split_once('-'))
        {
            range = first.parse().ok().zip(last.parse().ok());
        }
    }
}

fn send(mut stream: &TcpStream, path: &Path, range: Option<(u64, u64)>) -> io::Result<()> {
    let Ok(mut file) = File::open(path) else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    };
    let length = file.metadata()?.len();
    let (first, end) = range.map_or((0, length), |(first, last)| (first, length.min(last + 1)));
    let status = match range {
        Some(_) => format!(
            "206 Partial Content\r\nContent-Range: bytes {first}-{}/{length}",
            end - 1
        ),
        None => "200 OK".to_owned(),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
        end - first
    );
    stream.write_all(head.as_bytes())?;
    file.seek(SeekFrom::Start(first))?;
    io::copy(&mut file.take(end - first), &mut stream)?;
    Ok(())
}
