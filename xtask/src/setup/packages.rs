//! What the tests expect of the operating system.

use std::process::Command;

use anyhow::{Result, bail};

use super::{answers, succeed};
use crate::step::timed;

/// A Debian package, and the command that succeeds where it is installed.
pub(super) struct SystemPackage {
    pub(super) probe: &'static [&'static str],
    pub(super) package: &'static str,
}

const SYSTEM_PACKAGES: &[SystemPackage] = &[
    SystemPackage {
        // Where there is a C++ compiler there is one for C.
        probe: &["c++", "--version"],
        package: "build-essential",
    },
    SystemPackage {
        probe: &["python3", "-c", "import ensurepip, venv"],
        package: "python3-venv",
    },
    SystemPackage {
        // Where there is npm there is Node.
        probe: &["npm", "--version"],
        package: "npm",
    },
];

/// What stands beside a gateway's agent.
const SHELL_PACKAGES: &[SystemPackage] = &[
    SystemPackage {
        probe: &["curl", "--version"],
        package: "curl",
    },
    SystemPackage {
        probe: &["zstd", "--version"],
        package: "zstd",
    },
];

/// Sees to what the benchmark of a gateway needs.
pub(super) fn ensure_shell() -> Result<()> {
    ensure(SHELL_PACKAGES)
}

/// Sees to what every test may need.
pub(super) fn ensure_present() -> Result<()> {
    ensure(SYSTEM_PACKAGES)
}

/// Installs missing packages where that is allowed, and names them where not.
pub(super) fn ensure(packages: &[SystemPackage]) -> Result<()> {
    let missing = missing(packages);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !(is_root() && answers(Command::new("apt-get").arg("--version"))) {
        bail!(
            "these packages are missing: {packages}; on Debian and Ubuntu run \
             `sudo apt-get install -y --no-install-recommends {packages}`"
        );
    }
    timed(&format!("install {packages}"), || {
        // A fresh container has no package lists at all.
        succeed(apt_get().arg("update"))?;
        let install = ["install", "-y", "--no-install-recommends"];
        succeed(apt_get().args(install).args(&missing))
    })
}

fn missing(packages: &[SystemPackage]) -> Vec<&'static str> {
    let absent = |entry: &&SystemPackage| match entry.probe {
        [program, args @ ..] => !answers(Command::new(program).args(args)),
        [] => false,
    };
    let packages = packages.iter().filter(absent);
    packages.map(|entry| entry.package).collect()
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("-q").env("DEBIAN_FRONTEND", "noninteractive");
    // Emulators share files with tools of other releases.
    command.args(["-o", "Dpkg::Options::=--force-overwrite"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_whose_command_does_not_answer_are_missing() {
        let packages = [
            SystemPackage {
                probe: &["true"],
                package: "present",
            },
            SystemPackage {
                probe: &["false"],
                package: "broken",
            },
            SystemPackage {
                probe: &["sealift-no-such-command", "--version"],
                package: "absent",
            },
        ];
        assert_eq!(missing(&packages), ["broken", "absent"]);
    }
}
