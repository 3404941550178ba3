\set bucket random(0, 15)
\set product random(1, :products)
WITH picked AS (
    SELECT id FROM bench.item
    WHERE product = :product AND bucket = :bucket AND status = 0
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE bench.item SET status = 1 FROM picked WHERE item.id = picked.id
    RETURNING item.id
), placed AS (
    INSERT INTO bench.purchase (item, total) SELECT id, 10000 FROM taken RETURNING id
), booked AS (
    INSERT INTO bench.posting (purchase, amount)
    SELECT id, amount FROM placed CROSS JOIN (VALUES (10000), (-10000)) AS two (amount)
)
INSERT INTO bench.trail (purchase, deed) SELECT id, 'placed' FROM placed;
