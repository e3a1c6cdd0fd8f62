//! Figures, the bars that they meet, and those that were agreed before.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};

/// What was agreed: bytes by what they are of, by the name of the toolchain.
const AGREED: &str = "device-client/wearable/size.toml";

const HEAD: &str = "# What the programs for a Cortex-M4 take, in bytes, as it was agreed with\n\
                    # `cargo xtask size --accept`. Growth beyond 5 % of a figure fails, and so\n\
                    # does whatever is beyond its bar.\n\n";

/// Growth that needs no word, in percent.
const UNANNOUNCED_PERCENT: u64 = 5;

type Agreed = BTreeMap<String, u64>;

/// What was measured, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    pub(super) what: &'static str,
    pub(super) bytes: u64,
    /// The most that it may be, where that is said.
    pub(super) bar: Option<u64>,
}

impl Figure {
    pub(super) const fn new(what: &'static str, bytes: u64, bar: Option<u64>) -> Self {
        Self { what, bytes, bar }
    }

    const fn is_met(&self) -> bool {
        match self.bar {
            Some(bar) => self.bytes <= bar,
            None => true,
        }
    }
}

pub(super) fn print(toolchain: &str, figures: &[Figure]) {
    println!("thumbv7em-none-eabi, and thumbv6m-none-eabi for the micro:bit ({toolchain}):");
    for figure in figures {
        let Figure { what, bytes, bar } = figure;
        let verdict = if figure.is_met() { "met" } else { "MISSED" };
        match bar {
            Some(bar) => println!("  {what:<36} {bytes:>7} bytes; bar {bar:>6}: {verdict}"),
            None => println!("  {what:<36} {bytes:>7} bytes"),
        }
    }
}

/// Writes the figures down.
pub(super) fn accept(toolchain: &str, figures: &[Figure]) -> Result<()> {
    let mut agreed = agreed()?;
    let named = figures
        .iter()
        .map(|figure| (figure.what.to_owned(), figure.bytes));
    agreed.insert(toolchain.to_owned(), named.collect());
    fs::write(AGREED, format!("{HEAD}{}", toml::to_string(&agreed)?)).context(AGREED)
}

/// Fails when a figure is beyond its bar, or grew by more than nobody has to announce.
pub(super) fn compare(toolchain: &str, figures: &[Figure]) -> Result<()> {
    let agreed = agreed()?;
    let agreed = agreed.get(toolchain);
    let agreed = agreed.context("nothing was agreed for this toolchain: `--accept` does")?;
    let missed: Vec<_> = figures.iter().filter(|figure| !figure.is_met()).collect();
    ensure!(missed.is_empty(), "beyond its bar: {missed:?}");
    let grown = grown(figures, agreed);
    ensure!(
        grown.is_empty(),
        "grown by more than {UNANNOUNCED_PERCENT} %: {}\n\
         hint: say why in the commit, with `cargo xtask size --accept`",
        grown.join(", ")
    );
    Ok(())
}

/// What grew, from what to what. What was never agreed is new.
fn grown(figures: &[Figure], agreed: &Agreed) -> Vec<String> {
    let most = |before: u64| before + before * UNANNOUNCED_PERCENT / 100;
    let before = |figure: &Figure| agreed.get(figure.what).copied().unwrap_or(0);
    let grown = figures
        .iter()
        .filter(|figure| figure.bytes > most(before(figure)));
    grown
        .map(|figure| {
            format!(
                "{} from {} to {}",
                figure.what,
                before(figure),
                figure.bytes
            )
        })
        .collect()
}

fn agreed() -> Result<BTreeMap<String, Agreed>> {
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
        let agreed = [("flash", 1000), ("static RAM", 0), ("stack", 2000)];
        let agreed = agreed.map(|(what, bytes)| (what.to_owned(), bytes)).into();
        let figures = |all: [(&'static str, u64); 4]| {
            let all = all.map(|(what, bytes)| Figure::new(what, bytes, None));
            grown(&all, &agreed)
        };
        let same = [
            ("flash", 1050),
            ("static RAM", 0),
            ("stack", 2100),
            ("new", 0),
        ];
        assert!(figures(same).is_empty());
        let more = [
            ("flash", 1051),
            ("static RAM", 1),
            ("stack", 2101),
            ("new", 7),
        ];
        let expected = [
            "flash from 1000 to 1051",
            "static RAM from 0 to 1",
            "stack from 2000 to 2101",
            "new from 0 to 7",
        ];
        assert_eq!(figures(more), expected);
    }

    #[test]
    fn what_is_beyond_its_bar_is_missed() {
        assert!(Figure::new("flash", 8192, Some(8192)).is_met());
        assert!(!Figure::new("flash", 8193, Some(8192)).is_met());
        assert!(Figure::new("flash", 8193, None).is_met());
    }
}
