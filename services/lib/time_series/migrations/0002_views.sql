-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- What is stored, with its names, for people who ask in SQL: docs/sql.md. No program of ours reads these.

-- The series of each endpoint, and the type of each of their values.
CREATE VIEW time_series.series AS
SELECT DISTINCT
       a.name AS application,
       e.endpoint_id,
       v.series_name AS series,
       v.value_name,
       CASE v.value_type WHEN 1 THEN 'number' WHEN 2 THEN 'string' ELSE 'boolean' END AS value_type
  FROM time_series.application a
  JOIN time_series.endpoint e ON e.application_key = a.application_key
  JOIN time_series.endpoint_layout x ON x.endpoint_key = e.endpoint_key
  JOIN time_series.layout l ON l.layout_key = x.layout_key
 CROSS JOIN LATERAL unnest(l.number_keys || l.text_keys) AS k (value_key)
  JOIN time_series.series_value v
    ON v.application_key = a.application_key AND v.value_key = k.value_key;

-- Each value of each point. Of several rows of one instant that hold a value, the one with the highest seq counts, also
-- where the value's type was changed between them: DISTINCT ON and the last column of its order.
--
-- All conditions on the five columns of DISTINCT ON reach the tables beneath. GROUP BY keeps the names from being
-- planned together with the frames: they are looked up first, once, and then each value of an endpoint is one range of
-- the primary key, in the partitions that the condition on time leaves. The condition on the layout is hidden from the
-- index by array_position, as a list of keys would make one scan of the range for each of them.
CREATE VIEW time_series.data_point AS
SELECT DISTINCT ON (f.time, s.application, s.endpoint_id, s.series, s.value_name)
       s.application,
       s.endpoint_id,
       s.series,
       s.value_name,
       f.time,
       f.numbers[s.number_slots[p.place]] AS number,
       f.numbers[s.boolean_slots[p.place]] <> 0 AS boolean,
       f.texts[s.text_slots[p.place]] AS string
  FROM (SELECT a.name AS application,
               e.endpoint_id,
               v.series_name AS series,
               v.value_name,
               e.endpoint_key,
               -- One place each for a layout that has the value; its slot is in the list of the value's type.
               array_agg(l.layout_key) AS layout_keys,
               array_agg(CASE WHEN v.value_type = 1 THEN k.slot END) AS number_slots,
               array_agg(CASE WHEN v.value_type = 3 THEN k.slot END) AS boolean_slots,
               array_agg(CASE WHEN v.value_type = 2 THEN k.slot - cardinality(l.number_keys) END) AS text_slots
          FROM time_series.application a
          JOIN time_series.endpoint e ON e.application_key = a.application_key
          JOIN time_series.endpoint_layout x ON x.endpoint_key = e.endpoint_key
          JOIN time_series.layout l ON l.layout_key = x.layout_key
         CROSS JOIN LATERAL unnest(l.number_keys || l.text_keys) WITH ORDINALITY AS k (value_key, slot)
          JOIN time_series.series_value v
            ON v.application_key = a.application_key AND v.value_key = k.value_key
         GROUP BY a.name, e.endpoint_id, v.series_name, v.value_name, e.endpoint_key) AS s
  JOIN time_series.frame f ON f.endpoint_key = s.endpoint_key
 CROSS JOIN LATERAL (SELECT array_position(s.layout_keys, f.layout_key) AS place) AS p
 WHERE p.place IS NOT NULL
 ORDER BY f.time, s.application, s.endpoint_id, s.series, s.value_name, f.seq DESC;

COMMENT ON VIEW time_series.series IS 'The series of each endpoint, and the type of each of their values.';
COMMENT ON VIEW time_series.data_point IS
  'Each value of each point; number, boolean and string are all NULL where null was sent. Ask with application, endpoint_id and time.';

-- Who reads a view needs no right to the tables beneath it.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'query') THEN
    GRANT SELECT ON time_series.series, time_series.data_point TO query;
  END IF;
END $$;
