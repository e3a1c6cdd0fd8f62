//! `relay` as a process: on stdin and stdout, on a terminal, and on a socket.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{ControlModes, LocalModes, OptionalActions, tcgetattr, tcsetattr};
use sealift_device::link::{Call, Receiver, Reply, Request};
use tempfile::TempDir;

/// Every byte there is: a terminal would take some of them for orders.
fn document() -> Vec<u8> {
    (0..=255).collect()
}

fn configured() -> (TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("timestamp.json"), document()).unwrap();
    let config = scratch.path().join("gateway.toml");
    let text = "metadata = [\".\"]\ntargets = [\".\"]\nroot = \"1.root.json\"\n\
                state = \"state\"\nproduct = \"watch\"\nhardware = \"rev-a\"\n\
                component = \"app\"\nchannel = \"stable\"\n";
    fs::write(&config, text).unwrap();
    (scratch, config)
}

fn relay(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealift-gateway"));
    command.arg("--config").arg(config).arg("relay");
    command
}

/// Asks once, and waits for the answer.
fn ask(mut to: impl Write, mut from: impl Read) -> Vec<u8> {
    let request = Request::Bytes {
        address: "metadata/timestamp.json",
        offset: 0,
        max: 1000,
    };
    let mut call = Call::new(request, 1);
    let mut frame = Vec::new();
    assert!(call.send(|bytes| frame.extend_from_slice(bytes)));
    to.write_all(&frame).unwrap();
    to.flush().unwrap();
    let mut buffer = [0; 2048];
    let mut receiver = Receiver::new(&mut buffer);
    loop {
        let mut byte = [0];
        from.read_exact(&mut byte).unwrap();
        let message = receiver.take(byte[0]);
        if let Some(Reply::Bytes { bytes, end: true }) =
            message.and_then(|message| call.answer(message))
        {
            return bytes.to_vec();
        }
    }
}

/// Ends the process even where a test fails.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_pipe_carries_every_byte_and_its_end_is_the_end() {
    let (_scratch, config) = configured();
    let mut command = relay(&config);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut relay = Ended(command.spawn().unwrap());
    let (to, from) = (
        relay.0.stdin.take().unwrap(),
        relay.0.stdout.take().unwrap(),
    );
    assert_eq!(ask(&to, from), document());
    drop(to);
    assert!(relay.0.wait().unwrap().success());
}

/// A terminal: the end that a wearable would hold, and the path of the other.
fn terminal() -> (File, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (File::from(master), path)
}

#[test]
fn a_terminal_carries_every_byte_and_echoes_none() {
    let (scratch, config) = configured();
    let (mut master, path) = terminal();
    set_flow_control(&master);
    let mut command = relay(&config);
    command.args(["--device", &path]);
    let log = scratch.path().join("log");
    command.stderr(File::create(&log).unwrap());
    let _relay = Ended(command.spawn().unwrap());
    // What is written before the terminal is raw is altered, and the check finds that.
    wait_until_raw(&master);
    let modes = tcgetattr(&master).unwrap().control_modes;
    assert!(modes.contains(ControlModes::CLOCAL), "it has no carrier");
    assert!(!modes.contains(ControlModes::CRTSCTS), "it has three wires");
    let mut reader = master.try_clone().unwrap();
    assert_eq!(ask(&mut master, &mut reader), document());
}

#[test]
fn a_line_that_hangs_up_is_a_broken_link_and_no_signal() {
    let (_scratch, config) = configured();
    for leader in [false, true] {
        let (master, path) = terminal();
        let own = relay(&config);
        // A service manager starts everybody as the leader of a session.
        let mut command = Command::new(if leader { "setsid" } else { "env" });
        command.arg(own.get_program()).args(own.get_args());
        command.args(["--device", &path]).stderr(Stdio::null());
        let mut relay = Ended(command.spawn().unwrap());
        wait_until_raw(&master);
        drop(master);
        let status = relay.0.wait().unwrap();
        assert_eq!(status.code(), Some(30), "leader {leader}: {status}");
    }
}

#[test]
fn too_many_open_files_keep_peers_out_only_for_a_while() {
    let (_scratch, config) = configured();
    let own = relay(&config);
    // Three are open from the start, and the listener; a peer is one, and what it asks for another.
    let script = "ulimit -n 9; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(own.get_program());
    command
        .args(own.get_args())
        .args(["--listen", "127.0.0.1:0"]);
    command.env("RUST_LOG", "warn");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut relay = Ended(command.spawn().unwrap());
    let mut said = String::new();
    let stdout = relay.0.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut said).unwrap();
    let address = said.trim().strip_prefix("listening on ").unwrap();
    let connect = || TcpStream::connect(address).unwrap();
    let peers: Vec<_> = (0..8).map(|_| connect()).collect();
    let mut logged = BufReader::new(relay.0.stderr.take().unwrap()).lines();
    assert!(logged.any(|line| line.unwrap().contains("nobody was let in")));
    drop(peers);
    let late = connect();
    late.set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    assert_eq!(ask(&late, &late), document());
}

fn set_flow_control(terminal: &File) {
    let mut modes = tcgetattr(terminal).unwrap();
    modes.control_modes |= ControlModes::CRTSCTS;
    tcsetattr(terminal, OptionalActions::Now, &modes).unwrap();
}

fn wait_until_raw(terminal: &File) {
    for _ in 0..1000 {
        let modes = tcgetattr(terminal).unwrap().local_modes;
        if !modes.contains(LocalModes::ECHO) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the terminal never became raw");
}
