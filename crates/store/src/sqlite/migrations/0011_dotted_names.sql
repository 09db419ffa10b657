-- The Turkish capital i with a dot is an i in names: who has one is found by the new key as well.
INSERT OR IGNORE INTO names (key, user_id)
SELECT replace(key, 'i' || char(775), 'i'), user_id FROM names
WHERE key NOT LIKE 'looks:%' AND instr(key, 'i' || char(775)) > 0;
