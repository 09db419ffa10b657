-- A session keeps the proofs that its person gave. Until now there was one method.
UPDATE sessions SET v = json_remove(
  json_set(v, '$.proofs', json_array(json_object(
    'method', 'password', 'amr', json_extract(v, '$.amr'), 'at', json_extract(v, '$.auth_time')))),
  '$.auth_time', '$.acr', '$.amr');
