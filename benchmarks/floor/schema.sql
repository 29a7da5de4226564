CREATE TABLE floor_variant (id int PRIMARY KEY, price int NOT NULL);
CREATE TABLE floor_level (variant int PRIMARY KEY REFERENCES floor_variant, on_hand int NOT NULL CHECK (on_hand >= 0)) WITH (fillfactor = 50);
CREATE TABLE floor_purchase (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, total int NOT NULL);
CREATE TABLE floor_order (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, purchase bigint NOT NULL REFERENCES floor_purchase, store int NOT NULL, total int NOT NULL);
CREATE TABLE floor_line (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, part bigint NOT NULL REFERENCES floor_order, variant int NOT NULL REFERENCES floor_variant, quantity int NOT NULL, price int NOT NULL);
CREATE TABLE floor_payment (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, purchase bigint NOT NULL REFERENCES floor_purchase, amount int NOT NULL, state text NOT NULL);
INSERT INTO floor_variant SELECT n, 100 FROM generate_series(1, 1000) n;
INSERT INTO floor_level SELECT n, 1000000000 FROM generate_series(1, 1000) n;
