//! The keys in `keys-example/`: everybody has them, so they protect nothing.

use crate::error::{Error, Result};

const KEY_IDS: &str = include_str!("../../keys-example/keyids.txt");

/// Whether a key is one of the examples.
pub fn is_example(keyid: &str) -> bool {
    KEY_IDS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next())
        .any(|example| example == keyid)
}

/// Refuses an example outside of a demo.
///
/// # Errors
/// [`Error::ExampleKey`].
pub fn refuse_example(keyid: &str, demo: bool) -> Result<()> {
    if is_example(keyid) && !demo {
        return Err(Error::ExampleKey {
            keyid: keyid.to_owned(),
        });
    }
    Ok(())
}
