-- SPDX-License-Identifier: Apache-2.0
-- The roles of the services and their database; may be run again at any time.
--   psql -U postgres -d postgres -v database=millrace -f roles.sql
-- Roles get no password here: set one (\password epts) where connections come over TCP.
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I LOGIN', name)
  FROM unnest(ARRAY['registry', 'epts', 'query']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

-- Whoever else shall read gets the views of time_series, in a role of their own: docs/sql.md.
-- Belt and braces: query has no right to write either.
ALTER ROLE query SET default_transaction_read_only = on;

-- Locale C: the API promises orders by name that are the same on every machine.
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C''', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
-- CREATE: registry and epts make and migrate the schema they own.
GRANT CONNECT, CREATE ON DATABASE :"database" TO registry;
-- TEMPORARY: epts writes through a staging table.
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE :"database" TO epts;
GRANT CONNECT ON DATABASE :"database" TO query;
