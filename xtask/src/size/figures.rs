//! Figures, the bars that they should meet, and those that were agreed before.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

/// What was agreed, by the name of the toolchain; with `-verify-at-boot`, of the boot loader.
const AGREED: &str = "device-client/wearable/size.toml";

const HEAD: &str = "# What the update client takes of a Cortex-M4, and a boot loader that checks\n\
                    # signatures (`-verify-at-boot`), in bytes, as it was agreed with\n\
                    # `cargo xtask size --accept`. Growth beyond 5 % of a figure fails.\n\n";

/// Growth that needs no word, in percent.
const UNANNOUNCED_PERCENT: u64 = 5;

/// What was measured, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "a number has its unit in its name"
)]
pub(super) struct Figures {
    pub(super) flash_bytes: u64,
    pub(super) static_bytes: u64,
    pub(super) stack_bytes: u64,
    pub(super) buffer_bytes: u64,
}

/// What it should be, at most.
#[expect(
    clippy::struct_field_names,
    reason = "a number has its unit in its name"
)]
pub(super) struct Bars {
    pub(super) flash_bytes: u64,
    /// Static RAM and the stack together.
    pub(super) ram_bytes: u64,
    pub(super) buffer_bytes: u64,
}

impl Figures {
    pub(super) fn print(&self, toolchain: &str, bars: &Bars) {
        println!("update client on thumbv7em-none-eabi ({toolchain}):");
        let ram = self.static_bytes + self.stack_bytes;
        for (what, bytes, bar) in [
            ("flash", self.flash_bytes, bars.flash_bytes),
            ("static RAM and stack", ram, bars.ram_bytes),
            ("caller's buffer", self.buffer_bytes, bars.buffer_bytes),
        ] {
            let verdict = if bytes <= bar { "met" } else { "MISSED" };
            println!("  {what:<22} {bytes:>7} bytes; bar {bar:>6}: {verdict}");
        }
        let Self {
            static_bytes,
            stack_bytes,
            ..
        } = self;
        println!("  (static RAM {static_bytes}, peak of the stack {stack_bytes})");
    }

    /// Prints what a program takes that has no bar of its own.
    pub(super) fn say(&self, what: &str) {
        let Self {
            flash_bytes,
            static_bytes,
            stack_bytes,
            buffer_bytes,
        } = self;
        println!("  {what}: flash {flash_bytes} bytes");
        println!(
            "  (static RAM {static_bytes}, peak of the stack {stack_bytes}, buffer {buffer_bytes})"
        );
    }

    /// Writes the figures down.
    pub(super) fn accept(&self, toolchain: &str) -> Result<()> {
        let mut agreed = agreed()?;
        agreed.insert(toolchain.to_owned(), *self);
        fs::write(AGREED, format!("{HEAD}{}", toml::to_string(&agreed)?)).context(AGREED)
    }

    /// Fails when a figure grew by more than nobody has to announce.
    pub(super) fn compare(&self, toolchain: &str) -> Result<()> {
        let agreed = agreed()?;
        let Some(before) = agreed.get(toolchain) else {
            println!("  nothing was agreed for this toolchain: `cargo xtask size --accept`");
            return Ok(());
        };
        let grown = self.grown_from(before);
        ensure!(
            grown.is_empty(),
            "grown by more than {UNANNOUNCED_PERCENT} %: {}\n\
             hint: say why in the commit, with `cargo xtask size --accept`",
            grown.join(", ")
        );
        Ok(())
    }

    fn grown_from(&self, before: &Self) -> Vec<String> {
        let pairs = [
            ("flash", before.flash_bytes, self.flash_bytes),
            ("static RAM", before.static_bytes, self.static_bytes),
            ("stack", before.stack_bytes, self.stack_bytes),
            ("buffer", before.buffer_bytes, self.buffer_bytes),
        ];
        let most = |before: u64| before + before * UNANNOUNCED_PERCENT / 100;
        let grown = pairs.iter().filter(|(_, before, now)| *now > most(*before));
        grown
            .map(|(what, before, now)| format!("{what} from {before} to {now} bytes"))
            .collect()
    }
}

fn agreed() -> Result<BTreeMap<String, Figures>> {
    match fs::read_to_string(AGREED) {
        Ok(text) => toml::from_str(&text).context(AGREED),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error).context(AGREED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_beyond_five_percent_is_named() {
        let before = Figures {
            flash_bytes: 1000,
            static_bytes: 0,
            stack_bytes: 2000,
            buffer_bytes: 100,
        };
        assert!(before.grown_from(&before).is_empty());
        let after = Figures {
            flash_bytes: 1050,
            static_bytes: 1,
            stack_bytes: 2101,
            ..before
        };
        let grown = after.grown_from(&before);
        let expected = [
            "static RAM from 0 to 1 bytes",
            "stack from 2000 to 2101 bytes",
        ];
        assert_eq!(grown, expected);
    }
}
