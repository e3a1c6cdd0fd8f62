//! `relay` as a process: on stdin and stdout, and on a terminal.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
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

#[test]
fn a_terminal_carries_every_byte_and_echoes_none() {
    let (scratch, config) = configured();
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let mut command = relay(&config);
    command.args(["--device", &path]);
    let log = scratch.path().join("log");
    command.stderr(File::create(&log).unwrap());
    let _relay = Ended(command.spawn().unwrap());
    let mut master = File::from(master);
    // What is written before the terminal is raw is altered, and the check finds that.
    wait_until_raw(&master);
    let mut reader = master.try_clone().unwrap();
    assert_eq!(ask(&mut master, &mut reader), document());
}

fn wait_until_raw(terminal: &File) {
    use rustix::termios::{LocalModes, tcgetattr};
    for _ in 0..1000 {
        let modes = tcgetattr(terminal).unwrap().local_modes;
        if !modes.contains(LocalModes::ECHO) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the terminal never became raw");
}
