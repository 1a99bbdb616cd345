-- SPDX-License-Identifier: Apache-2.0
-- PREPARED, NOT TRIED. Spreads the frames over the nodes of a Citus cluster, by endpoint; the few and
-- small tables of names stay on the coordinator. Once, as superuser in the database millrace, after
-- epts has made its schema and while epts is stopped.
\set ON_ERROR_STOP on

CREATE EXTENSION IF NOT EXISTS citus;
-- Citus takes no triggers, which void rollups when somebody changes frames without marking them: run
-- epts with rollups=off.
CREATE OR REPLACE FUNCTION time_series.watch_frames(frames regclass) RETURNS void LANGUAGE sql AS '';
DO $$
DECLARE
  watched regclass;
BEGIN
  FOR watched IN SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'void_rollups' LOOP
    EXECUTE format('DROP TRIGGER void_rollups ON %s', watched);
  END LOOP;
END $$;
-- Leads the primary key; partitions that epts makes later are spread as their parent is.
SELECT create_distributed_table('time_series.frame', 'endpoint_key');
