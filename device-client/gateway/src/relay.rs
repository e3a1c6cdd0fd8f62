//! `relay`: gives wearables on a serial line or a socket what they ask for. It verifies nothing and
//! promises nothing: the wearable checks everything itself.

/// What was fetched, within caps.
mod cache;
/// Serial devices.
mod serial;
/// One peer.
mod serve;
/// Objects, from the cache or from an origin.
mod source;

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::config::Config;
use crate::error::Error;
use crate::limits::{RELAY_PEERS, RELAY_STALL_SECONDS};
use cache::Cache;
use source::Source;

/// Where wearables are: without either, on stdin and stdout.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Listen on a port of this machine; others must not reach it
    #[arg(long, value_name = "127.0.0.1:PORT", conflicts_with = "device")]
    listen: Option<SocketAddr>,
    /// Open a serial device or a pseudo-terminal
    #[arg(long, value_name = "PATH")]
    device: Option<PathBuf>,
    /// Bits a second of the serial device
    #[arg(long, value_name = "N", default_value_t = 115_200, requires = "device")]
    baud: u32,
}

/// Serves until the peer is gone, or for ever where peers come and go.
pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    match (args.listen, &args.device) {
        (Some(address), _) => listen(address, config),
        (None, Some(path)) => {
            let failed = |source| relay_error(&path.display(), source);
            let device = serial::open(path, args.baud).map_err(failed)?;
            let cache = Mutex::default();
            let source = Source::new(config, &cache);
            serve::serve(&device, &device, source).map_err(failed)
        }
        (None, None) => {
            let cache = Mutex::default();
            let source = Source::new(config, &cache);
            serve::serve(io::stdin(), io::stdout(), source)
                .map_err(|source| relay_error(&"stdin and stdout", source))
        }
    }
}

fn listen(address: SocketAddr, config: &Config) -> Result<()> {
    if !address.ip().is_loopback() {
        return Err(Error::ConfigValue { key: "--listen" });
    }
    let failed = |source| relay_error(&address, source);
    let listener = TcpListener::bind(address).map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    // Whoever started us may have asked for any port.
    let _ = writeln!(io::stdout(), "listening on {local}");
    accept(&listener, config).map_err(failed)
}

/// Serves everybody who comes, so many at a time.
fn accept(listener: &TcpListener, config: &Config) -> io::Result<()> {
    let (cache, peers) = (Mutex::default(), AtomicUsize::new(0));
    thread::scope(|scope| {
        loop {
            let (stream, peer) = match listener.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            if peers.load(Ordering::SeqCst) >= RELAY_PEERS {
                tracing::warn!(%peer, "refused: {RELAY_PEERS} peers are connected");
                continue;
            }
            peers.fetch_add(1, Ordering::SeqCst);
            let (cache, peers) = (&cache, &peers);
            scope.spawn(move || {
                if let Err(error) = serve_stream(&stream, config, cache) {
                    tracing::warn!(%peer, %error, "the peer is gone");
                }
                peers.fetch_sub(1, Ordering::SeqCst);
            });
        }
    })
}

/// A device may be silent for days, but who asks has to take the answer.
fn serve_stream(stream: &TcpStream, config: &Config, cache: &Mutex<Cache>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(Duration::from_secs(RELAY_STALL_SECONDS)))?;
    serve::serve(stream, stream, Source::new(config, cache))
}

fn relay_error(place: &dyn std::fmt::Display, source: io::Error) -> Error {
    let place = place.to_string();
    Error::Link { place, source }
}

#[cfg(test)]
mod tests;
