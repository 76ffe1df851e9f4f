//! Writes the generated files into the folder given (or `openapi`): no server and no database needed.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let folder = env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("openapi"), PathBuf::from);
    for (name, text) in luot_api::openapi::files() {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
