-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- Dashboards of applications: documents, which the registry checks and keeps. Programs of earlier
-- migrations know nothing of them and do them no harm.

CREATE TABLE registry.dashboard (
  dashboard_id uuid PRIMARY KEY,
  application_key int NOT NULL REFERENCES registry.application,
  title text COLLATE "C" NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
  -- Grows with every change.
  version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
  -- millrace.registry.v1.Dashboard, serialized, with nothing but its widgets.
  widgets bytea NOT NULL CHECK (octet_length(widgets) <= 262144),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- Name of the API key that made the newest change.
  updated_by text NOT NULL
);
-- For pages of one application in order of title, and to count them.
CREATE INDEX ON registry.dashboard (application_key, title, dashboard_id);
