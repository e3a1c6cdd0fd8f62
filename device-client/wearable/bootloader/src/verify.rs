//! What a boot loader that checks signatures goes by, all of it built in.

use sealift_device::nor::Board;
use sealift_device::slot::{Cause, SlotId, SlotState};
use sealift_device::{Anchor, Error};
use sealift_metadata::Digest;
use sealift_wearable_board::layout::{COMPONENT, HARDWARE, PRODUCT};
use sealift_wearable_board::{Flash, Uart};

/// The digest of the pinned root, in hexadecimal digits. It lies in the boot loader's own flash,
/// which has to be write-protected.
static ROOT: &str = env!("SEALIFT_ROOT_SHA256");

/// The lowest security floor of an image that is booted. A product with a monotonic counter, or
/// with fuses, reads it from there.
const FLOOR: u64 = 0;

/// A root, or the window that a role passes through, in bytes.
const BUFFER_BYTES: usize = 8 * 1024;

pub(crate) fn boot(board: &mut Board<'_, Flash>) -> Result<SlotId, Error> {
    let buffer = cortex_m::singleton!(BUFFER: [u8; BUFFER_BYTES] = [0; BUFFER_BYTES]);
    let anchor = Anchor {
        // What the linker put there may be replaced by a factory: it is read, not known.
        root: Digest::parse(core::hint::black_box(ROOT))?,
        product: PRODUCT,
        component: COMPONENT,
        hardware: HARDWARE,
        floor: FLOOR,
    };
    let booted = board.boot_verified(&anchor, buffer.ok_or(Error::BufferFull)?);
    for id in [SlotId::A, SlotId::B] {
        if board.state().slot(id).state == SlotState::Failed(Cause::NoEvidence) {
            Uart::console().say(&["boot: nothing proves slot ", id.name()]);
        }
    }
    booted
}
