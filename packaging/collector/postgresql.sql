-- The tables for postgresql.conf: once, as the database's administrator, in a database of its own:
--	createdb --encoding=UTF8 --template=template0 sekisho && psql --set=ON_ERROR_STOP=1 --dbname=sekisho --file=postgresql.sql
--
-- Three roles: sekisho_owner owns the tables, and nobody logs in as it; sekisho_writer, which is rsyslog, adds records and can
-- neither read, change nor delete; sekisho_reader reads: GRANT it to people. The writer has no password but a certificate, by
-- these lines of pg_hba.conf and pg_ident.conf (collector.example: the common name in postgresql-client.pem):
--	hostssl sekisho sekisho_writer all cert map=sekisho
--	sekisho collector.example sekisho_writer
BEGIN;
CREATE ROLE sekisho_owner NOLOGIN;
CREATE ROLE sekisho_writer LOGIN;
CREATE ROLE sekisho_reader NOLOGIN;
-- A quote is doubled for this server, and a backslash is a character like others.
ALTER ROLE sekisho_writer SET standard_conforming_strings = on;

CREATE SCHEMA sekisho AUTHORIZATION sekisho_owner;
SET LOCAL ROLE sekisho_owner;

-- A record sent twice is one row. Were its hash not in the key, another terminal could take its place first, and it would be
-- thrown away for that.
CREATE TABLE sekisho.record (
	journal text NOT NULL, -- the terminal's id, h
	epoch text NOT NULL,
	sequence bigint NOT NULL,
	hash text NOT NULL, -- SHA-256 of .record, as the terminal says
	received timestamptz NOT NULL, -- by the collector's clock
	address text NOT NULL, -- that it came from
	record text NOT NULL, -- JSON, byte for byte: not jsonb, which writes it anew and knows no \u0000
	PRIMARY KEY (journal, epoch, sequence, hash)
);

-- The lines of the collector's files again, for sekisho-collector verify.
CREATE VIEW sekisho.line AS
	SELECT journal, epoch, sequence,
		to_char(received AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z" ') || address || ' [sekisho@32473 h="' || journal ||
		'" e="' || epoch || '" n="' || sequence || '" x="' || hash || '"] ' || record AS line
	FROM sekisho.record;

GRANT USAGE ON SCHEMA sekisho TO sekisho_writer, sekisho_reader;
GRANT INSERT ON sekisho.record TO sekisho_writer;
GRANT SELECT ON sekisho.record, sekisho.line TO sekisho_reader;
COMMIT;
