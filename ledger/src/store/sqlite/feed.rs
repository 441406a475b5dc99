//! The log as a stream, from a thread with a connection of its own.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::{EVENT_COLUMNS, Sqlite, open_reader};
use crate::fault::Fault;
use crate::replay::chunk::{Chunk, RawRow};
use crate::store::feed::{Feed, Filler, Wanted, feed};
use crate::store::{signed, unsigned};

/// Positions in one statement. Between two the thread holds no snapshot, so a slow reader never keeps the write-ahead log
/// from being folded into the file.
const PAGE: u64 = 4096;

impl Sqlite {
    pub(crate) async fn feed(&self, wanted: Wanted) -> Result<Feed, Fault> {
        let (filler, feed) = feed();
        let (path, log_id) = (self.readers.path.clone(), self.log_id);
        let read = move || {
            let filled = open_reader(&path).and_then(|connection| fill(&connection, log_id, &wanted, &filler));
            if let Err(error) = filled {
                drop(filler.chunks.blocking_send(Err(Fault::store("read events", error))));
            }
        };
        // A thread and not a place among tokio's: it may wait for its reader as long as that takes.
        std::thread::Builder::new()
            .name("ledger-feed".to_owned())
            .spawn(read)
            .map_err(|error| Fault::store("start a reader", error))?;
        Ok(feed)
    }
}

/// Fills chunk after chunk; ends early when nobody takes them any more.
fn fill(connection: &Connection, log_id: i32, wanted: &Wanted, filler: &Filler) -> rusqlite::Result<()> {
    let kind = if wanted.aggregate_type.is_some() {
        "AND aggregate_type = ?4"
    } else {
        "AND ?4 IS NULL"
    };
    let mut statement = connection.prepare(&format!(
        "SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = ?1 AND position BETWEEN ?2 AND ?3 {kind} ORDER BY position"
    ))?;
    let mut chunk = filler.chunk();
    let mut from = wanted.from;
    while from <= wanted.to {
        let to = wanted.to.min(from.saturating_add(PAGE - 1));
        let mut rows = statement.query(params![log_id, signed(from), signed(to), wanted.aggregate_type])?;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => {
                    // What was read before the damage is good.
                    drop(filler.chunks.blocking_send(Ok(chunk)));
                    return Err(error);
                }
            };
            push(&mut chunk, row)?;
            if chunk.is_full() {
                if filler.chunks.blocking_send(Ok(chunk)).is_err() {
                    return Ok(());
                }
                chunk = filler.chunk();
            }
        }
        from = to.saturating_add(1);
    }
    chunk.last = true;
    drop(filler.chunks.blocking_send(Ok(chunk)));
    Ok(())
}

fn push(chunk: &mut Chunk, row: &Row<'_>) -> rusqlite::Result<()> {
    let position = row.get(0).map(unsigned)?;
    let read = || -> Result<RawRow<'_>, String> {
        let value = |column| row.get_ref(column).map_err(|error| error.to_string());
        let number = |column| value(column)?.as_i64().map_err(|error| error.to_string());
        let text = |column| match value(column)? {
            ValueRef::Text(text) => Ok(text),
            other => Err(format!("column {column} holds {} instead of text", other.data_type())),
        };
        let blob = |column| match value(column)? {
            ValueRef::Blob(blob) => Ok(blob),
            other => Err(format!("column {column} holds {} instead of bytes", other.data_type())),
        };
        Ok(RawRow {
            position,
            texts: [text(1)?, text(2)?, text(4)?, text(5)?],
            blobs: [blob(6)?, blob(7)?, blob(8)?],
            sequence: unsigned(number(3)?),
            recorded_at: number(9)?,
        })
    };
    match read() {
        Ok(row) => chunk.push(&row),
        Err(cause) => chunk.push_unreadable(position, &cause),
    }
    Ok(())
}
