//! Who the device is: what decides which images are meant for it.

use sealift_metadata::name::is_slug;

use crate::Result;
use crate::error::Error;

/// Identity and measures of a device, fixed for a round.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    /// The product; images come from below `images/<product>/` only.
    pub product: &'a str,
    /// The board revision.
    pub hardware: &'a str,
    /// The component that the slots hold.
    pub component: &'a str,
    /// The channel that the device follows.
    pub channel: &'a str,
    /// Size of each slot in bytes.
    pub slot_bytes: u64,
    /// What the blocks of an image are a multiple of, in bytes: what a slot is erased in, or less
    /// where the driver goes on from the start of an erase page alone (see [`nor`](crate::nor)); 1
    /// where nothing has to be erased.
    pub erase_bytes: u32,
    /// Boots that an image gets to confirm itself; at least 1.
    pub tries: u8,
}

impl Device<'_> {
    /// Checks that names are slugs and that no measure is 0.
    ///
    /// # Errors
    /// [`Error::Identity`].
    pub fn check(&self) -> Result<()> {
        for (name, what) in [
            (self.product, "product"),
            (self.hardware, "hardware"),
            (self.component, "component"),
            (self.channel, "channel"),
        ] {
            if !is_slug(name) {
                return Err(Error::identity(what));
            }
        }
        for (is_zero, what) in [
            (self.slot_bytes == 0, "slot size"),
            (self.erase_bytes == 0, "erase size"),
            (self.tries == 0, "number of tries"),
        ] {
            if is_zero {
                return Err(Error::identity(what));
            }
        }
        Ok(())
    }
}
