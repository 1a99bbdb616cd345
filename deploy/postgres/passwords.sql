-- SPDX-License-Identifier: Apache-2.0
-- The passwords of the roles of roles.sql, from files; may be run again at any time.
--   psql -U postgres -d postgres -v passwords=/folder -f passwords.sql
\set ON_ERROR_STOP on

-- A statement with a password in it belongs in no log.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';

\set file :passwords '/registry.password'
\set password `cat :'file'`
ALTER ROLE registry PASSWORD :'password';

\set file :passwords '/epts.password'
\set password `cat :'file'`
ALTER ROLE epts PASSWORD :'password';

\set file :passwords '/query.password'
\set password `cat :'file'`
ALTER ROLE query PASSWORD :'password';
