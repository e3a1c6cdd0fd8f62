use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn command(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealift-server"));
    command.args(arguments).arg("--data").arg(data);
    for variable in [
        "SEALIFT_DATA",
        "SEALIFT_CONFIG",
        "SEALIFT_LISTEN",
        "SEALIFT_LOG",
    ] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str], data: &Path) -> Output {
    command(arguments, data).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap().trim_end()
}

/// A running program, the address it listens on, and what it logged so far.
struct Program {
    child: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
    lines: Vec<String>,
}

impl Program {
    fn start(data: &Path) -> Self {
        let mut child = command(&["serve", "--listen", "127.0.0.1:0"], data)
            .env("SEALIFT_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut lines = Vec::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended: {lines:?}");
            let event: Value = serde_json::from_str(&line).unwrap();
            lines.push(line);
            if event["event"] == "sys_startup" {
                break event["address"].as_str().unwrap().to_owned();
            }
        };
        Self {
            child,
            address,
            log,
            lines,
        }
    }

    /// Asks it to stop, and returns its standard output and its log.
    fn stop(mut self) -> (String, Vec<String>) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        for line in self.log.lines() {
            self.lines.push(line.unwrap());
        }
        let mut output = String::new();
        let stdout = self.child.stdout.as_mut().unwrap();
        stdout.read_to_string(&mut output).unwrap();
        assert!(self.child.wait().unwrap().success());
        (output, self.lines)
    }

    fn ask(&self, token: &str) -> u16 {
        let url = format!("http://{}/api/v1/repositories/default", self.address);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        let bearer = format!("Bearer {token}");
        let reply = agent.get(url).header("authorization", bearer).call();
        reply.unwrap().status().as_u16()
    }
}

#[test]
fn a_token_is_printed_once_and_no_log_ever_holds_one() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let program = Program::start(&data);

    // Beside the running server, which sees at once what they do.
    let made = run(&["token", "create", "ci", "--days", "1"], &data);
    let second = text(&made.stdout).to_owned();
    assert_eq!(program.ask(&second), 200);
    assert!(
        !run(&["token", "create", "ci"], &data).status.success(),
        "the name is taken"
    );
    assert!(run(&["token", "revoke", "ci"], &data).status.success());
    assert_eq!(program.ask(&second), 401);
    let wrong = format!("sealift_{}", "5".repeat(64));
    assert_eq!(program.ask(&wrong), 401);
    let listed = run(&["token", "list"], &data);
    assert_eq!(text(&listed.stdout).lines().count(), 2);

    let (output, log) = program.stop();
    let first = output.trim_end();
    assert_eq!(first.len(), 72, "{first}");
    let program = Program::start(&data);
    assert_eq!(program.ask(first), 200);
    let (output, more) = program.stop();
    assert_eq!(output, "", "the token is printed at the first start alone");

    let keys = std::fs::read_to_string(data.join("online-keys.json")).unwrap();
    let keys: Value = serde_json::from_str(&keys).unwrap();
    let private = keys["timestamp"]["keyval"]["private"].as_str().unwrap();
    for line in log.iter().chain(&more) {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
        for secret in [first, &second, &wrong, private] {
            assert!(!line.contains(secret), "{line}");
        }
    }
    let events: Vec<Value> = log
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for wanted in [
        "sys_startup",
        "authn_token_revoked",
        "authn_token_unknown",
        "request",
        "sys_shutdown",
        "sys_stopped",
    ] {
        assert!(
            events.iter().any(|event| event["event"] == wanted),
            "{wanted}"
        );
    }
}

#[test]
fn verbs_say_what_they_did_and_why_not() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    Program::start(&data).stop();
    let shown = run(&["online-key", "show"], &data);
    let keys = text(&shown.stdout);
    assert!(keys.starts_with("{\"snapshot\":{\"keyid\":") && !keys.contains("private"));

    let root = dir.path().join("1.root.json");
    std::fs::write(&root, crate::maker::root(1, keys)).unwrap();
    let root = root.to_str().unwrap();
    let create = ["repo", "create", "fleet", "--root", root];
    assert_eq!(text(&run(&create, &data).stdout), "fleet");
    let again = run(&create, &data);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        text(&again.stderr).contains("already"),
        "{}",
        text(&again.stderr)
    );
    let listed = run(&["repo", "list"], &data);
    let fleet = "fleet\troot 1, targets 0, snapshot 0, timestamp 0";
    assert!(text(&listed.stdout).lines().any(|line| line == fleet));

    for (arguments, code, said) in [
        (
            &["token", "create", "Not A Slug"][..],
            1,
            "a name is made of",
        ),
        (&["token", "create", "x", "--days", "366"][..], 2, "366"),
        (&["token", "revoke", "nobody"][..], 1, "token list"),
        (
            &["repo", "create", "x", "--root", "/nowhere"][..],
            1,
            "/nowhere",
        ),
        (
            &["config", "check", "--config", "/nowhere"][..],
            1,
            "/nowhere",
        ),
    ] {
        let output = run(arguments, &data);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(
            text(&output.stderr).contains(said),
            "{}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_configuration_explains_itself_and_the_manual_agrees() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("sealift-server.toml"), "token_days = 7\n").unwrap();
    let output = command(&["config", "check"], &data)
        .env("SEALIFT_LISTEN", "127.0.0.1:9")
        .output()
        .unwrap();
    let said = text(&output.stdout);
    assert!(
        said.contains("listen = 127.0.0.1:9\t# SEALIFT_LISTEN:"),
        "{said}"
    );
    assert!(said.contains("token_days = 7\t# ") && said.contains("sealift-server.toml:"));
    assert!(said.contains("uploads_most = 16\t# default:"));

    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/server.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    for setting in sealift_server::config::SETTINGS {
        let row = format!("| `{}` | `{}` |", setting.key, setting.variable());
        assert!(manual.contains(&row), "{row}");
    }
}

#[test]
fn a_mistyped_directory_makes_no_keys_to_hold_a_ceremony_for() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let shown = run(&["online-key", "show"], &nowhere);
    assert!(!shown.status.success() && shown.stdout.is_empty());
    assert!(text(&shown.stderr).contains("holds no server's keys"));
    assert!(!nowhere.exists());
}
