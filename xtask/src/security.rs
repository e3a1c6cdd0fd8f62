//! `cargo xtask security`: the register of security requirements, kept honest.
//!
//! `docs/security.toml` says of every requirement whether it is met and which
//! tests show it. This verb counts the states and, with `--check`, refuses a
//! register that claims what the tree does not contain.

mod catalogue;
mod index;
mod outline;
mod place;
mod register;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail};

use register::{Entry, Register, State};

const REGISTER: &str = "docs/security.toml";

/// What to do with the register.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail when the register is incomplete or names tests or places that do not exist
    #[arg(long)]
    check: bool,
}

/// Prints the table; with `--check`, first verifies what it is made from.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.check {
        check()?;
    }
    print!("{}", table(&register::read(Path::new(REGISTER))?));
    Ok(())
}

/// Compares the register with the catalogue of IDs and with the tree.
pub(crate) fn check() -> Result<()> {
    let register = register::read(Path::new(REGISTER))?;
    let defects = defects(&register, &index::tests_of_workspace()?, Path::new("."));
    if defects.is_empty() {
        return Ok(());
    }
    bail!(
        "{REGISTER} has {} defects:\n  {}",
        defects.len(),
        defects.join("\n  ")
    )
}

/// One sentence for each defect, in the order of the IDs.
fn defects(register: &Register, tests: &BTreeSet<String>, root: &Path) -> Vec<String> {
    let mut defects = Vec::new();
    for id in catalogue::ids() {
        if !register.contains_key(&id) {
            defects.push(format!("{id}: missing"));
        }
    }
    let known: BTreeSet<String> = catalogue::ids().collect();
    for (id, entry) in register {
        if !known.contains(id) {
            defects.push(format!(
                "{id}: unknown, see xtask/src/security/catalogue.rs"
            ));
        }
        let found = entry_defects(entry, tests, root);
        defects.extend(found.into_iter().map(|defect| format!("{id}: {defect}")));
    }
    defects
}

fn entry_defects(entry: &Entry, tests: &BTreeSet<String>, root: &Path) -> Vec<String> {
    let mut defects = Vec::new();
    if entry.title.trim().is_empty() {
        defects.push("has no title".to_owned());
    }
    match entry.state {
        State::Met if entry.tests.is_empty() => defects.push("met, but names no test".to_owned()),
        State::Documented if entry.place.is_none() => {
            defects.push("documented, but names no place".to_owned());
        }
        State::NotApplicable if entry.reason.as_deref().unwrap_or("").trim().is_empty() => {
            defects.push("not applicable, but gives no reason".to_owned());
        }
        _ => {}
    }
    // Whatever the state: a name that leads nowhere misleads.
    for test in entry.tests.iter().filter(|test| !tests.contains(*test)) {
        defects.push(format!("there is no test `{test}`"));
    }
    if let Some(place) = &entry.place
        && let Err(error) = place::find(root, place)
    {
        defects.push(format!("{error:#}"));
    }
    defects
}

/// One line per group, one column per state, and their sums.
fn table(register: &Register) -> String {
    let mut lines = line("group", State::ALL.map(State::name), "all");
    let mut sums = [0; State::ALL.len()];
    for (group, _) in catalogue::GROUPS {
        let mut counts = BTreeMap::new();
        for (id, entry) in register {
            if id
                .rsplit_once('-')
                .is_some_and(|(prefix, _)| prefix == *group)
            {
                *counts.entry(entry.state).or_insert(0) += 1;
            }
        }
        let row = State::ALL.map(|state| counts.get(&state).copied().unwrap_or(0));
        for (sum, count) in sums.iter_mut().zip(row) {
            *sum += count;
        }
        lines += &line(group, row, row.iter().sum::<usize>());
    }
    lines + &line("all", sums, sums.iter().sum::<usize>())
}

fn line(
    head: &str,
    cells: [impl std::fmt::Display; State::ALL.len()],
    all: impl std::fmt::Display,
) -> String {
    let cells = cells.map(|cell| format!("{cell:>16}")).concat();
    format!("{head:<8}{cells}{all:>6}\n")
}

#[cfg(test)]
mod tests;
