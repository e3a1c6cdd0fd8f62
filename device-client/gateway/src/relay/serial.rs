//! Serial devices.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::termios::{OptionalActions, isatty, tcgetattr, tcsetattr};

/// Opens a serial device, a pseudo-terminal or a pipe. A terminal would echo what comes and alter
/// some of it: it is told not to.
pub(super) fn open(path: &Path, baud: u32) -> io::Result<File> {
    let device = File::options().read(true).write(true).open(path)?;
    if isatty(&device) {
        let mut terminal = tcgetattr(&device)?;
        terminal.make_raw();
        terminal.set_speed(baud)?;
        tcsetattr(&device, OptionalActions::Now, &terminal)?;
    }
    Ok(device)
}
