//! Installing a Debian package, where this process may.

use std::process::Command;

use anyhow::{Result, bail};

use super::server;
use crate::sh;

/// Installs the package with `apt-get`; only root can, and only on Debian.
pub(crate) fn install(package: &str) -> Result<()> {
    if !server::is_root() || sh::find_program("apt-get").is_none() {
        bail!("`{package}` can be installed by root on Debian only");
    }
    apt(&["update"])?;
    apt(&["install", "-y", "--no-install-recommends", package])
}

fn apt(args: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Run level 1: the package's own service is not started.
        .env("RUNLEVEL", "1");
    if !sh::passes(&mut command)? {
        bail!("`{}` failed", sh::shown(&command));
    }
    Ok(())
}
