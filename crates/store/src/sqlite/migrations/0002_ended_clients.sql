-- The last versions of clients that were removed: one that is stored again under its name counts on from there, so that
-- no two of one name ever have the same version. Clients that registered themselves have names that nobody has again.
CREATE TABLE ended_clients (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
