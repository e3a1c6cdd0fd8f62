//! The IDs that the register must contain: groups, and how many each has.

/// Each group counts from 1 without a gap.
pub(crate) const GROUPS: &[(&str, usize)] = &[
    ("PROF", 10),
    ("INJ", 15),
    ("AUTHN", 12),
    ("MFA", 14),
    ("AUTHZ", 11),
    ("XSS", 9),
    ("CSRF", 8),
    ("CSTORE", 6),
    ("DB", 8),
    ("DOS", 9),
    ("LOG", 10),
    ("LVOC", 9),
    ("PWD", 8),
    ("SSRF", 8),
    ("SESS", 14),
    ("TLS", 11),
    ("INPUT", 8),
    ("PRIV", 9),
    ("CRYPT", 14),
    ("UPD", 11),
    ("TPA", 13),
];

/// Every ID, in the order of the register: `PROF-1`, `PROF-2`, …
pub(crate) fn ids() -> impl Iterator<Item = String> {
    let of_group = |&(group, size)| (1..=size).map(move |number| format!("{group}-{number}"));
    GROUPS.iter().flat_map(of_group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_217_requirements() {
        assert_eq!(ids().count(), 217);
    }
}
