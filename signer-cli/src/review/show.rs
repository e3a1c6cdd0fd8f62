//! A review as text, and as JSON.

use std::fmt::Write as _;

use serde_json::json;

use super::{Mark, Review};

impl Mark {
    const fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Remove => '-',
            Self::Change => '~',
            Self::Same => '=',
            Self::Warn => '!',
        }
    }
}

impl Review {
    /// The review for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let old = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        writeln!(out, "{} of repository {}", self.role, self.repository)?;
        writeln!(
            out,
            "  version   {} -> {}",
            old(self.known_version.map(|version| version.to_string())),
            self.version
        )?;
        writeln!(
            out,
            "  expires   {} -> {} (in {} days)",
            old(self.known_expires.clone()),
            self.expires,
            self.days
        )?;
        writeln!(out, "  format    TUF {}", self.format)?;
        for signers in &self.signers {
            writeln!(out, "  signs     {signers}")?;
        }
        writeln!(out, "  payload   {}", self.payload_sha256)?;
        writeln!(out, "  changes")?;
        for item in &self.items {
            writeln!(out, "  {} {}", item.mark.sign(), item.text)?;
            for (name, value) in &item.details {
                writeln!(out, "      {name:<10} {value}")?;
            }
        }
        Ok(())
    }

    /// The review for programs.
    pub fn json(&self) -> serde_json::Value {
        let items: Vec<_> = self
            .items
            .iter()
            .map(|item| {
                let details: Vec<_> = item
                    .details
                    .iter()
                    .map(|(name, value)| json!({"name": name, "value": value}))
                    .collect();
                json!({
                    "mark": item.mark.sign().to_string(),
                    "text": item.text,
                    "details": details,
                })
            })
            .collect();
        json!({
            "repository": self.repository,
            "role": self.role.as_str(),
            "known_version": self.known_version,
            "version": self.version,
            "known_expires": self.known_expires,
            "expires": self.expires,
            "spec_version": self.format,
            "signers": self.signers,
            "payload_sha256": self.payload_sha256.to_string(),
            "changes": items,
        })
    }
}
