//! `relay`: gives wearables on a serial line or a socket what they ask for. It verifies nothing and
//! promises nothing: the wearable checks everything itself.

/// How often a peer may make us ask an origin.
mod budget;
/// What was fetched, within caps.
mod cache;
/// Places for peers.
mod seat;
/// Serial devices.
mod serial;
/// One peer.
mod serve;
/// Objects, from the cache or from an origin.
mod source;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use sealift_metadata::Time;

use crate::clock::{Clock, pause};
use crate::config::Config;
use crate::error::Error;
use crate::limits::{RELAY_PAUSE_MILLISECONDS, RELAY_PEERS, RELAY_STALL_SECONDS};
use crate::{Result, rng};
use cache::Cache;
use seat::Seats;
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

/// What all peers share.
struct Relay {
    config: Config,
    cache: Mutex<Cache>,
    seats: Seats,
    clock: Clock,
    /// Draws a number below another one: the origin that a peer's list begins with.
    draw: fn(u64) -> u64,
}

/// Serves until the peer is gone, or for ever where peers come and go.
pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let relay = Relay::new(config.clone(), rng::below);
    match (args.listen, &args.device) {
        (Some(address), _) => listen(address, relay),
        (None, Some(path)) => {
            let failed = |source| relay_error(&path.display(), source);
            let device = serial::open(path, args.baud).map_err(failed)?;
            relay.serve(&device, &device).map_err(failed)
        }
        (None, None) => relay
            .serve(io::stdin(), io::stdout())
            .map_err(|source| relay_error(&"stdin and stdout", source)),
    }
}

fn listen(address: SocketAddr, relay: Relay) -> Result<()> {
    if !address.ip().is_loopback() {
        return Err(Error::ConfigValue { key: "--listen" });
    }
    let failed = |source| relay_error(&address, source);
    let listener = TcpListener::bind(address).map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    // Whoever started us may have asked for any port.
    let _ = writeln!(io::stdout(), "listening on {local}");
    accept(&listener, &Arc::new(relay)).map_err(failed)
}

/// Lets in everybody who comes, so many at a time. When the listener itself is broken, this ends
/// and waits for nobody; whatever else goes wrong, such as too many open files, may pass.
fn accept(listener: &TcpListener, relay: &Arc<Relay>) -> io::Result<()> {
    loop {
        let admitted = listener.accept().and_then(|(stream, peer)| {
            let relay = Arc::clone(relay);
            thread::Builder::new().spawn(move || {
                if let Err(error) = relay.serve_stream(&stream) {
                    tracing::warn!(%peer, %error, "the peer is gone");
                }
            })
        });
        match admitted {
            Ok(_) => {}
            Err(error) if is_of_listener(&error) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "nobody was let in");
                pause(Duration::from_millis(RELAY_PAUSE_MILLISECONDS));
            }
        }
    }
}

fn is_of_listener(error: &io::Error) -> bool {
    let broken = [Errno::BADF, Errno::INVAL, Errno::NOTSOCK, Errno::OPNOTSUPP];
    Errno::from_io_error(error).is_some_and(|error| broken.contains(&error))
}

impl Relay {
    fn new(config: Config, draw: fn(u64) -> u64) -> Self {
        Self {
            config,
            cache: Mutex::default(),
            seats: Seats::new(),
            clock: Clock::from(Time::EPOCH),
            draw,
        }
    }

    /// A device may be silent for days, but who asks has to take the answer.
    fn serve_stream(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(Duration::from_secs(RELAY_STALL_SECONDS)))?;
        self.serve(stream, stream)
    }

    fn serve(&self, input: impl Read, output: impl Write) -> io::Result<()> {
        let Some(seat) = self.seats.take() else {
            return Err(io::Error::other(format!(
                "{RELAY_PEERS} peers are connected"
            )));
        };
        serve::serve(input, output, Source::new(self, seat))
    }
}

fn relay_error(place: &dyn std::fmt::Display, source: io::Error) -> Error {
    let place = place.to_string();
    Error::Link { place, source }
}

#[cfg(test)]
mod tests;
