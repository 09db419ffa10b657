-- "Sgnt": by this a file is known for a store of Signet, and no other file is taken for one.
PRAGMA application_id = 1399287412;

-- Where a column and the JSON in `v` name the same thing, the column is right: it is what statements change.
-- Times are seconds since 1970, 0 for never. Token ids grow, so new rows share their pages; no token table has a second index,
-- because random page writes are what bounds this store.

-- `life`: as in client_lives.
CREATE TABLE clients (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  life INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Clients that are written in the configuration. What was granted to a client is so for one life of it: from when it
-- is stored until it is deleted, or from when it begins until it ends. So ending it is one row, however much was granted.
CREATE TABLE client_lives (
  client_id TEXT PRIMARY KEY,
  life INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lives that are over, and whose consents were not all deleted yet.
CREATE TABLE ended_lives (
  client_id TEXT NOT NULL,
  life INTEGER NOT NULL,
  PRIMARY KEY (client_id, life)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER stored_client_ends AFTER DELETE ON clients BEGIN
  INSERT INTO ended_lives (client_id, life) VALUES (old.id, old.life) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER configured_client_ends AFTER DELETE ON client_lives BEGIN
  INSERT INTO ended_lives (client_id, life) VALUES (old.client_id, old.life) ON CONFLICT DO NOTHING;
END;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- By what people are found: made of usernames and verified addresses by the core, several for each person.
CREATE TABLE names (
  key TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (key, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_of_user ON names (user_id);

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  user_id TEXT NOT NULL,
  root INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_of_chain ON sessions (root);

CREATE TABLE consents (
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  life INTEGER,
  expires_at INTEGER NOT NULL,
  v TEXT NOT NULL,
  PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_of_client ON consents (client_id, life);
CREATE INDEX consents_by_end ON consents (expires_at) WHERE expires_at > 0;

-- `until` is the latest end of anything minted under the grant (and up to a day more), 9223372036854775807 when something has none.
-- `life` is that of its client, none when the client was neither stored nor written in the configuration.
CREATE TABLE grants (
  id INTEGER PRIMARY KEY,
  user_id TEXT,
  client_id TEXT NOT NULL,
  life INTEGER,
  session_id INTEGER,
  offline INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT;
CREATE INDEX grants_of_user ON grants (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE codes (
  id INTEGER PRIMARY KEY,
  hash BLOB,
  grant_id INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  used INTEGER NOT NULL,
  max_usage INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT;

CREATE TABLE access_tokens (
  id INTEGER PRIMARY KEY,
  hash BLOB,
  grant_id INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  used INTEGER NOT NULL,
  max_usage INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT;

CREATE TABLE refresh_tokens (
  id INTEGER PRIMARY KEY,
  hash BLOB,
  grant_id INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  used INTEGER NOT NULL,
  max_usage INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT;

-- JWT ids that were seen, and requests of people that were answered, as 16 bytes of SHA-256 over issuer and id, so that nobody chooses how long a row is.
CREATE TABLE seen (
  hash BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_end ON seen (expires_at) WHERE expires_at > 0;

CREATE TABLE attempts (
  key TEXT PRIMARY KEY,
  level INTEGER NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_end ON attempts (expires_at) WHERE expires_at > 0;

CREATE TABLE documents (
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Applications that registered themselves and were never used yet; they go when their time has come.
CREATE TABLE unused_clients (
  id TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX unused_clients_by_end ON unused_clients (expires_at);

-- Messages that wait to be delivered to others; `due_at` is when somebody may try, or try again.
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_by_due ON deliveries (due_at);

-- Written and emptied again to see whether anything can be written.
CREATE TABLE probe (
  id INTEGER PRIMARY KEY,
  v BLOB NOT NULL
) STRICT;
