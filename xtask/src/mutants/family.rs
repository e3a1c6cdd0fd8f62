//! A process and all that it started, as `/proc` tells of them.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command};

use anyhow::Result;

/// Kills a process and all that it started. A group would not reach them: cargo-mutants puts each of
/// its children into one of its own.
pub(super) fn kill(child: &mut Child) -> Result<()> {
    let mut family = BTreeSet::new();
    loop {
        let strangers: Vec<u32> = members(child.id()).difference(&family).copied().collect();
        if strangers.is_empty() {
            break;
        }
        // Who is stopped starts nobody else meanwhile, and loses no parent.
        signal("-STOP", &strangers);
        family.extend(strangers);
    }
    signal("-KILL", &family);
    child.wait()?;
    Ok(())
}

/// The process and everybody below it.
fn members(first: u32) -> BTreeSet<u32> {
    let living = living();
    let mut members = BTreeSet::from([first]);
    loop {
        let before = members.len();
        let children = living.iter().filter(|(_, parent)| members.contains(parent));
        let children: Vec<u32> = children.map(|(process, _)| *process).collect();
        members.extend(children);
        if members.len() == before {
            return members;
        }
    }
}

/// Every process and its parent; nobody where there is no `/proc`.
fn living() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let with_parent = processes.filter_map(|process| Some((process, parent_of(process)?)));
    with_parent.collect()
}

/// `PID (NAME) STATE PARENT …`; a name may hold anything. The dead that nobody buried yet have none.
fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z").then_some(parent)
}

/// Whoever is gone already needs no signal.
fn signal<'p>(name: &str, processes: impl IntoIterator<Item = &'p u32>) {
    let processes = processes.into_iter().map(u32::to_string);
    let _ = Command::new("kill").arg(name).args(processes).status();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    #[test]
    fn nobody_outlives_a_family_that_is_deaf_and_scattered() {
        let script = "trap '' INT TERM; setsid sh -c 'sleep 60 & echo $!; wait' & wait";
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut said).unwrap();
        let grandchild: u32 = said.trim().parse().unwrap();
        assert!(members(child.id()).contains(&grandchild));
        kill(&mut child).unwrap();
        // The system may need a moment to bury it.
        let is_gone = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            parent_of(grandchild).is_none()
        });
        assert!(is_gone);
    }
}
