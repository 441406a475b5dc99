//! The log as a stream: `COPY … TO STDOUT (FORMAT binary)`, page by page, on a connection of its own.
//!
//! The format (PostgreSQL documentation, COPY, "Binary Format"): a signature of 11 bytes, flags (4), the length of an extension
//! (4) and the extension; then for each row the number of fields (2) and for each field its length (4, -1 for NULL) and bytes;
//! at the end -1 (2). All numbers are big-endian.

use std::fmt::Write as _;
use std::time::Duration;

use data_encoding::HEXLOWER;
use futures_util::TryStreamExt as _;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::timeout;

use super::{EVENT_COLUMNS, Postgres};
use crate::fault::Fault;
use crate::replay::chunk::{Chunk, RawRow};
use crate::store::feed::{Feed, Filler, Wanted, feed};
use crate::store::{signed, unsigned};

/// Positions in one statement. Between two no snapshot is held, so a slow reader keeps no dead row alive.
const PAGE: u64 = 8192;
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
const COLUMNS: i16 = 10;

impl Postgres {
    pub(crate) async fn feed(&self, wanted: Wanted) -> Result<Feed, Fault> {
        let (filler, feed) = feed();
        let connect = self.pool.connect_options().as_ref().clone();
        let (log_id, deadline) = (self.log_id, self.read_deadline);
        let task = tokio::spawn(async move {
            if let Err(fault) = fill(&connect, log_id, &wanted, deadline, &filler).await {
                drop(filler.chunks.send(Err(fault)).await);
            }
        });
        Ok(feed.aborting(task.abort_handle()))
    }
}

/// Fills chunk after chunk; ends early when nobody takes them any more.
async fn fill(
    connect: &PgConnectOptions,
    log_id: i32,
    wanted: &Wanted,
    deadline: Duration,
    filler: &Filler,
) -> Result<(), Fault> {
    let failed = |error| Fault::store("read events", error);
    let mut connection = timeout(deadline, connect.connect())
        .await
        .map_err(|_| Fault::Deadline)?
        .map_err(failed)?;
    let mut chunk = filler.chunk();
    let mut from = wanted.from;
    while from <= wanted.to {
        let to = wanted.to.min(from.saturating_add(PAGE - 1));
        let page = page(
            &mut connection,
            log_id,
            from,
            to,
            wanted.aggregate_type.as_deref(),
            deadline,
            filler,
            &mut chunk,
        );
        match page.await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(fault) => {
                // What was read before the break is good.
                drop(filler.chunks.send(Ok(chunk)).await);
                return Err(fault);
            }
        }
        from = to.saturating_add(1);
    }
    chunk.last = true;
    drop(filler.chunks.send(Ok(chunk)).await);
    Ok(())
}

/// COPY takes no parameters. Numbers are written as such, the text as the hexadecimal digits of its bytes.
fn copy_statement(log_id: i32, from: u64, to: u64, aggregate_type: Option<&str>) -> String {
    let (from, to) = (signed(from), signed(to));
    let mut sql = format!(
        "COPY (SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = {log_id} AND position BETWEEN {from} AND {to}"
    );
    if let Some(kind) = aggregate_type {
        let digits = HEXLOWER.encode(kind.as_bytes());
        // Writing to a String does not fail.
        let _ = write!(
            sql,
            " AND aggregate_type = convert_from(decode('{digits}', 'hex'), 'UTF8')"
        );
    }
    sql.push_str(" ORDER BY position) TO STDOUT (FORMAT binary)");
    sql
}

/// Reads one page into the chunk and hands each full one on. `false`: nobody takes them any more.
#[expect(
    clippy::too_many_arguments,
    reason = "one loop of its caller, apart to be read by itself"
)]
async fn page(
    connection: &mut PgConnection,
    log_id: i32,
    from: u64,
    to: u64,
    aggregate_type: Option<&str>,
    deadline: Duration,
    filler: &Filler,
    chunk: &mut Chunk,
) -> Result<bool, Fault> {
    let failed = |error| Fault::store("read events", error);
    let malformed = |what: &'static str| Fault::store("read events", sqlx::Error::Protocol(what.to_owned()));
    let sql = copy_statement(log_id, from, to, aggregate_type);
    let mut rows = timeout(deadline, connection.copy_out_raw(&sql))
        .await
        .map_err(|_| Fault::Deadline)?
        .map_err(failed)?;
    let mut parser = Parser::default();
    loop {
        // One deadline for a chunk and not for a message: a timer for each row would cost as much as the row.
        let filling = async {
            while let Some(message) = rows.try_next().await.map_err(failed)? {
                parser.take(&message, chunk).map_err(malformed)?;
                if chunk.is_full() {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        if !timeout(deadline, filling).await.map_err(|_| Fault::Deadline)?? {
            break;
        }
        let full = std::mem::replace(chunk, filler.chunk());
        if filler.chunks.send(Ok(full)).await.is_err() {
            return Ok(false);
        }
    }
    if parser.at_end() {
        Ok(true)
    } else {
        Err(malformed("the copy ended before its end mark"))
    }
}

/// Cuts the bytes into rows. Usually a message is one row and is read in place; nothing promises that, so what is incomplete
/// waits for the next message.
#[derive(Default)]
struct Parser {
    waiting: Vec<u8>,
    begun: bool,
    ended: bool,
}

impl Parser {
    fn take(&mut self, message: &[u8], chunk: &mut Chunk) -> Result<(), &'static str> {
        if self.waiting.is_empty() {
            let rest = self.read(message, chunk)?;
            self.waiting.extend_from_slice(rest);
        } else {
            let mut bytes = std::mem::take(&mut self.waiting);
            bytes.extend_from_slice(message);
            let rest = self.read(&bytes, chunk)?.len();
            bytes.drain(..bytes.len() - rest);
            self.waiting = bytes;
        }
        Ok(())
    }

    /// Whether the end mark has come and nothing after it.
    const fn at_end(&self) -> bool {
        self.ended && self.waiting.is_empty()
    }

    /// Reads whole rows; answers with what is left.
    fn read<'a>(&mut self, mut bytes: &'a [u8], chunk: &mut Chunk) -> Result<&'a [u8], &'static str> {
        if !self.begun {
            let Some(rest) = header(bytes)? else { return Ok(bytes) };
            bytes = rest;
            self.begun = true;
        }
        while !bytes.is_empty() {
            if self.ended {
                return Err("bytes after the end mark of the copy");
            }
            let Some((count, rest)) = bytes.split_first_chunk::<2>() else {
                return Ok(bytes);
            };
            match i16::from_be_bytes(*count) {
                -1 => {
                    self.ended = true;
                    bytes = rest;
                }
                COLUMNS => {
                    let Some(after) = row(rest, chunk)? else {
                        return Ok(bytes);
                    };
                    bytes = after;
                }
                _ => return Err("a row of the copy has another number of fields"),
            }
        }
        Ok(bytes)
    }
}

/// What follows the header; `None` while it is not complete.
fn header(bytes: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let Some((signature, rest)) = bytes.split_at_checked(SIGNATURE.len()) else {
        return Ok(None);
    };
    if signature != SIGNATURE {
        return Err("the copy has no header");
    }
    let Some((_flags, rest)) = rest.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let Some((length, rest)) = rest.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| "the copy's header is too long")?;
    Ok(rest.get(length..))
}

/// Puts one row into the chunk; `None` while it is not complete.
fn row<'a>(mut bytes: &'a [u8], chunk: &mut Chunk) -> Result<Option<&'a [u8]>, &'static str> {
    let mut fields: [&[u8]; 10] = [&[]; 10];
    let mut null = false;
    for field in &mut fields {
        let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = i32::from_be_bytes(*length);
        if length == -1 {
            null = true;
            bytes = rest;
            continue;
        }
        let length = usize::try_from(length).map_err(|_| "a field of the copy has a negative length")?;
        let Some((content, rest)) = rest.split_at_checked(length) else {
            return Ok(None);
        };
        *field = content;
        bytes = rest;
    }
    let [
        position,
        kind,
        id,
        sequence,
        event_type,
        event_version,
        body,
        meta,
        leaf_hash,
        recorded_at,
    ] = fields;
    let number = |field: &[u8]| {
        let field = <[u8; 8]>::try_from(field).map_err(|_| "a number of the copy has another width")?;
        Ok::<_, &'static str>(i64::from_be_bytes(field))
    };
    let position = unsigned(number(position)?);
    if null {
        chunk.push_unreadable(position, "a column holds nothing");
    } else {
        chunk.push(&RawRow {
            position,
            texts: [kind, id, event_type, event_version],
            blobs: [body, meta, leaf_hash],
            sequence: unsigned(number(sequence)?),
            recorded_at: number(recorded_at)?,
        });
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(bytes: &[u8]) -> Vec<u8> {
        let mut out = i32::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
        out.extend(bytes);
        out
    }

    fn tuple(position: i64, body: &[u8]) -> Vec<u8> {
        let mut out = 10_i16.to_be_bytes().to_vec();
        let number = |number: i64| field(&number.to_be_bytes());
        out.extend(number(position));
        for part in [&b"kind"[..], b"id"] {
            out.extend(field(part));
        }
        out.extend(number(7));
        for part in [&b"type"[..], b"1", body, b"{}", &[9; 32]] {
            out.extend(field(part));
        }
        out.extend(number(-5));
        out
    }

    fn copy(rows: &[Vec<u8>]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        out.extend([0, 0, 0, 0, 0, 0, 0, 2, 0xaa, 0xbb]);
        out.extend(rows.concat());
        out.extend((-1_i16).to_be_bytes());
        out
    }

    #[test]
    fn rows_are_read_however_the_messages_are_cut() {
        let bytes = copy(&[tuple(1, b"{}"), tuple(2, b""), tuple(3, &[b'x'; 300])]);
        for step in [1, 2, 3, 7, 64, bytes.len()] {
            let (mut parser, mut chunk) = (Parser::default(), Chunk::default());
            for (count, part) in bytes.chunks(step).enumerate() {
                assert!(!parser.at_end(), "before part {count}");
                parser.take(part, &mut chunk).unwrap();
            }
            assert!(parser.at_end());
            let rows: Vec<_> = chunk.rows().collect();
            assert_eq!(rows.len(), 3, "in steps of {step}");
            let last = rows[2].1.unwrap();
            assert_eq!((last.position, last.sequence, last.recorded_at), (3, 7, -5));
            assert_eq!(
                (last.aggregate_type, last.aggregate_id, last.body),
                ("kind", "id", &[b'x'; 300][..])
            );
        }
    }

    #[test]
    fn what_is_cut_short_or_no_copy_is_refused() {
        let bytes = copy(&[tuple(1, b"{}")]);
        for length in 0..bytes.len() {
            let (mut parser, mut chunk) = (Parser::default(), Chunk::default());
            parser.take(&bytes[..length], &mut chunk).unwrap();
            assert!(!parser.at_end(), "{length} of {}", bytes.len());
        }
        let mut more = bytes.clone();
        more.push(0);
        let mut wrong_count = copy(&[]);
        wrong_count.truncate(wrong_count.len() - 2);
        wrong_count.extend([0, 3, 0, 0]);
        for wrong in [more, wrong_count, b"no copy at all".to_vec()] {
            assert!(Parser::default().take(&wrong, &mut Chunk::default()).is_err());
        }
        let mut null = copy(&[]);
        null.truncate(null.len() - 2);
        null.extend(10_i16.to_be_bytes());
        null.extend(field(&4_i64.to_be_bytes()));
        null.extend((-1_i32).to_be_bytes().repeat(9));
        let mut chunk = Chunk::default();
        Parser::default().take(&null, &mut chunk).unwrap();
        let (position, row) = chunk.rows().next().unwrap();
        assert!(position == 4 && row.is_err());
    }

    #[test]
    fn a_name_cannot_leave_its_place_in_the_statement() {
        let sql = copy_statement(1, 1, u64::MAX, Some("x'); DROP TABLE ledger_event; --"));
        assert!(!sql.contains("DROP") && sql.contains("BETWEEN 1 AND 9223372036854775807"));
        assert_eq!(sql.matches('\'').count(), 6);
    }
}
