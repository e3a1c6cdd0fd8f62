//! Promise 5: a publish is acknowledged only when it is durable, and a reader sees the whole old
//! repository or the whole new one, whenever the server dies.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sealift_metadata::Digest;
use sealift_metadata::name::Version;
use sealift_metadata::write::{DelegationSpec, Draft, RoleSpec, SPEC_VERSION};
use sealift_tests::judges;
use sealift_tests::mirror::Mirror;
use sealift_tests::server::Server;
use sealift_tests::simulator::{DAY, public, secrets, sign_with};

/// How often the server is killed.
const KILLS: u32 = 50;

#[test]
fn no_acknowledged_push_is_lost_and_no_reader_sees_half_a_repository() -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let mut server = Server::start(scratch.path())?;
    let mut publisher = Publisher::found(&server)?;
    let root = scratch.path().join("1.root.json");
    std::fs::write(&root, Server::get(&server.metadata("1.root.json"))?.1)?;

    // Where in a push the server dies is spread evenly over the time that a push takes.
    let start = Instant::now();
    let acknowledged = publisher.push(&server)?;
    publisher.acknowledged = acknowledged.context("an undisturbed push is acknowledged")?;
    let length = start.elapsed();
    let mut answered = 0;
    for kill in 0..KILLS {
        let delay = length.mul_f64(2.0 * f64::from(kill) / f64::from(KILLS));
        let acknowledged = push_and_kill(&mut server, &publisher, delay)?;
        let seen = check(&server, &root)?;
        ensure!(
            seen == acknowledged || seen == acknowledged + 1,
            "kill {kill} after {delay:?}: {acknowledged} acknowledged, {seen} seen"
        );
        answered += u32::from(acknowledged > publisher.acknowledged);
        publisher.acknowledged = seen;
    }
    let cut = KILLS - answered;
    ensure!(
        cut > 0 && answered > 0,
        "{answered} pushes were answered, {cut} were cut off"
    );
    Ok(())
}

/// Starts a push, kills the server after `delay`, restarts it; returns what was acknowledged.
fn push_and_kill(server: &mut Server, publisher: &Publisher, delay: Duration) -> Result<u64> {
    let acknowledged = std::thread::scope(|scope| {
        let pushing = scope.spawn(|| publisher.push(server));
        std::thread::sleep(delay);
        server.signal_kill()?;
        pushing
            .join()
            .map_err(|_| anyhow::anyhow!("the push panicked"))?
    })?;
    server.kill_and_restart()?;
    Ok(acknowledged.unwrap_or(publisher.acknowledged))
}

/// python-tuf reads everything; returns the version of the product's role.
fn check(server: &Server, root: &Path) -> Result<u64> {
    let copy = tempfile::tempdir()?;
    let version = Mirror::of(server, copy.path())?.version_of("watch")?;
    let path = Publisher::path(version);
    let verdict = judges::python_tuf(server, root, &[&path])?;
    ensure!(
        verdict.versions["watch"] == version,
        "the repository changed by itself"
    );
    let expected = Digest::of(&Publisher::content(version)).to_string();
    ensure!(
        verdict.targets[&path] == expected,
        "version {version} has other bytes"
    );
    Ok(version)
}

/// Pushes one version after the other, each with a file of its own, straight over HTTP.
struct Publisher {
    /// The version of the product's role that was acknowledged last.
    acknowledged: u64,
    targets: Draft,
}

impl Publisher {
    /// Founds the repository: root, targets and an empty product role.
    fn found(server: &Server) -> Result<Self> {
        let expires = sealift_tests::clock::now().plus(30 * DAY);
        let mut root = Draft::new("root", SPEC_VERSION, expires);
        for role in ["root", "targets"] {
            root.set_role(
                role,
                &RoleSpec {
                    keys: public(&secrets(role, 2)),
                    threshold: 2,
                },
            );
        }
        for role in ["snapshot", "timestamp"] {
            let keys = vec![server.online_key(role)?];
            root.set_role(role, &RoleSpec { keys, threshold: 1 });
        }
        let mut targets = Draft::new("targets", SPEC_VERSION, expires);
        targets.set_delegation(&DelegationSpec {
            name: "watch".into(),
            paths: vec!["images/watch/*/*/*".into()],
            terminating: true,
            role: RoleSpec {
                keys: public(&secrets("watch", 2)),
                threshold: 2,
            },
        });
        let product = Draft::new("targets", SPEC_VERSION, expires);
        let (status, problem) = server.propose(&[
            ("root", &sign_with(root.value(), &secrets("root", 2))),
            (
                "targets",
                &sign_with(targets.value(), &secrets("targets", 2)),
            ),
            ("watch", &sign_with(product.value(), &secrets("watch", 2))),
        ])?;
        ensure!(status == 200, "{status} {problem}");
        Ok(Self {
            acknowledged: 1,
            targets: product,
        })
    }

    /// The path of the file of a version; a published file never changes.
    fn path(version: u64) -> String {
        format!("images/watch/app/{version}/app.bin")
    }

    /// What the file of a version holds.
    fn content(version: u64) -> Vec<u8> {
        format!("content of version {version}\n")
            .repeat(4000)
            .into_bytes()
    }

    /// Pushes the next version; `None` when the server died before it answered.
    fn push(&self, server: &Server) -> Result<Option<u64>> {
        let version = self.acknowledged + 1;
        let content = Self::content(version);
        let sha256 = Digest::of(&content);
        let Ok((status, problem)) = server.put_blob(&server.token, &sha256.to_string(), &content)
        else {
            return Ok(None);
        };
        ensure!(status == 201 || status == 200, "{status} {problem}");
        let mut draft = self.targets.clone();
        draft.set_version(Version::new(version)?);
        draft.set_target(&Self::path(version), content.len() as u64, &sha256, None);
        let document = sign_with(draft.value(), &secrets("watch", 2));
        let Ok((status, problem)) = server.propose(&[("watch", &document)]) else {
            return Ok(None);
        };
        ensure!(status == 200, "{status} {problem}");
        Ok(Some(version))
    }
}
