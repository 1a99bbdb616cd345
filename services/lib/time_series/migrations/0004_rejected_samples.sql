-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- What a rejected sample needs to be mended and sent again: docs/rejected-samples.md, docs/decisions/0013-replay.md.

-- path, value: where in the sample the first value is that was refused, and that value as sent, cut after 256 bytes;
-- both empty where the sample as a whole was refused. sample_count: how many samples the row stands for, more than 1
-- where an upload was refused as a whole and `sample` is all of it. content_type: as in the message; empty: JSON.
ALTER TABLE time_series.rejected_sample
  ADD COLUMN path text NOT NULL DEFAULT '',
  ADD COLUMN value bytea NOT NULL DEFAULT '',
  ADD COLUMN sample_count int NOT NULL DEFAULT 1,
  ADD COLUMN content_type text NOT NULL DEFAULT '';

CREATE INDEX ON time_series.rejected_sample (application_key, reason, received_at, seq);

-- For people. Samples are what devices sent: bytes, usually UTF-8. Those that are not are shown with \ooo in their place.
CREATE FUNCTION time_series.readable(bytes bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN convert_from(bytes, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
  RETURN encode(bytes, 'escape');
END $$;

CREATE VIEW time_series.rejected AS
SELECT a.name AS application,
       r.endpoint_id,
       r.received_at,
       r.reason,
       r.detail,
       r.path,
       time_series.readable(r.value) AS value,
       r.partly_stored,
       time_series.readable(r.sample) AS sample,
       r.sample_cut,
       r.sample_count,
       r.app_version_name AS app_version,
       r.rules_version,
       r.correlation_id,
       r.rejected_at
  FROM time_series.rejected_sample r
  JOIN time_series.application a ON a.application_key = r.application_key;

COMMENT ON VIEW time_series.rejected IS
  'Samples that were accepted and could not be stored, wholly or in part. Ask with application and received_at.';

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'query') THEN
    GRANT SELECT ON time_series.rejected TO query;
  END IF;
END $$;
