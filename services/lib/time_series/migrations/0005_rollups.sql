-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- Rollups: what the frames of an hour come to, so that long ranges need not read them.
-- docs/decisions/0019-rollups.md has the reasons, and why an answer from them is the one from the frames.
-- Hours, here, are whole hours since 1970-01-01 00:00 UTC.

-- An hour of an endpoint. Hours without a row are read as frames, so none is ever missing. value_keys: the numbers and
-- booleans that the hour has, ascending. summaries: for each of them four records, one a quarter of an hour
-- (lib/time_series/rollup_record.h). EXTERNAL: not compressed, so that one value's records are read alone.
CREATE TABLE time_series.rollup (
  endpoint_key int NOT NULL,
  hour int NOT NULL,
  value_keys int[] NOT NULL,
  summaries bytea NOT NULL,
  PRIMARY KEY (endpoint_key, hour)
) WITH (toast_tuple_target = 8160);
ALTER TABLE time_series.rollup ALTER COLUMN summaries SET STORAGE EXTERNAL;

-- One row. Whoever changes frames of hours before sealed_until leaves a mark; NULL: nobody has to, and there are no
-- rollups that count. voided_at: when they were last given up as a whole.
CREATE TABLE time_series.rollup_state (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  sealed_until int,
  voided_at timestamptz
);
INSERT INTO time_series.rollup_state DEFAULT VALUES;

-- Hours whose frames were changed after they were sealed: their rollups do not count until they are built again.
-- endpoint_key 0: those of all endpoints.
CREATE TABLE time_series.rollup_mark (
  endpoint_key int NOT NULL,
  first_hour int NOT NULL,
  last_hour int NOT NULL,
  CHECK (first_hour <= last_hour)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX ON time_series.rollup_mark (endpoint_key, first_hour);

-- A partition of frame that has rollups, or is about to. Those of a week count only while its partition is attached and
-- is the one they were built from; partition 0: they are being deleted. Hours of the week before done_until are built of
-- all endpoints, those from there to next_until of endpoints up to behind_endpoint.
CREATE TABLE time_series.rollup_week (
  first_hour int PRIMARY KEY,
  partition oid NOT NULL,
  done_until int NOT NULL,
  next_until int NOT NULL,
  behind_endpoint int NOT NULL DEFAULT 0
);

-- From here to its end the transaction marks what it changes of hours before the one returned; NULL: nothing needs a
-- mark. The seal cannot move meanwhile: who moves it takes the lock alone. Two statements, because the second one's
-- snapshot must be later than the lock.
CREATE FUNCTION time_series.begin_marking() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  seal int;
  ignored text;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'cannot read the seal of rollups: the transaction is %, and has to be READ COMMITTED',
      current_setting('transaction_isolation');
  END IF;
  -- Assigned, because PERFORM would make a statement of each.
  ignored := pg_advisory_xact_lock_shared(hashtextextended('millrace seal of rollups', 0))::text;
  ignored := set_config('millrace.marks_rollups', 'on', true);
  SELECT sealed_until INTO seal FROM time_series.rollup_state;
  RETURN seal;
END $$;

-- For those who do not know of marks: earlier versions of epts, people. Nobody can tell what they are about to change.
CREATE FUNCTION time_series.void_rollups() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- A transaction that cannot be told the seal leaves the mark in any case.
  IF (CASE WHEN current_setting('transaction_isolation') = 'read committed'
           THEN time_series.begin_marking() IS NOT NULL ELSE true END) THEN
    INSERT INTO time_series.rollup_mark VALUES (0, -2147483648, 2147483647);
  END IF;
  RETURN NULL;
END $$;

-- A trigger of the statement, not of rows: it costs a microsecond a statement. One of frame does not see statements that
-- name a partition, so partitions have their own.
CREATE FUNCTION time_series.watch_frames(frames regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = frames AND tgname = 'void_rollups') THEN
    EXECUTE format(
      'CREATE TRIGGER void_rollups BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT'
      ' WHEN (current_setting(''millrace.marks_rollups'', true) IS DISTINCT FROM ''on'')'
      ' EXECUTE FUNCTION time_series.void_rollups()', frames);
  END IF;
END $$;

DO $$
BEGIN
  PERFORM time_series.watch_frames('time_series.frame');
  PERFORM time_series.watch_frames(inhrelid) FROM pg_inherits WHERE inhparent = 'time_series.frame'::regclass;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'query') THEN
    GRANT SELECT ON time_series.rollup, time_series.rollup_state, time_series.rollup_mark, time_series.rollup_week
      TO query;
  END IF;
END $$;
