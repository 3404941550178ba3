-- The three roles of the product and their database. For psql, as a superuser, as often
-- as one likes: the embedded server runs it at every start, a container at its first.
--
--   ppob_owner     owns the tables; migrations alone use it
--   ppob_app       web, workers and bots; row-level security shows it one tenant
--   ppob_platform  work across tenants, by policies of its own
--
-- Passwords come from the environment where it has them. The embedded server has none:
-- its only door is a socket in a private folder.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

\getenv owner_password PPOB_OWNER_PASSWORD
\getenv app_password PPOB_APP_PASSWORD
\getenv platform_password PPOB_PLATFORM_PASSWORD

SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY['ppob_owner', 'ppob_app', 'ppob_platform']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

ALTER ROLE ppob_owner LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
ALTER ROLE ppob_app LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
ALTER ROLE ppob_platform LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE;

-- The second wall behind what each process asks for itself (ppob/databases.py): nobody
-- who comes in as one of these, whatever program it is, holds a lock for ever.
ALTER ROLE ppob_app SET lock_timeout = '30s';
ALTER ROLE ppob_app SET statement_timeout = '120s';
ALTER ROLE ppob_app SET idle_in_transaction_session_timeout = '120s';
ALTER ROLE ppob_platform SET lock_timeout = '30s';
ALTER ROLE ppob_platform SET statement_timeout = '120s';
ALTER ROLE ppob_platform SET idle_in_transaction_session_timeout = '120s';

\if :{?owner_password}
ALTER ROLE ppob_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
ALTER ROLE ppob_app PASSWORD :'app_password';
\endif
\if :{?platform_password}
ALTER ROLE ppob_platform PASSWORD :'platform_password';
\endif

SELECT 'CREATE DATABASE ppob'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ppob') \gexec
ALTER DATABASE ppob OWNER TO ppob_owner;

-- In the template too, so that test databases are born with the same rights.
\connect template1
SET client_min_messages = warning;
ALTER DEFAULT PRIVILEGES FOR ROLE ppob_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ppob_app, ppob_platform;
ALTER DEFAULT PRIVILEGES FOR ROLE ppob_owner
    GRANT USAGE, SELECT ON SEQUENCES TO ppob_app, ppob_platform;

\connect ppob
SET client_min_messages = warning;
ALTER DEFAULT PRIVILEGES FOR ROLE ppob_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ppob_app, ppob_platform;
ALTER DEFAULT PRIVILEGES FOR ROLE ppob_owner
    GRANT USAGE, SELECT ON SEQUENCES TO ppob_app, ppob_platform;
