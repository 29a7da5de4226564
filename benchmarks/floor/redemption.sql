\set n :n + 1
\set v :n * 16 + :client_id
BEGIN;
UPDATE bare_used SET state = 'performed', used = used + 1 WHERE id = :v AND state = 'accepted';
INSERT INTO bare_posted (reference, at) VALUES (:v, now());
INSERT INTO bare_entry (posted, account, amount) VALUES (:v, 1, 4000), (:v, 2, -4000);
COMMIT;
