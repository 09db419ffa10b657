-- What the names of clients look like that operators added, made by the core, several for each: a client that registers itself
-- must look like none of them.
CREATE TABLE titles (
  title TEXT NOT NULL,
  client_id TEXT NOT NULL,
  PRIMARY KEY (title, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX titles_of_client ON titles (client_id);
CREATE TRIGGER client_has_no_titles AFTER DELETE ON clients BEGIN
  DELETE FROM titles WHERE client_id = old.id;
END;
