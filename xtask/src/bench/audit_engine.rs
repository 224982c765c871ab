//! The engine with an audit log beside the same engine without.

use anyhow::Result;

use super::work::{self, Measured, Options, Workshop, line};

const JOBS: [(&str, &str); 3] = [
    ("pull into SQLite, pages of 100", "engine-pull"),
    ("push in batches of 50, 8 in flight", "engine-push-batch"),
    ("push one by one, 8 in flight", "engine-push-single"),
];

/// The engine with an audit log at its usual level must reach this part of its speed without.
fn floor(latency: u64) -> f64 {
    if latency >= 50 { 0.95 } else { 0.5 }
}

/// Builds, measures, prints the table; `false` when a floor is not reached.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    let defaults = Options {
        records: 50_000,
        slow_records: 8_000,
        latencies: vec![0, 50],
        rounds: 3,
    };
    let options = defaults.changed_by("audit engine", args)?;
    let workshop = Workshop::new()?;
    work::heading();
    let mut holds = true;
    for &latency in &options.latencies {
        for (name, job) in JOBS {
            holds &= one(&workshop, &options, name, job, latency)?;
        }
    }
    let word = if holds { "Every" } else { "NOT every" };
    println!("{word} floor holds.");
    Ok(holds)
}

fn one(
    workshop: &Workshop,
    options: &Options,
    name: &str,
    job: &str,
    latency: u64,
) -> Result<bool> {
    let records = if latency > 0 && job == "engine-push-single" {
        options.slow_records
    } else {
        options.records
    };
    let measure = |audit: &str| -> Result<Measured> {
        let more = ["--audit", audit];
        let (measured, _) = workshop.measure(job, records, latency, options.rounds, &more)?;
        Ok(measured)
    };
    println!("{name}, {latency} ms");
    let without = measure("off")?;
    print!("{}", line("without an audit log", without, None));
    let usual = measure("info")?;
    let ratio = usual.rate() / without.rate().max(1e-9);
    let floor = floor(latency);
    let holds = ratio >= floor;
    let word = if holds { "holds" } else { "DOES NOT HOLD" };
    let verdict = format!("floor {floor}: {word}");
    print!(
        "{}",
        line("INFO, the usual level", usual, Some((ratio, &verdict)))
    );
    let full = measure("debug")?;
    let ratio = full.rate() / without.rate().max(1e-9);
    let all = "every exchange with its bodies";
    print!("{}", line("DEBUG", full, Some((ratio, all))));
    Ok(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_higher_where_the_server_is_what_takes_time() {
        assert!(floor(50) > floor(0));
    }
}
