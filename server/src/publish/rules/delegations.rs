//! Who may sign for which paths.

use sealift_metadata::error::Error;
use sealift_metadata::json::Strings;
use sealift_metadata::name::TargetPath;
use sealift_metadata::pattern;

use super::{Reached, Refusal, for_each};

/// Patterns of two roles that one role delegates to never match the same path: the order of
/// delegations then decides nothing.
pub(super) fn check_overlaps(reached: &Reached<'_>) -> Result<(), Refusal> {
    let refused = Refusal::of(&reached.role);
    let mut patterns: Vec<(String, &str)> = Vec::new();
    let Some(delegations) = reached.targets.delegations else {
        return Ok(());
    };
    // Bins by hash cannot be told apart by path, and not every client reads them.
    if delegations.is_succinct() {
        return Err(refused(Error::Invalid("succinct_roles")));
    }
    let collected = delegations.for_each(|delegation| {
        if delegation.is_by_hash() {
            return Err(Error::Invalid("path_hash_prefixes"));
        }
        let name = delegation.name.as_str().to_owned();
        delegation.paths().for_each(|pattern| {
            // Other implementations read character classes and `**` in other ways.
            if pattern.contains("**") || !pattern.bytes().all(is_pattern_byte) {
                return Err(Error::Invalid("paths"));
            }
            patterns.push((name.clone(), pattern));
            Ok(())
        })
    });
    collected.map_err(refused)?;
    for (at, (role, one)) in patterns.iter().enumerate() {
        let mut others = patterns
            .iter()
            .skip(at + 1)
            .filter(|(other, _)| other != role);
        if let Some((_, other)) = others.find(|(_, other)| pattern::overlap(one, other)) {
            return Err(Refusal::DelegationOverlap {
                delegator: reached.role.clone(),
                one: (*one).to_owned(),
                other: (*other).to_owned(),
            });
        }
    }
    Ok(())
}

fn is_pattern_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-+/*?".contains(&byte)
}

/// Every target lies inside all the fences around its role.
pub(super) fn check_paths(reached: &Reached<'_>) -> Result<(), Refusal> {
    for_each(reached, |path, _| {
        let path = TargetPath::new(path).map_err(Refusal::of(&reached.role))?;
        // The top-level role only delegates: an image that it listed would need no product
        // signer.
        if reached.fences.is_empty() || !is_trusted(reached, path.as_str()) {
            return Err(Refusal::PathOutsideRole {
                role: reached.role.clone(),
                path: path.as_str().to_owned(),
            });
        }
        Ok(())
    })
}

/// Whether every delegation on the way to the role allows it to list the path.
pub(super) fn is_trusted(reached: &Reached<'_>, path: &str) -> bool {
    let allows = |fence: &Strings<'_>| fence.any(|pattern| pattern::matches(pattern, path));
    reached.fences.iter().all(allows)
}
