//! `online-key show`

use sealift_server::data_dir::{DataDir, ONLINE_KEYS};
use sealift_server::online_keys::OnlineKeys;

use super::print;
use crate::cli::Place;

/// Prints the public online keys. It makes none: a ceremony must not be held for keys that no
/// server signs with.
///
/// # Errors
/// Why there are none.
pub(crate) fn run(place: &Place) -> anyhow::Result<()> {
    let folder = &place.data;
    anyhow::ensure!(
        folder.join(ONLINE_KEYS).is_file(),
        "{} holds no server's keys; hint: name the directory of a server that was started once",
        folder.display()
    );
    let data = DataDir::open(folder)?;
    let keys = OnlineKeys::open(&data.online_keys())?;
    print(&keys.shown())?;
    Ok(())
}
