-- What happened. Ids grow with time, so that each index is in the order of time, and what is too old is at its beginning.
-- `cause`: 0 for somebody who has shown who they are, 1 for strangers who named a person or client, 2 for others.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  user_id TEXT,
  client_id TEXT,
  session_id INTEGER,
  cause INTEGER NOT NULL,
  v TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_kind ON events (kind);
CREATE INDEX events_of_user ON events (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX events_of_client ON events (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX events_of_session ON events (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX events_of_strangers ON events (cause) WHERE cause > 0;

-- How many there are, so that nobody has to count them.
CREATE TABLE event_counts (
  cause INTEGER PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT;
INSERT INTO event_counts (cause, n) VALUES (0, 0), (1, 0), (2, 0);
CREATE TRIGGER event_comes AFTER INSERT ON events BEGIN
  UPDATE event_counts SET n = n + 1 WHERE cause = new.cause;
END;
CREATE TRIGGER event_goes AFTER DELETE ON events BEGIN
  UPDATE event_counts SET n = n - 1 WHERE cause = old.cause;
END;
