//! Statements with many rows, cut so that few different texts have to be prepared.

use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

/// How many rows one statement writes: as many as fit of these.
const ROWS: [usize; 5] = [512, 128, 32, 8, 1];

/// The most values that one statement looks for.
const MAX_VALUES: usize = 512;

/// Writes rows by statements `head VALUES (..), (..) tail`.
pub(crate) async fn write_rows<T>(
    conn: &mut SqliteConnection,
    head: &'static str,
    rows: &[T],
    tail: &'static str,
    bind: impl Fn(&mut Separated<'_, Sqlite, &'static str>, &T),
) -> Result<(), sqlx::Error> {
    for chunk in row_chunks(rows) {
        let mut query = QueryBuilder::<Sqlite>::new(head);
        query.push_values(chunk, |mut row, item| bind(&mut row, item));
        query.push(tail);
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Cuts rows into pieces of the sizes in [`ROWS`].
pub(crate) fn row_chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut left = rows;
    std::iter::from_fn(move || {
        let size = ROWS.into_iter().find(|size| *size <= left.len())?;
        let (chunk, rest) = left.split_at(size);
        left = rest;
        Some(chunk)
    })
}

/// Cuts values into pieces for [`push_list`].
pub(crate) fn value_chunks<T>(values: &[T]) -> std::slice::Chunks<'_, T> {
    values.chunks(MAX_VALUES)
}

/// Adds `before v1 between v2 between v3 after`, with the last value repeated up to a power of
/// two: looking twice for the same thing finds nothing more, and there are few texts to prepare.
pub(crate) fn push_list<'v, T, V>(
    query: &mut QueryBuilder<Sqlite>,
    around: (&'static str, &'static str, &'static str),
    values: &'v [T],
    value: impl Fn(&'v T) -> V,
) where
    V: sqlx::Encode<'v, Sqlite> + sqlx::Type<Sqlite>,
{
    let (before, between, after) = around;
    query.push(before);
    let padding = values.len().next_power_of_two() - values.len();
    let padding = values.last().into_iter().cycle().take(padding);
    for (n, item) in values.iter().chain(padding).enumerate() {
        if n > 0 {
            query.push(between);
        }
        query.push_bind(value(item));
    }
    query.push(after);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_pieces_of_few_sizes() {
        let rows: Vec<usize> = (0..682).collect();
        let sizes: Vec<usize> = row_chunks(&rows).map(<[usize]>::len).collect();
        assert_eq!(sizes, [512, 128, 32, 8, 1, 1]);
        assert_eq!(
            row_chunks(&rows).flatten().copied().collect::<Vec<_>>(),
            rows
        );
        assert_eq!(row_chunks::<usize>(&[]).count(), 0);
    }

    #[test]
    fn lists_are_filled_up_to_a_power_of_two() {
        let mut query = QueryBuilder::<Sqlite>::new("x IN ");
        push_list(&mut query, ("(", ", ", ")"), &[1_i64, 2, 3, 4, 5], |n| *n);
        assert_eq!(query.into_string(), "x IN (?, ?, ?, ?, ?, ?, ?, ?)");
    }
}
