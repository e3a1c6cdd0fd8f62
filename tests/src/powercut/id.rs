//! What a case is called: `geometry/scenario/cut/outcome/seed`. With it, a failure can be repeated
//! alone.

use std::fmt;
use std::str::FromStr;

use crate::flash::Outcome;

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The name of a geometry.
    pub geometry: String,
    /// The name of a scenario, `rot` or `strange`.
    pub scenario: String,
    /// Where it is cut: the number of an operation, and of one of the boot that follows.
    pub cuts: Vec<usize>,
    /// What the cuts leave, one each; none where nothing is cut.
    pub outcomes: Vec<Outcome>,
    /// What chance begins with.
    pub seed: u64,
}

impl Case {
    /// Each cut with its outcome.
    pub fn parts(&self) -> impl Iterator<Item = (&usize, &Outcome)> {
        self.cuts.iter().zip(&self.outcomes)
    }

    /// This cut, and then another.
    #[must_use]
    pub fn then(&self, other: &Self) -> Self {
        Self {
            cuts: [self.cuts.as_slice(), &other.cuts].concat(),
            outcomes: [self.outcomes.as_slice(), &other.outcomes].concat(),
            ..other.clone()
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cuts: Vec<_> = self.cuts.iter().map(usize::to_string).collect();
        let outcomes: Vec<_> = self.outcomes.iter().map(Outcome::to_string).collect();
        let outcomes = match outcomes.as_slice() {
            [] => "none".into(),
            outcomes => outcomes.join("."),
        };
        write!(
            f,
            "{}/{}/{}/{outcomes}/{}",
            self.geometry,
            self.scenario,
            cuts.join("."),
            self.seed
        )
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('/').collect();
        let [geometry, scenario, cuts, outcomes, seed] = parts.as_slice() else {
            return Err("an id is geometry/scenario/cut/outcome/seed".into());
        };
        let number = |what: &str| format!("{what:?} is not a number");
        let cuts: Result<_, String> = cuts
            .split('.')
            .map(|cut| cut.parse().map_err(|_| number(cut)))
            .collect();
        let outcomes: Result<_, String> = match *outcomes {
            "none" => Ok(Vec::new()),
            outcomes => outcomes.split('.').map(str::parse).collect(),
        };
        Ok(Self {
            geometry: (*geometry).into(),
            scenario: (*scenario).into(),
            cuts: cuts?,
            outcomes: outcomes?,
            seed: seed.parse().map_err(|_| number(seed))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_case_again() {
        for text in [
            "nrf52/update/17/weak/3",
            "stm32h7/confirm/4.20/prefix.blank/0",
            "stm32l0/rot/99/none/0",
        ] {
            let case: Case = text.parse().unwrap();
            assert_eq!(case.to_string(), text);
        }
        for text in ["", "a/b/c/weak/0", "a/b/1/wrong/0", "a/b/1/weak"] {
            assert!(text.parse::<Case>().is_err(), "{text}");
        }
    }
}
