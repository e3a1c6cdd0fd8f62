//! A compiler for Cortex-M, and an emulator to run what it builds.

use std::process::Command;

use anyhow::Result;

use super::packages::{self, SystemPackage};
use super::{answers, succeed};

/// The targets that are built for.
const TARGETS: [&str; 2] = ["thumbv7em-none-eabi", "thumbv6m-none-eabi"];

const EMULATOR: SystemPackage = SystemPackage {
    probe: &["qemu-system-arm", "--version"],
    package: "qemu-system-arm",
};

/// Debian's compiler, which brings the sources of `core`, and a linker for any target.
const DEBIANS: &[SystemPackage] = &[
    SystemPackage {
        probe: &["/usr/bin/rustc", "--version"],
        package: "rustc-web",
    },
    SystemPackage {
        probe: &["/usr/bin/cargo", "--version"],
        package: "cargo-web",
    },
    SystemPackage {
        probe: &["dpkg", "--status", "rust-web-src"],
        package: "rust-web-src",
    },
    SystemPackage {
        probe: &["ld.lld", "--version"],
        package: "lld",
    },
];

const DEBIANS_CLIPPY: SystemPackage = SystemPackage {
    probe: &["/usr/bin/clippy-driver", "--version"],
    package: "rust-web-clippy",
};

/// Which compiler builds for bare metal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BareMetal {
    /// The toolchain of the repository, with the target added to it.
    Rustup,
    /// The one of Debian's packages, which builds `core` as well.
    Debian,
}

/// Finds or installs what builds firmware and what runs it.
pub(crate) fn bare_metal(wants_debians: bool) -> Result<BareMetal> {
    packages::ensure(&[EMULATOR])?;
    if !wants_debians && TARGETS.iter().all(|target| has_target(target)) {
        return Ok(BareMetal::Rustup);
    }
    packages::ensure(DEBIANS)?;
    Ok(BareMetal::Debian)
}

/// The same, with clippy.
pub(crate) fn bare_metal_clippy() -> Result<BareMetal> {
    let toolchain = bare_metal(false)?;
    if toolchain == BareMetal::Debian {
        packages::ensure(&[DEBIANS_CLIPPY])?;
    }
    Ok(toolchain)
}

impl BareMetal {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rustup => "rustup",
            Self::Debian => "debian",
        }
    }

    /// A cargo whose flags are those of the firmware's own configuration: a variable of the
    /// environment would take their place without a word.
    pub(crate) fn cargo(self) -> Command {
        let mut cargo = match self {
            Self::Rustup => Command::new("cargo"),
            Self::Debian => {
                let mut cargo = Command::new("/usr/bin/cargo");
                cargo
                    .arg("-Zbuild-std=core")
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_THUMBV7EM_NONE_EABI_LINKER", "ld.lld")
                    .env("CARGO_TARGET_THUMBV6M_NONE_EABI_LINKER", "ld.lld");
                cargo
            }
        };
        cargo
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        cargo
    }
}

fn has_target(target: &str) -> bool {
    let installed = || {
        let list = Command::new("rustup")
            .args(["target", "list", "--installed"])
            .output();
        list.is_ok_and(|list| {
            String::from_utf8_lossy(&list.stdout)
                .lines()
                .any(|line| line == target)
        })
    };
    if !answers(Command::new("rustup").arg("--version")) {
        return false;
    }
    // Where no target can be downloaded, the attempt must not take for ever.
    let add = || succeed(Command::new("timeout").args(["120", "rustup", "target", "add", target]));
    installed() || (add().is_ok() && installed())
}
