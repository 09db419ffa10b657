-- An event is written to one place with what it tells of. Its indexes and its count come later, for many at a time.
DROP TRIGGER event_comes;
DROP TRIGGER event_goes;
DROP INDEX events_of_kind;
DROP INDEX events_of_user;
DROP INDEX events_of_client;
DROP INDEX events_of_session;
DROP INDEX events_of_strangers;
ALTER TABLE events ADD COLUMN sorted INTEGER NOT NULL DEFAULT 1;
CREATE INDEX events_of_kind ON events (kind) WHERE sorted = 1;
CREATE INDEX events_of_user ON events (user_id) WHERE sorted = 1 AND user_id IS NOT NULL;
CREATE INDEX events_of_client ON events (client_id) WHERE sorted = 1 AND client_id IS NOT NULL;
CREATE INDEX events_of_session ON events (session_id) WHERE sorted = 1 AND session_id IS NOT NULL;
CREATE INDEX events_of_cause ON events (cause) WHERE sorted = 1 AND cause > 0;

-- `cause` 3: somebody who may cause as many as they like.
INSERT INTO event_counts (cause, n) VALUES (3, 0);
CREATE TRIGGER event_goes AFTER DELETE ON events WHEN old.sorted = 1 BEGIN
  UPDATE event_counts SET n = n - 1 WHERE cause = old.cause;
END;

-- All up to this id are sorted.
CREATE TABLE events_sorted (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  up_to INTEGER NOT NULL
) STRICT;
INSERT INTO events_sorted (one, up_to) SELECT 1, coalesce(max(id), 0) FROM events;
