//! `online-key show`

use sealift_server::data_dir::DataDir;
use sealift_server::online_keys::OnlineKeys;

use super::print;
use crate::cli::Place;

/// Prints the public online keys; makes them where there are none yet.
///
/// # Errors
/// Why there are none.
pub(crate) fn run(place: &Place) -> anyhow::Result<()> {
    let data = DataDir::open(&place.data)?;
    let keys = OnlineKeys::open(&data.online_keys())?;
    print(&keys.shown())?;
    Ok(())
}
