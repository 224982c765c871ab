//! What this process has used so far, as Linux counts it.

use anyhow::{Context, Result};

/// CPU time and peak memory of this process.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(crate) struct Usage {
    /// Seconds of CPU time, in user and system mode, of all threads.
    pub(crate) cpu_seconds: f64,
    /// The most memory that was resident at any time, in KiB.
    pub(crate) peak_rss_kib: u64,
}

/// Clock ticks a second in `/proc`; Linux shows 100 on every machine.
const TICKS: f64 = 100.0;

impl Usage {
    /// Reads it.
    pub(crate) fn now() -> Result<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat").context("reading /proc/self/stat")?;
        // The second field is the program's name in brackets and may hold blanks.
        let (_, fields) = stat.rsplit_once(") ").context("/proc/self/stat is odd")?;
        let mut ticks = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<u64>);
        let user = ticks.next().context("no user time")??;
        let system = ticks.next().context("no system time")??;
        let status = std::fs::read_to_string("/proc/self/status")?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.split_whitespace().next())
            .context("no VmHWM in /proc/self/status")?
            .parse()?;
        Ok(Self {
            cpu_seconds: (user + system) as f64 / TICKS,
            peak_rss_kib: peak,
        })
    }
}
