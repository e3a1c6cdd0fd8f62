//! `config check`

use sealift_server::config::SETTINGS;

use super::{print, read_config};
use crate::cli::Place;

/// Prints each setting, its value, where that comes from, and what the setting is.
///
/// # Errors
/// What is wrong with the configuration.
pub(crate) fn run(place: &Place) -> anyhow::Result<()> {
    let (_, explained) = read_config(place, &[])?;
    for setting in SETTINGS {
        if let Some((value, source)) = explained.get(setting.key) {
            let (key, what) = (setting.key, setting.what);
            print(&format!("{key} = {value}\t# {source}: {what}"))?;
        }
    }
    Ok(())
}
