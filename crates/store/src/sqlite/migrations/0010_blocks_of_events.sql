-- Events are found by blocks: one row for up to 64 events instead of five index entries for each. A new store sorts
-- what is there into blocks later, in steps.
DROP TRIGGER event_goes;
DROP INDEX events_of_kind;
DROP INDEX events_of_user;
DROP INDEX events_of_client;
DROP INDEX events_of_session;
DROP INDEX events_of_cause;
DROP TABLE events_sorted;
ALTER TABLE events DROP COLUMN sorted;
UPDATE event_counts SET n = 0;

-- The kinds that there are. Each of the first 63 has a bit of its own in `kinds` of a block, by its id from 0.
CREATE TABLE event_kinds (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL UNIQUE
) STRICT;

-- The events between two ids, how many there are by their cause, and what they can be found by.
CREATE TABLE event_blocks (
  last INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  kinds INTEGER NOT NULL,
  proven INTEGER NOT NULL,
  strangers INTEGER NOT NULL,
  nameless INTEGER NOT NULL,
  ordinary INTEGER NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE INDEX event_blocks_of_strangers ON event_blocks (last) WHERE strangers + nameless > 0;
