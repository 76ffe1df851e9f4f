//! `luot`, the one binary.

use std::process::ExitCode;

use clap::Parser as _;
use luot_server::config::Cli;
use luot_server::{commands, told};

/// Under load a fifth of the server's time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(cli)),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("luot: {}", told(&*error));
            ExitCode::from(2)
        }
    }
}
