-- The bare sale of one piece: one row counts, one row remembers.
BEGIN;
UPDATE floor_sale SET held = held + 1 WHERE id = 1 AND held + 1 <= allotted;
INSERT INTO floor_sold (sale, quantity, at) VALUES (1, 1, now());
END;
