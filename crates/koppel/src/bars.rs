//! Progress bars on stderr, on a terminal only.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use koppel_app::OnProgress;
use koppel_app::sync_core::{EntityKind, Progress};

use crate::out::Out;

const KNOWN: &str = "{prefix:>9} [{bar:30}] {pos}/{len} {per_sec} {msg}";
const UNKNOWN: &str = "{prefix:>9} {spinner} {pos} {per_sec} {msg}";

/// The bars of one or more runs.
#[derive(Clone)]
pub(crate) struct Bars(Option<Arc<Mutex<State>>>);

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    entity: Option<EntityKind>,
}

impl Bars {
    pub(crate) fn new(out: &Out) -> Self {
        let shown = !out.quiet && std::io::stderr().is_terminal();
        Self(shown.then(Arc::default))
    }

    /// What a run tells its progress to.
    pub(crate) fn listener(&self) -> OnProgress {
        let state = self.0.clone();
        Arc::new(move |progress| {
            if let Some(state) = &state {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state.tell(&progress);
            }
        })
    }
}

impl State {
    fn tell(&mut self, progress: &Progress) {
        match progress {
            Progress::Run {
                flow,
                resumed: true,
                ..
            } => {
                eprintln!("The run of `{flow}` that was interrupted goes on.");
            }
            Progress::Entity { entity, total } => {
                self.end();
                let bar = match total {
                    Some(total) => ProgressBar::new(*total).with_style(style(KNOWN)),
                    None => ProgressBar::new_spinner().with_style(style(UNKNOWN)),
                };
                bar.set_prefix(entity.to_string());
                self.entity = Some(*entity);
                self.bar = Some(bar);
            }
            Progress::Records { entity, counts } => {
                // Customers that are dragged along by others have had their turn.
                if let Some(bar) = self.bar.as_ref().filter(|_| self.entity == Some(*entity)) {
                    bar.set_message("");
                    bar.inc(counts.read.unsigned_abs());
                }
            }
            Progress::Waiting { until } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("waits until {until}"));
                }
            }
            Progress::Ended { .. } => self.end(),
            _ => {}
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
