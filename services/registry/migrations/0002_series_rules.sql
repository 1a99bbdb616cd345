-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- Every version of the series rules of an application. application.rules_version names the newest;
-- application.auto_extract is a copy of what that one says, for programs of migration 1.

CREATE TABLE registry.series_rules (
  application_key int NOT NULL REFERENCES registry.application,
  version bigint NOT NULL CHECK (version > 0),
  -- millrace.configuration.v1.SeriesRules, serialized, without its version.
  rules bytea NOT NULL CHECK (octet_length(rules) <= 524288),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Name of the API key; empty: made before there was a history, or by a program of migration 1.
  created_by text NOT NULL DEFAULT '',
  comment text NOT NULL DEFAULT '' CHECK (char_length(comment) <= 200),
  PRIMARY KEY (application_key, version)
);

-- SeriesRules.auto_extract is field 2: two bytes.
INSERT INTO registry.series_rules (application_key, version, rules, created_at)
SELECT application_key, rules_version,
       CASE WHEN auto_extract THEN '\x1001'::bytea ELSE ''::bytea END, created_at
  FROM registry.application;

-- Programs of migration 1 know nothing of the history: what they make or change gets its version
-- here. They change auto_extract only, and of a field that is there twice the last one counts. Ours
-- have written the row by the end of their transaction, when this looks.
CREATE FUNCTION registry.add_missing_series_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO registry.series_rules (application_key, version, rules)
  SELECT NEW.application_key, NEW.rules_version,
         coalesce((SELECT rules FROM registry.series_rules
                    WHERE application_key = NEW.application_key AND version < NEW.rules_version
                    ORDER BY version DESC LIMIT 1), '')
         || CASE WHEN NEW.auto_extract THEN '\x1001'::bytea ELSE '\x1000'::bytea END
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER add_missing_series_rules
  AFTER INSERT OR UPDATE OF rules_version ON registry.application
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.add_missing_series_rules();
