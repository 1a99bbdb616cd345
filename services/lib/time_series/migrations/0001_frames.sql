-- SPDX-License-Identifier: Apache-2.0
-- Schema time_series, owned and migrated by epts, read by query. docs/decisions/0001-frames.md has the reasons.

CREATE TABLE time_series.application (
  application_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE
);

CREATE TABLE time_series.endpoint (
  endpoint_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_key int NOT NULL REFERENCES time_series.application,
  endpoint_id text NOT NULL,
  UNIQUE (application_key, endpoint_id)
);

-- A named value of a series, interned. value_type: 1 number, 2 string, 3 boolean (as in query.proto).
CREATE TABLE time_series.series_value (
  value_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_key int NOT NULL REFERENCES time_series.application,
  series_name text NOT NULL,
  value_name text NOT NULL,
  value_type smallint NOT NULL CHECK (value_type BETWEEN 1 AND 3),
  UNIQUE (application_key, series_name, value_name, value_type)
);

-- Which slot of a frame's arrays is which value: number_keys[i] is the value_key of frame.numbers[i] (numbers, and
-- booleans as 0 and 1), text_keys[i] that of frame.texts[i]. Both in ascending order. digest: SHA-256 over the text
-- '<number keys>|<text keys>', each separated by commas ('3,7,12|9'), because an index cannot hold long arrays.
CREATE TABLE time_series.layout (
  layout_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_key int NOT NULL REFERENCES time_series.application,
  number_keys int[] NOT NULL,
  text_keys int[] NOT NULL,
  digest bytea NOT NULL,
  UNIQUE (application_key, digest)
);

-- Which layouts an endpoint ever used: what series it has, and where a query must look.
CREATE TABLE time_series.endpoint_layout (
  endpoint_key int NOT NULL REFERENCES time_series.endpoint,
  layout_key int NOT NULL REFERENCES time_series.layout,
  PRIMARY KEY (endpoint_key, layout_key)
);

-- All values taken from one sample at one instant. Samples of other layouts at the same instant are rows of their own;
-- where two rows hold the same value, the higher seq is the later write and wins.
-- seq: (position of the message in the stream) * 2^20 + (index of the sample within the message).
-- replaced: how many earlier samples of this layout and instant the row has replaced, NULL for none. The writer tells an
-- update from an insert by it, because xmax cannot be read through a partitioned table.
-- Partitions: one a week, from Monday 00:00 UTC, named frame_pYYYYMMDD, made by epts. No default partition: rows in it
-- would keep the real one from being made.
CREATE TABLE time_series.frame (
  endpoint_key int NOT NULL,
  layout_key int NOT NULL,
  time timestamptz NOT NULL,
  seq bigint NOT NULL,
  numbers float8[],
  texts text[],
  replaced int,
  PRIMARY KEY (endpoint_key, time, layout_key)
) PARTITION BY RANGE (time);

-- Accepted and not storable. One row a sample, however many of its values were refused. rejected_at is PostgreSQL's own
-- time and decides what expires: received_at is as right as the receiver's clock.
CREATE TABLE time_series.rejected_sample (
  application_key int NOT NULL REFERENCES time_series.application,
  endpoint_id text NOT NULL,
  received_at timestamptz NOT NULL,
  seq bigint NOT NULL,
  app_version_name text NOT NULL,
  reason text NOT NULL,
  detail text NOT NULL,
  partly_stored boolean NOT NULL,
  sample bytea NOT NULL,
  sample_cut boolean NOT NULL,
  rules_version bigint NOT NULL,
  correlation_id text NOT NULL,
  rejected_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (application_key, endpoint_id, received_at, seq)
);
CREATE INDEX ON time_series.rejected_sample (application_key, received_at, seq);
CREATE INDEX ON time_series.rejected_sample (rejected_at);

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'query') THEN
    GRANT USAGE ON SCHEMA time_series TO query;
    GRANT SELECT ON ALL TABLES IN SCHEMA time_series TO query;
    ALTER DEFAULT PRIVILEGES IN SCHEMA time_series GRANT SELECT ON TABLES TO query;
  END IF;
END $$;
