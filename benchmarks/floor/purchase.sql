-- The bare SQL of a purchase of two lines from two stores in ten statements.
\set one random(1, :goods)
\set two 1 + (:one + 1) % :goods
BEGIN;
SELECT v.id, v.price, l.on_hand FROM floor_variant v JOIN floor_level l ON l.variant = v.id WHERE v.id IN (:one, :two);
UPDATE floor_level SET on_hand = on_hand - 1 WHERE variant = least(:one, :two) AND on_hand >= 1;
UPDATE floor_level SET on_hand = on_hand - 1 WHERE variant = greatest(:one, :two) AND on_hand >= 1;
INSERT INTO floor_purchase (email, total) VALUES ('a@example.org', 200) RETURNING id AS purchase \gset
INSERT INTO floor_order (purchase, store, total) VALUES (:purchase, 1, 100) RETURNING id AS first \gset
INSERT INTO floor_order (purchase, store, total) VALUES (:purchase, 2, 100) RETURNING id AS second \gset
INSERT INTO floor_line (part, variant, quantity, price) VALUES (:first, :one, 1, 100), (:second, :two, 1, 100);
INSERT INTO floor_payment (purchase, amount, state) VALUES (:purchase, 200, 'captured');
END;
