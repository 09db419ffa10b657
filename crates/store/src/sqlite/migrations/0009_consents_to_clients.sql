-- A list of the consents to one client goes on where its last page ended.
CREATE INDEX consents_to_client ON consents (client_id, user_id);
