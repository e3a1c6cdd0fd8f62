//! A ceremony in one process: signers with homes of their own around one folder.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use sealift::terminal::{Nobody, Terminal};
use sealift::world::World;
use sealift_metadata::Time;
use sealift_metadata::write::{SecretKey, Value};

/// 2026-11-21T12:00:00Z
pub(crate) const NOW: u64 = 1_795_262_400;

/// A work factor that costs nothing.
const SCRYPT_LOG2: u8 = 2;

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn refused(self, code: &str) -> Self {
        assert_eq!(self.code, 1, "{self:#?}");
        assert!(self.err.contains(&format!("[{code}]")), "{code}: {self:#?}");
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Somebody who types the same answer to every question.
pub(crate) struct Typist(pub(crate) &'static str);

impl Terminal for Typist {
    fn secret(&mut self, _prompt: &str) -> io::Result<SecretString> {
        Ok(SecretString::from(self.0))
    }

    fn line(&mut self, _prompt: &str) -> io::Result<String> {
        Ok(self.0.to_owned())
    }
}

/// The room in which signers meet.
pub(crate) struct Room {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) now: u64,
    pub(crate) snapshot: SecretKey,
    pub(crate) timestamp: SecretKey,
}

impl Room {
    /// A room with keys, and nothing begun.
    pub(crate) fn with_keys(names: &[&str]) -> Self {
        let room = Self {
            folder: tempfile::tempdir().unwrap(),
            now: NOW,
            snapshot: SecretKey::from_seed(&[1; 32]),
            timestamp: SecretKey::from_seed(&[2; 32]),
        };
        room.write_private("passphrase", "correct horse battery\n");
        room.write_private("wrong", "wrong horse battery\n");
        for name in names {
            let public = room.signer(name, &["key", "new", name]).ok().out;
            fs::write(room.path(&format!("{name}.pub")), public).unwrap();
        }
        fs::write(room.path("online.json"), room.online_keys()).unwrap();
        room
    }

    /// A room with a ceremony begun: three officers, two release signers and the product watch.
    pub(crate) fn begun() -> Self {
        let room = Self::with_keys(&[
            "officer-1",
            "officer-2",
            "officer-3",
            "release-1",
            "release-2",
        ]);
        room.init(&[]).ok();
        room.run(&[
            "product",
            "add",
            "watch",
            "--key",
            "release-1.pub",
            "release-2.pub",
        ])
        .ok();
        room
    }

    /// A room whose first change is complete: release 1.0.0 on the channel stable.
    pub(crate) fn signed() -> Self {
        let room = Self::begun();
        room.add_release("1.0.0", &room.image(100_000), &[]).ok();
        room.set_channel(&["1.0.0"]).ok();
        room.everybody_signs();
        room
    }

    /// A room whose first change is in force.
    pub(crate) fn published() -> Self {
        let room = Self::signed();
        room.publish();
        room
    }

    pub(crate) fn init(&self, more: &[&str]) -> Outcome {
        let mut args = vec![
            "init",
            "demo",
            "--online-keys",
            "online.json",
            "--root-key",
            "officer-1.pub",
            "officer-2.pub",
            "officer-3.pub",
            "--targets-key",
            "officer-1.pub",
            "officer-2.pub",
            "--channels-key",
            "release-1.pub",
        ];
        args.extend(more);
        self.run(&args)
    }

    pub(crate) fn add_release(&self, release: &str, file: &Path, more: &[&str]) -> Outcome {
        let mut args = vec![
            "release",
            "add",
            "--product",
            "watch",
            "--release",
            release,
            "--component",
            "app",
            "--version",
            release,
            "--hardware",
            "rev-b",
            "--channel",
            "stable",
            "--file",
            file.to_str().unwrap(),
        ];
        args.extend(more);
        self.run(&args)
    }

    pub(crate) fn set_channel(&self, releases: &[&str]) -> Outcome {
        let mut args = vec![
            "channel",
            "set",
            "--product",
            "watch",
            "--channel",
            "stable",
        ];
        for release in releases {
            args.extend(["--release", release]);
        }
        self.run(&args)
    }

    pub(crate) fn sign(&self, name: &str, more: &[&str]) -> Outcome {
        let mut args = vec!["sign", "--key", name, "--yes"];
        args.extend(more);
        self.signer(name, &args)
    }

    pub(crate) fn everybody_signs(&self) {
        for name in ["officer-1", "officer-2", "release-1", "release-2"] {
            self.sign(name, &[]).ok();
        }
    }

    /// Puts what is complete in force, as a push does once the server has it.
    pub(crate) fn publish(&self) {
        use sealift::{ceremony::Ceremony, check::seal_complete, view::View};
        let ceremony = Ceremony::open_to_change(&self.demo()).unwrap();
        let view = View::load(&ceremony).unwrap();
        let sealed = seal_complete(&ceremony, &view, Time::from_seconds(self.now)).unwrap();
        for change in sealed {
            ceremony
                .accept(&change.role, change.version, &change.document)
                .unwrap();
        }
    }

    /// Runs the tool on the ceremony folder, with the passphrase at hand.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        self.run_as("nobody", args, &mut Nobody)
    }

    /// The same as a signer with a home of their own.
    pub(crate) fn signer(&self, name: &str, args: &[&str]) -> Outcome {
        let mut args = args.to_vec();
        if !args.contains(&"--passphrase-file") {
            args.extend(["--passphrase-file", "passphrase"]);
        }
        self.run_as(name, &args, &mut Nobody)
    }

    pub(crate) fn run_as(&self, name: &str, args: &[&str], terminal: &mut dyn Terminal) -> Outcome {
        let home = self.path(&format!("home-{name}"));
        let dir = self.demo();
        let mut line = vec![
            OsString::from("sealift"),
            "--home".into(),
            home.into(),
            "--dir".into(),
            dir.into(),
        ];
        // File names are meant inside of the room.
        line.extend(args.iter().map(|arg| {
            let inside = self.path(arg);
            if inside.exists() || *arg == "demo" {
                inside.into()
            } else {
                OsString::from(arg)
            }
        }));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = sealift::run(
            line,
            &mut World {
                out: &mut out,
                err: &mut err,
                terminal,
                now: Time::from_seconds(self.now),
                scrypt_log2: SCRYPT_LOG2,
            },
        );
        Outcome {
            code,
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn demo(&self) -> PathBuf {
        self.path("demo")
    }

    pub(crate) fn write_private(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// A build of so many bytes that neither repeats nor is random.
    pub(crate) fn image(&self, length: usize) -> PathBuf {
        let path = self.path(&format!("app-{length}.bin"));
        let bytes: Vec<u8> = (0..length)
            .map(|at| u8::try_from(at / 7 % 251).unwrap())
            .collect();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn payload(&self, role: &str) -> Vec<u8> {
        fs::read(self.demo().join(format!("changes/{role}/payload.json"))).unwrap()
    }

    /// Changes a proposal by hand, as somebody with the folder can.
    pub(crate) fn edit_payload(&self, role: &str, edit: impl FnOnce(&mut Value)) {
        let mut value = Value::decode(&self.payload(role)).unwrap();
        edit(&mut value);
        let path = self.demo().join(format!("changes/{role}/payload.json"));
        fs::write(path, value.encode()).unwrap();
    }

    /// Every file below a folder and what is in it.
    pub(crate) fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with(".sealift.lock") {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path, bytes));
                }
            }
        }
        found.sort();
        found
    }

    fn online_keys(&self) -> Vec<u8> {
        let key = |secret: &SecretKey| {
            let spec = secret.public().unwrap();
            let mut value = spec.value().clone();
            value
                .members()
                .insert("keyid".to_owned(), Value::from(spec.keyid()));
            value
        };
        Value::from([
            ("snapshot", key(&self.snapshot)),
            ("timestamp", key(&self.timestamp)),
        ])
        .encode()
    }
}
