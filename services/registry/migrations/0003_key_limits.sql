-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- What an API key may do. Programs of earlier migrations look for a key in sha256, and let each that
-- they find there do everything. So a key with limits has its hash elsewhere: to them it is unknown.

ALTER TABLE registry.api_key
  -- 1 reader, 2 operator, 3 admin, as ApiKeyRole in api_key.proto.
  ADD COLUMN role smallint NOT NULL DEFAULT 3 CHECK (role BETWEEN 1 AND 3),
  ADD COLUMN limited_sha256 bytea UNIQUE CHECK (octet_length(limited_sha256) = 32),
  ALTER COLUMN sha256 DROP NOT NULL,
  ADD CONSTRAINT api_key_hash_by_role CHECK (
    CASE WHEN role = 3 THEN sha256 IS NOT NULL AND limited_sha256 IS NULL
         ELSE sha256 IS NULL AND limited_sha256 IS NOT NULL END);

-- The applications that a key is bound to; one without any may use all of them. So no ON DELETE
-- CASCADE: a key whose last application went would gain the others.
CREATE TABLE registry.api_key_application (
  key_id bigint NOT NULL REFERENCES registry.api_key,
  application_key int NOT NULL REFERENCES registry.application,
  PRIMARY KEY (key_id, application_key)
);
