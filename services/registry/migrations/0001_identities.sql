-- SPDX-License-Identifier: Apache-2.0
-- Schema registry, owned and migrated by the service registry; nobody else reads or writes it.
-- Names are compared byte by byte (COLLATE "C"), so that pages come in the same order everywhere.

CREATE TABLE registry.application (
  application_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9_-]{1,63}$'),
  display_name text NOT NULL CHECK (char_length(display_name) <= 200),
  auto_extract boolean NOT NULL,
  -- Grows with every change of the series rules.
  rules_version bigint NOT NULL DEFAULT 1 CHECK (rules_version > 0),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Devices name the version in their path, without the application: unique in the server.
CREATE TABLE registry.app_version (
  app_version_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_key int NOT NULL REFERENCES registry.application,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9_-]{1,63}$'),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- For pages of one application, and so that an endpoint's version is one of its application.
  UNIQUE (application_key, name),
  UNIQUE (application_key, app_version_key)
);

CREATE TABLE registry.endpoint (
  endpoint_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_key int NOT NULL,
  app_version_key int NOT NULL,
  endpoint_id text COLLATE "C" NOT NULL UNIQUE CHECK (endpoint_id ~ '^[A-Za-z0-9._~-]{1,128}$'),
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (application_key, app_version_key)
    REFERENCES registry.app_version (application_key, app_version_key),
  UNIQUE (application_key, endpoint_id),
  UNIQUE (application_key, endpoint_key)
);

-- Never the token itself, only its SHA-256. Revoked tokens stay: their text must not come back.
-- state: 1 inactive (never used), 2 active, 3 suspended, 4 revoked, as TokenState in registry.proto.
CREATE TABLE registry.token (
  token_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_key int NOT NULL,
  endpoint_key bigint NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
  created_at timestamptz NOT NULL DEFAULT now(),
  state_changed_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (application_key, endpoint_key)
    REFERENCES registry.endpoint (application_key, endpoint_key),
  UNIQUE (application_key, sha256)
);
CREATE INDEX ON registry.token (endpoint_key, token_id);

CREATE TABLE registry.api_key (
  key_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  sha256 bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- NULL while the key is valid.
  revoked_at timestamptz
);
CREATE UNIQUE INDEX ON registry.api_key (name) WHERE revoked_at IS NULL;
