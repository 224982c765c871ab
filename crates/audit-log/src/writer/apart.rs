//! A batch that the database does not take, though it takes others.

use super::{Item, Lost, Writer};
use crate::entry::Entry;
use crate::error::Error;
use crate::event::EventName;
use crate::level::Level;
use crate::prepare::Prepared;
use crate::queue::Shared;
use crate::write::{Appended, append_in};

impl Writer {
    /// Writes a batch that was refused as a whole, in parts; what is refused alone is replaced by
    /// an entry that says so. The entries behind it do not wait for it for ever.
    ///
    /// Where the database takes nothing at all, the fault is not in the entries: then they wait.
    pub(super) async fn write_apart(
        &mut self,
        batch: &[Item],
        lost: Option<&Lost>,
        why: String,
    ) -> Result<Vec<Appended>, Error> {
        if takes_any(&self.shared).await.is_err() {
            return Err(Error::Unavailable(why));
        }
        let entries: Vec<&Prepared> = batch
            .iter()
            .flat_map(|item| &item.entries)
            .chain(lost.map(|lost| &lost.entry))
            .collect();
        let mut results = Vec::with_capacity(entries.len());
        // The parts that are still to be written, the next one last.
        let mut parts = vec![entries.as_slice()];
        while let Some(part) = parts.pop() {
            match self.commit(part).await {
                Ok(written) => results.extend(written),
                Err(Error::Refused(why)) => match part {
                    [one] => results.push(self.replace(one, &why).await?),
                    _ => {
                        let (first, second) = part.split_at(part.len() / 2);
                        parts.extend([second, first]);
                    }
                },
                Err(error) => return Err(error),
            }
        }
        Ok(results)
    }

    /// Writes in place of an entry that it was refused.
    async fn replace(&mut self, refused: &Prepared, why: &str) -> Result<Appended, Error> {
        let entry = &refused.entry;
        let mut instead = Entry::new(
            Level::Warning,
            EventName::LogLost,
            "One entry could not be kept: the database does not take it.",
        )
        // With the same id the entry is known when it comes again.
        .id(entry.id)
        .at(entry.at)
        .detail("count", 1)
        .detail("event", entry.event.as_str())
        .detail("level", entry.level.as_str())
        .detail("error", why);
        instead.run = entry.run;
        let instead = self.shared.prepare(instead);
        let written = match self.commit(&[&instead]).await {
            // It was taken a moment ago: nothing that could be done about an entry.
            Err(Error::Refused(why)) => Err(Error::Unavailable(why)),
            done => done,
        }?;
        self.shared.lose(1);
        self.told += 1;
        Ok(match written.first() {
            Some(Appended::Written { number }) => Appended::Replaced { number: *number },
            _ => Appended::Known,
        })
    }
}

/// Sees whether the database takes an entry as harmless as can be; nothing stays of it.
async fn takes_any(shared: &Shared) -> Result<(), Error> {
    let entry = Entry::new(Level::Warning, EventName::LogLost, "Nothing was lost.");
    let harmless = shared.prepare(entry.at(shared.settings.clock.now()));
    let mut tx = shared.db.begin().await?;
    append_in(shared, &mut tx, &[&harmless]).await.map(drop)
}
