//! `sealift` on the command line.

use std::process::ExitCode;

use sealift::clock;
use sealift::limits::SCRYPT_LOG2;
use sealift::terminal::Console;
use sealift::world::World;

fn main() -> ExitCode {
    let code = sealift::run(
        std::env::args_os(),
        &mut World {
            out: &mut std::io::stdout(),
            err: &mut std::io::stderr(),
            terminal: &mut Console,
            now: clock::now(),
            scrypt_log2: SCRYPT_LOG2,
        },
    );
    ExitCode::from(code)
}
