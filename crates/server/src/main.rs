//! The `signet` binary.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Only here: programs that embed the library choose their own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    signet_server::cli::main()
}
