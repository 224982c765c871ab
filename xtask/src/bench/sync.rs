//! The engine against bare loops that do the same work unprotected.

use anyhow::{Result, bail};

use super::work::{self, Asked, Measured, Options, Workshop, line};

/// Two jobs that do the same work, and how much of the first the second must reach.
struct Pair {
    name: &'static str,
    bare: &'static str,
    engine: &'static str,
}

const PAIRS: [Pair; 3] = [
    Pair {
        name: "pull into SQLite, pages of 100",
        bare: "bare-pull",
        engine: "engine-pull",
    },
    Pair {
        name: "push in batches of 50, 8 in flight",
        bare: "bare-push-batch",
        engine: "engine-push-batch",
    },
    Pair {
        name: "push one by one, 8 in flight",
        bare: "bare-push-single",
        engine: "engine-push-single",
    },
];

/// The engine must reach this part of the bare loop's speed.
fn floor(latency: u64) -> f64 {
    if latency >= 50 { 0.95 } else { 0.3 }
}

/// A run without changes must reach this part of a bare scan's speed.
const SCAN_FLOOR: f64 = 0.5;

/// Builds, measures, prints the table; `false` when a floor is not reached.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    let defaults = Options {
        records: 200_000,
        slow_records: 200_000,
        latencies: vec![0, 50],
        rounds: 1,
    };
    let options = defaults.changed_by("sync", args)?;
    let bench = Bench {
        workshop: Workshop::new()?,
        options,
    };
    work::heading();
    let mut holds = true;
    for &latency in &bench.options.latencies {
        for pair in &PAIRS {
            holds &= bench.pair(pair, latency)?;
        }
    }
    holds &= bench.unchanged()?;
    println!(
        "{}",
        if holds {
            "Every floor holds."
        } else {
            "NOT every floor holds."
        }
    );
    Ok(holds)
}

struct Bench {
    workshop: Workshop,
    options: Options,
}

impl Bench {
    fn measure(&self, job: &str, records: u64, latency: u64) -> Result<(Measured, Asked)> {
        self.workshop
            .measure(job, records, latency, self.options.rounds, &[])
    }

    fn pair(&self, pair: &Pair, latency: u64) -> Result<bool> {
        let slow = latency > 0 && pair.bare == "bare-push-single";
        let records = if slow {
            self.options.slow_records
        } else {
            self.options.records
        };
        let (bare, bare_asked) = self.measure(pair.bare, records, latency)?;
        let (engine, engine_asked) = self.measure(pair.engine, records, latency)?;
        if bare_asked.writes != engine_asked.writes || engine_asked.others > 0 {
            bail!("the two did not ask the same: {bare_asked:?}, {engine_asked:?}");
        }
        let ratio = engine.rate() / bare.rate();
        let holds = ratio >= floor(latency);
        println!("{}, {latency} ms", pair.name);
        print!("{}", line("(a) bare loop", bare, None));
        let verdict = verdict(floor(latency), holds);
        print!("{}", line("(b) engine", engine, Some((ratio, &verdict))));
        Ok(holds)
    }

    fn unchanged(&self) -> Result<bool> {
        let records = self.options.records;
        let (scan, _) = self.measure("bare-scan", records, 0)?;
        let (engine, asked) = self.measure("engine-no-change", records, 0)?;
        // The sync before it wrote every record once; nothing else is asked of the remote but the
        // one look at whether it is empty.
        if asked.writes != records || asked.others > 0 || asked.pages > 1 {
            bail!("the remote was asked for more than the first sync needs: {asked:?}");
        }
        let ratio = engine.rate() / scan.rate();
        let holds = ratio >= SCAN_FLOOR;
        println!("nothing changed, from SQLite");
        print!("{}", line("(a) bare scan of the rows", scan, None));
        let verdict = verdict(SCAN_FLOOR, holds);
        print!("{}", line("(b) engine", engine, Some((ratio, &verdict))));
        let (pull, asked) = self.measure("engine-no-change-pull", records, 0)?;
        let pages = records.div_ceil(100);
        // One look at each page in each of the two syncs.
        let asked_well = asked.writes == 0 && asked.others == 0 && asked.pages <= 2 * pages;
        println!("nothing changed, from the remote");
        print!("{}", line("(b) engine", pull, None));
        println!(
            "  {} requests for 2 x {pages} pages: {}",
            asked.pages,
            if asked_well {
                "one a page"
            } else {
                "MORE THAN ONE A PAGE"
            }
        );
        Ok(holds && asked_well)
    }
}

fn verdict(floor: f64, holds: bool) -> String {
    let word = if holds { "holds" } else { "DOES NOT HOLD" };
    format!("floor {floor}: {word}")
}
