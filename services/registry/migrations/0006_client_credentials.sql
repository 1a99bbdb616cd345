-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- Who may connect as an MQTT client. Programs of earlier migrations know nothing of it: they answer no
-- question about it, and a receiver that asks is told nothing and keeps what it knew.

-- One row. Whoever changes something that receivers must hear of locks it, so that revisions become
-- visible in their order: who has seen one has seen all before it.
CREATE TABLE registry.client_authentication (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- Transports, as ClientTransport in client_credentials.proto: 1 TCP, 2 TLS, 3 WebSocket, 4 secure
  -- WebSocket.
  password_required int[] NOT NULL DEFAULT '{}' CHECK (password_required <@ '{1,2,3,4}'),
  certificate_required int[] NOT NULL DEFAULT '{}' CHECK (certificate_required <@ '{2,4}'),
  -- Grows with every change of the two.
  version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
  -- Grows with these, and with every suspension and revocation.
  revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
  -- Credentials that are not revoked.
  usable_credentials bigint NOT NULL DEFAULT 0 CHECK (usable_credentials >= 0),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- Name of the API key that made the newest change; empty: none yet.
  updated_by text NOT NULL DEFAULT ''
);
INSERT INTO registry.client_authentication DEFAULT VALUES;

-- state: as of registry.token. Revoked ones stay, so that a client that still uses them is told so.
CREATE TABLE registry.client_credentials (
  credentials_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Either these: never the password, only what checks it (password.h).
  user_name text COLLATE "C" CHECK (char_length(user_name) BETWEEN 1 AND 128),
  salt bytea CHECK (octet_length(salt) BETWEEN 16 AND 64),
  rounds int CHECK (rounds > 0),
  verifier bytea CHECK (octet_length(verifier) = 32),
  -- Or these, as ClientCertificate in client_credentials.proto.
  issuer text COLLATE "C" CHECK (octet_length(issuer) BETWEEN 3 AND 1024),
  serial_number text COLLATE "C" CHECK (serial_number ~ '^(0|[1-9][0-9]{0,48})$'),
  state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
  created_at timestamptz NOT NULL DEFAULT now(),
  state_changed_at timestamptz NOT NULL DEFAULT now(),
  -- To a quarter of an hour; NULL: never.
  last_used_at timestamptz,
  -- client_authentication.revision of the newest suspension or revocation; 0: there was none.
  revision bigint NOT NULL DEFAULT 0,
  CHECK (num_nulls(user_name, salt, rounds, verifier) IN (0, 4)),
  CHECK (num_nulls(issuer, serial_number) IN (0, 2)),
  CHECK (num_nonnulls(user_name, issuer) = 1)
);
CREATE UNIQUE INDEX ON registry.client_credentials (user_name)
  WHERE user_name IS NOT NULL AND state <> 4;
CREATE UNIQUE INDEX ON registry.client_credentials (issuer, serial_number)
  WHERE issuer IS NOT NULL AND state <> 4;
-- To find them by what a client shows, revoked ones too.
CREATE INDEX ON registry.client_credentials (user_name) WHERE user_name IS NOT NULL;
CREATE INDEX ON registry.client_credentials (issuer, serial_number) WHERE issuer IS NOT NULL;
-- What was suspended or revoked since a revision.
CREATE INDEX ON registry.client_credentials (revision) WHERE state IN (3, 4);
