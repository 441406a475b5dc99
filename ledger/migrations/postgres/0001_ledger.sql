-- The ledger, first shape. Text that orders or identifies is COLLATE "C": bytes decide, on every server alike.
-- Instants are milliseconds since 1970-01-01T00:00Z.

-- One row a log. position: the last one given out; the row is locked by each append until its commit, so that positions
-- have no gaps and become visible in their order. revision: the last version given to a mutable row; it never falls, so
-- that a row that was deleted and made again never shows an old version. Each commit raises one of the two: a writer that finds
-- both where it left them knows that nobody else has written. epoch: which leader wrote last. erasures: destroyed data keys; when
-- it grows, what other processes hold in memory of anybody is dropped.
CREATE TABLE ledger_head (
  log_id   integer NOT NULL PRIMARY KEY,
  position bigint  NOT NULL CHECK (position >= 0),
  revision bigint  NOT NULL CHECK (revision >= 0),
  epoch    bigint  NOT NULL,
  erasures bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

-- Through which process commits go, where there are several: one row a log. It leads until `until`, by this server's clock, unless
-- ledger_head.epoch has passed its epoch. A lease that was given back ends at once. Nothing depends on it but speed.
CREATE TABLE ledger_leader (
  log_id  integer     NOT NULL PRIMARY KEY,
  epoch   bigint      NOT NULL,
  owner   uuid        NOT NULL,
  address text        NOT NULL,
  until   timestamptz NOT NULL
) WITH (fillfactor = 10);

-- body and meta are the very bytes that were hashed (bytea: json types reorder or reparse); leaf_hash = SHA-256(0x00 || leaf).
-- Partitioned by log: that is the one column which both unique keys share, so both stay whole.
CREATE TABLE ledger_event (
  log_id         integer NOT NULL,
  position       bigint  NOT NULL CHECK (position > 0),
  aggregate_type text    COLLATE "C" NOT NULL,
  aggregate_id   text    COLLATE "C" NOT NULL,
  sequence       bigint  NOT NULL CHECK (sequence > 0),
  event_type     text    NOT NULL,
  event_version  text    NOT NULL,
  body           bytea   NOT NULL,
  meta           bytea   NOT NULL,
  leaf_hash      bytea   NOT NULL CHECK (length(leaf_hash) = 32),
  recorded_at    bigint  NOT NULL,
  PRIMARY KEY (log_id, position),
  UNIQUE (log_id, aggregate_type, aggregate_id, sequence)
) PARTITION BY HASH (log_id);
CREATE TABLE ledger_event_0 PARTITION OF ledger_event FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE ledger_event_1 PARTITION OF ledger_event FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE ledger_event_2 PARTITION OF ledger_event FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE ledger_event_3 PARTITION OF ledger_event FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE ledger_event_4 PARTITION OF ledger_event FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE ledger_event_5 PARTITION OF ledger_event FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE ledger_event_6 PARTITION OF ledger_event FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE ledger_event_7 PARTITION OF ledger_event FOR VALUES WITH (MODULUS 8, REMAINDER 7);

-- A command that was carried out, and what it wrote: first_position 0 means no event.
CREATE TABLE ledger_command (
  log_id         integer NOT NULL,
  command_id     uuid    NOT NULL,
  request_hash   bytea   NOT NULL CHECK (length(request_hash) = 32),
  first_position bigint  NOT NULL,
  last_position  bigint  NOT NULL,
  recorded_at    bigint  NOT NULL,
  -- The id first: who looks for one finds it so, whatever the planner believes of a table that is still empty.
  PRIMARY KEY (command_id, log_id)
);

-- The hash tree in tiles of 256 (C2SP tlog-tiles); derived from the leaves, may be made again at any time.
CREATE TABLE ledger_tree (
  log_id integer NOT NULL,
  level  integer NOT NULL,
  tile   bigint  NOT NULL,
  width  integer NOT NULL CHECK (width BETWEEN 1 AND 256),
  hashes bytea   NOT NULL CHECK (length(hashes) = 32 * width),
  PRIMARY KEY (log_id, level, tile)
);

CREATE TABLE ledger_checkpoint (
  log_id      integer NOT NULL,
  size        bigint  NOT NULL CHECK (size >= 0),
  root        bytea   NOT NULL CHECK (length(root) = 32),
  signed_note text    NOT NULL,
  at          bigint  NOT NULL,
  PRIMARY KEY (log_id, size)
);

-- Cosignatures of witnesses. witness: its verifier key, so that each row can be checked by itself.
CREATE TABLE ledger_cosignature (
  log_id  integer NOT NULL,
  size    bigint  NOT NULL,
  witness text    COLLATE "C" NOT NULL,
  line    text    NOT NULL,
  PRIMARY KEY (log_id, size, witness)
);

-- A reader of the log and the position up to which it has read. tag: a keyed fingerprint of both.
CREATE TABLE projection (
  name        text    COLLATE "C" NOT NULL,
  generation  integer NOT NULL,
  log_id      integer NOT NULL,
  position    bigint  NOT NULL CHECK (position >= 0),
  state       text,
  lease_owner text,
  lease_epoch bigint,
  lease_until bigint,
  tag         bytea   NOT NULL CHECK (length(tag) = 32),
  PRIMARY KEY (name, generation, log_id)
);

-- A person's data key, wrapped. Destroying it erases what was sealed under it; the row stays as a tombstone. A single dead
-- row version is enough for autovacuum to come: the writing role may not vacuum.
CREATE TABLE subject_key (
  log_id       integer NOT NULL,
  subject_id   uuid    NOT NULL,
  wrapped_dek  bytea,
  destroyed_at bigint,
  PRIMARY KEY (subject_id, log_id),
  CHECK ((wrapped_dek IS NULL) = (destroyed_at IS NOT NULL))
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

-- Small mutable records beside the log; the body is sealed. folded: for the row of an inline view, the sequence of its stream up
-- to which it is folded; otherwise 0. tag: a keyed fingerprint of the row, its version and its terms. Room is left in each page, so
-- that a changed row stays in its own and the index is left alone.
CREATE TABLE ledger_row (
  log_id  integer NOT NULL,
  space   text    COLLATE "C" NOT NULL,
  key     text    COLLATE "C" NOT NULL,
  version bigint  NOT NULL,
  folded  bigint  NOT NULL,
  body    bytea   NOT NULL,
  tag     bytea   NOT NULL CHECK (length(tag) = 32),
  PRIMARY KEY (log_id, space, key)
) WITH (fillfactor = 50);

-- Each of the two keys leads with what only its own question knows: a plan made while the table is empty has no choice but the
-- right one.
CREATE TABLE ledger_row_term (
  log_id integer NOT NULL,
  space  text    COLLATE "C" NOT NULL,
  name   text    COLLATE "C" NOT NULL,
  value  text    COLLATE "C" NOT NULL,
  key    text    COLLATE "C" NOT NULL,
  PRIMARY KEY (name, space, log_id, value, key)
);
CREATE INDEX ledger_row_term_by_key ON ledger_row_term (key, space, log_id);

-- What postgres-es calls its table: a stock reader replays this ledger. Personal values appear sealed.
CREATE VIEW events AS
  SELECT aggregate_type, aggregate_id, sequence, event_type, event_version,
         convert_from(body, 'UTF8')::json AS payload, convert_from(meta, 'UTF8')::json AS metadata
    FROM ledger_event;

-- The refusals below hold for every role, the owner and replication sessions included (ENABLE ALWAYS), until somebody
-- with the right to alter the table takes them away; that one is found by the checkpoints.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- Once a statement, over all that it has inserted. The unique keys have spoken by then (a duplicate is told as 23505), so it is
-- enough that the new positions are a range without a hole behind an existing one, and that each new event has its predecessor in
-- the stream, at a smaller position.
CREATE FUNCTION ledger_refuse_gap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  log integer;
  last_log integer;
  first bigint;
  last bigint;
  number bigint;
BEGIN
  SELECT min(f.log_id), max(f.log_id), min(f.position), max(f.position), count(*) INTO log, last_log, first, last, number
    FROM fresh f;
  IF number = 0 THEN
    RETURN NULL;
  END IF;
  IF log <> last_log THEN
    RAISE EXCEPTION 'a statement writes to one log' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- The orders asked for are those of the two keys, so that a plan made while the table is empty can only be to go through them.
  IF last - first + 1 <> number
     OR (first > 1 AND first - 1 IS DISTINCT FROM (SELECT e.position FROM ledger_event e
          WHERE e.log_id = log AND e.position < first ORDER BY e.position DESC LIMIT 1)) THEN
    RAISE EXCEPTION 'position % is not the next one', first USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM fresh f WHERE f.sequence > 1 AND NOT coalesce((
       SELECT e.sequence = f.sequence - 1 AND e.position < f.position FROM ledger_event e
        WHERE e.log_id = log AND e.aggregate_type = f.aggregate_type AND e.aggregate_id = f.aggregate_id
          AND e.sequence < f.sequence ORDER BY e.sequence DESC LIMIT 1), false)) THEN
    RAISE EXCEPTION 'a sequence is not the next one' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION ledger_refuse_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR NEW.log_id <> OLD.log_id OR NEW.position < OLD.position OR NEW.revision < OLD.revision
     OR NEW.epoch < OLD.epoch OR NEW.erasures < OLD.erasures THEN
    RAISE EXCEPTION 'the head never falls' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION ledger_refuse_smaller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.size <= (SELECT max(size) FROM ledger_checkpoint WHERE log_id = NEW.log_id) THEN
    RAISE EXCEPTION 'a checkpoint must be larger than the one before' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION ledger_refuse_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR OLD.destroyed_at IS NOT NULL OR NEW.destroyed_at IS NULL
     OR NEW.log_id <> OLD.log_id OR NEW.subject_id <> OLD.subject_id THEN
    RAISE EXCEPTION 'a data key can only be destroyed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger_event
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger_command
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger_checkpoint
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_grows BEFORE INSERT ON ledger_checkpoint FOR EACH ROW EXECUTE FUNCTION ledger_refuse_smaller();
CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger_cosignature
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_no_return BEFORE UPDATE OR DELETE ON ledger_head
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_return();
CREATE TRIGGER ledger_no_revival BEFORE UPDATE OR DELETE ON subject_key
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_revival();

-- Statement triggers, those of TRUNCATE among them, are those of the table that is named: each partition gets its own.
DO $$
DECLARE
  name text;
  firing record;
BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_event', 'ledger_event_0', 'ledger_event_1', 'ledger_event_2', 'ledger_event_3',
    'ledger_event_4', 'ledger_event_5', 'ledger_event_6', 'ledger_event_7', 'ledger_command', 'ledger_checkpoint',
    'ledger_cosignature', 'ledger_head', 'subject_key']
  LOOP
    IF name LIKE 'ledger_event%' THEN
      EXECUTE format('CREATE TRIGGER ledger_no_gap AFTER INSERT ON %I REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
                      EXECUTE FUNCTION ledger_refuse_gap()', name);
    END IF;
    EXECUTE format('CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT
                    EXECUTE FUNCTION ledger_refuse_change()', name);
    FOR firing IN SELECT tgname FROM pg_trigger WHERE tgrelid = name::regclass AND NOT tgisinternal
    LOOP
      EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', name, firing.tgname);
    END LOOP;
  END LOOP;
END $$;
