DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE TABLE bench.item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product int NOT NULL, bucket int NOT NULL, status int NOT NULL
);
INSERT INTO bench.item (product, bucket, status)
SELECT 1 + number % {products}, (number / {products}) % 16, 0
FROM generate_series(1, {items}) AS number;
CREATE INDEX ON bench.item (product, bucket, id) WHERE status = 0;
CREATE TABLE bench.purchase (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item bigint, total bigint
);
CREATE TABLE bench.posting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, purchase bigint, amount bigint
);
CREATE TABLE bench.trail (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, purchase bigint, deed text
);
GRANT USAGE ON SCHEMA bench TO ppob_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA bench TO ppob_app;
ANALYZE bench.item;
