-- The ledger, first shape. One file holds one log; log_id stands in every key all the same, so that both stores look alike.
-- Instants are milliseconds since 1970-01-01T00:00Z; identifiers (UUID) are 16 bytes.

-- One row. position: the last one given out. revision: the last version given to a mutable row; it never falls, so that
-- a row that was deleted and made again never shows an old version. epoch: which leader wrote last.
-- tag, here and below: a keyed fingerprint of what nothing else in the store would give away if a byte of it turned over
-- (SQLite has no checksums of its pages); see rows.rs for what each covers.
CREATE TABLE ledger_head (
  log_id   INTEGER NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL CHECK (position >= 0),
  revision INTEGER NOT NULL CHECK (revision >= 0),
  epoch    INTEGER NOT NULL,
  tag      BLOB    NOT NULL CHECK (length(tag) = 32)
) STRICT;

-- body and meta are the very bytes that were hashed; leaf_hash = SHA-256(0x00 || leaf), see leaf.rs.
CREATE TABLE ledger_event (
  log_id         INTEGER NOT NULL,
  position       INTEGER NOT NULL CHECK (position > 0),
  aggregate_type TEXT    NOT NULL,
  aggregate_id   TEXT    NOT NULL,
  sequence       INTEGER NOT NULL CHECK (sequence > 0),
  event_type     TEXT    NOT NULL,
  event_version  TEXT    NOT NULL,
  body           BLOB    NOT NULL,
  meta           BLOB    NOT NULL,
  leaf_hash      BLOB    NOT NULL CHECK (length(leaf_hash) = 32),
  recorded_at    INTEGER NOT NULL,
  PRIMARY KEY (log_id, position),
  UNIQUE (log_id, aggregate_type, aggregate_id, sequence)
) STRICT;

-- A command that was carried out, and what it wrote: first_position 0 means no event.
CREATE TABLE ledger_command (
  log_id         INTEGER NOT NULL,
  command_id     BLOB    NOT NULL CHECK (length(command_id) = 16),
  request_hash   BLOB    NOT NULL CHECK (length(request_hash) = 32),
  first_position INTEGER NOT NULL,
  last_position  INTEGER NOT NULL,
  recorded_at    INTEGER NOT NULL,
  tag            BLOB    NOT NULL CHECK (length(tag) = 32),
  PRIMARY KEY (log_id, command_id)
) STRICT, WITHOUT ROWID;

-- The hash tree in tiles of 256 (C2SP tlog-tiles); derived from the leaves, may be made again at any time.
CREATE TABLE ledger_tree (
  log_id INTEGER NOT NULL,
  level  INTEGER NOT NULL,
  tile   INTEGER NOT NULL,
  width  INTEGER NOT NULL CHECK (width BETWEEN 1 AND 256),
  hashes BLOB    NOT NULL CHECK (length(hashes) = 32 * width),
  PRIMARY KEY (log_id, level, tile)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_checkpoint (
  log_id      INTEGER NOT NULL,
  size        INTEGER NOT NULL CHECK (size >= 0),
  root        BLOB    NOT NULL CHECK (length(root) = 32),
  signed_note TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  tag         BLOB    NOT NULL CHECK (length(tag) = 32),
  PRIMARY KEY (log_id, size)
) STRICT;

-- Cosignatures of witnesses. witness: its verifier key, so that each row can be checked by itself.
CREATE TABLE ledger_cosignature (
  log_id  INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  witness TEXT    NOT NULL,
  line    TEXT    NOT NULL,
  PRIMARY KEY (log_id, size, witness)
) STRICT;

-- A reader of the log and the position up to which it has read. tag: a keyed fingerprint of both.
CREATE TABLE projection (
  name        TEXT    NOT NULL,
  generation  INTEGER NOT NULL,
  log_id      INTEGER NOT NULL,
  position    INTEGER NOT NULL CHECK (position >= 0),
  state       TEXT,
  lease_owner TEXT,
  lease_epoch INTEGER,
  lease_until INTEGER,
  tag         BLOB    NOT NULL CHECK (length(tag) = 32),
  PRIMARY KEY (name, generation, log_id)
) STRICT;

-- A person's data key, wrapped. Destroying it erases what was sealed under it; the row stays as a tombstone.
CREATE TABLE subject_key (
  log_id       INTEGER NOT NULL,
  subject_id   BLOB    NOT NULL CHECK (length(subject_id) = 16),
  wrapped_dek  BLOB,
  destroyed_at INTEGER,
  tag          BLOB    NOT NULL CHECK (length(tag) = 32),
  PRIMARY KEY (log_id, subject_id),
  CHECK ((wrapped_dek IS NULL) = (destroyed_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Small mutable records beside the log; the body is sealed. folded: for the row of an inline view, the sequence of its stream up
-- to which it is folded; otherwise 0. tag: a keyed fingerprint of the row, its version and its terms.
CREATE TABLE ledger_row (
  log_id  INTEGER NOT NULL,
  space   TEXT    NOT NULL,
  key     TEXT    NOT NULL,
  version INTEGER NOT NULL,
  folded  INTEGER NOT NULL,
  body    BLOB    NOT NULL,
  tag     BLOB    NOT NULL CHECK (length(tag) = 32),
  PRIMARY KEY (log_id, space, key)
) STRICT;

CREATE TABLE ledger_row_term (
  log_id INTEGER NOT NULL,
  space  TEXT    NOT NULL,
  name   TEXT    NOT NULL,
  value  TEXT    NOT NULL,
  key    TEXT    NOT NULL,
  PRIMARY KEY (log_id, space, name, value, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_row_term_by_key ON ledger_row_term (log_id, space, key);

-- What postgres-es and sqlite-es call their table.
CREATE VIEW events AS
  SELECT aggregate_type, aggregate_id, sequence, event_type, event_version,
         CAST(body AS TEXT) AS payload, CAST(meta AS TEXT) AS metadata
    FROM ledger_event;

-- The refusals below hold for whoever uses SQL. Who edits the file itself is found by the checkpoints.
CREATE TRIGGER ledger_event_no_update BEFORE UPDATE ON ledger_event
  BEGIN SELECT RAISE(ABORT, 'append-only: ledger_event'); END;
CREATE TRIGGER ledger_event_no_delete BEFORE DELETE ON ledger_event
  BEGIN SELECT RAISE(ABORT, 'append-only: ledger_event'); END;
-- '<>' and not '>': INSERT OR REPLACE would otherwise delete the row that stands in its way without a DELETE trigger.
CREATE TRIGGER ledger_event_no_gap BEFORE INSERT ON ledger_event
  BEGIN
    SELECT RAISE(ABORT, 'position is not the next one')
     WHERE NEW.position <> 1 + coalesce((SELECT max(position) FROM ledger_event WHERE log_id = NEW.log_id), 0);
    SELECT RAISE(ABORT, 'sequence is not the next one')
     WHERE NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM ledger_event WHERE log_id = NEW.log_id
             AND aggregate_type = NEW.aggregate_type AND aggregate_id = NEW.aggregate_id), 0);
  END;
CREATE TRIGGER ledger_command_no_update BEFORE UPDATE ON ledger_command
  BEGIN SELECT RAISE(ABORT, 'append-only: ledger_command'); END;
CREATE TRIGGER ledger_command_no_delete BEFORE DELETE ON ledger_command
  BEGIN SELECT RAISE(ABORT, 'append-only: ledger_command'); END;
CREATE TRIGGER ledger_command_no_replace BEFORE INSERT ON ledger_command
  BEGIN
    SELECT RAISE(ABORT, 'append-only: ledger_command')
     WHERE EXISTS (SELECT 1 FROM ledger_command WHERE log_id = NEW.log_id AND command_id = NEW.command_id);
  END;
CREATE TRIGGER ledger_checkpoint_no_update BEFORE UPDATE ON ledger_checkpoint
  BEGIN SELECT RAISE(ABORT, 'append-only: ledger_checkpoint'); END;
CREATE TRIGGER ledger_checkpoint_no_delete BEFORE DELETE ON ledger_checkpoint
  BEGIN SELECT RAISE(ABORT, 'append-only: ledger_checkpoint'); END;
CREATE TRIGGER ledger_checkpoint_grows BEFORE INSERT ON ledger_checkpoint
  BEGIN
    SELECT RAISE(ABORT, 'a checkpoint must be larger than the one before')
     WHERE NEW.size <= (SELECT max(size) FROM ledger_checkpoint WHERE log_id = NEW.log_id);
  END;
CREATE TRIGGER ledger_cosignature_no_update BEFORE UPDATE ON ledger_cosignature
  BEGIN SELECT RAISE(ABORT, 'append-only: ledger_cosignature'); END;
CREATE TRIGGER ledger_cosignature_no_delete BEFORE DELETE ON ledger_cosignature
  BEGIN SELECT RAISE(ABORT, 'append-only: ledger_cosignature'); END;
CREATE TRIGGER ledger_cosignature_no_replace BEFORE INSERT ON ledger_cosignature
  BEGIN
    SELECT RAISE(ABORT, 'append-only: ledger_cosignature')
     WHERE EXISTS (SELECT 1 FROM ledger_cosignature
                    WHERE log_id = NEW.log_id AND size = NEW.size AND witness = NEW.witness);
  END;
CREATE TRIGGER ledger_head_no_return BEFORE UPDATE ON ledger_head
  WHEN NEW.position < OLD.position OR NEW.revision < OLD.revision OR NEW.epoch < OLD.epoch
  BEGIN SELECT RAISE(ABORT, 'the head never falls'); END;
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head
  BEGIN SELECT RAISE(ABORT, 'the head never falls'); END;
CREATE TRIGGER subject_key_no_delete BEFORE DELETE ON subject_key
  BEGIN SELECT RAISE(ABORT, 'a destroyed key leaves its tombstone'); END;
CREATE TRIGGER subject_key_only_destroyed BEFORE UPDATE ON subject_key
  WHEN OLD.destroyed_at IS NOT NULL OR NEW.destroyed_at IS NULL
    OR NEW.log_id <> OLD.log_id OR NEW.subject_id <> OLD.subject_id
  BEGIN SELECT RAISE(ABORT, 'a data key can only be destroyed'); END;
CREATE TRIGGER subject_key_no_replace BEFORE INSERT ON subject_key
  BEGIN
    SELECT RAISE(ABORT, 'a data key can only be destroyed')
     WHERE EXISTS (SELECT 1 FROM subject_key WHERE log_id = NEW.log_id AND subject_id = NEW.subject_id);
  END;
