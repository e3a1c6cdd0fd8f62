//! Serial devices.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open as open_file};
use rustix::termios::{ControlModes, OptionalActions, isatty, tcgetattr, tcsetattr};

/// Opens a serial device, a pseudo-terminal or a pipe. A terminal would echo what comes and alter
/// some of it: it is told not to. Nor does it become ours, or its end would be that of the process.
/// A wearable drives three wires: nobody waits for a carrier, or for leave to send.
pub(super) fn open(path: &Path, baud: u32) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let device = open_file(path, flags, Mode::empty())?;
    if isatty(&device) {
        let mut terminal = tcgetattr(&device)?;
        terminal.make_raw();
        terminal.control_modes |= ControlModes::CLOCAL;
        terminal.control_modes -= ControlModes::CRTSCTS;
        terminal.set_speed(baud)?;
        tcsetattr(&device, OptionalActions::Now, &terminal)?;
    }
    fcntl_setfl(&device, fcntl_getfl(&device)? - OFlags::NONBLOCK)?;
    Ok(device.into())
}
