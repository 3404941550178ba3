\set bucket random(0, 15)
\set customer :first_customer + random(0, :customers - 1)
\set product :first_product + random(0, :products - 1)
BEGIN;
SELECT set_config('app.tenant_id', :tenant::text, true);
INSERT INTO payments_order (tenant_id, public_id, code, request_key, customer_id, status, total, reserved, refunded, created_at, expires_at)
VALUES (:tenant, gen_random_uuid(), left(md5(random()::text), 8), gen_random_uuid()::text, :customer, 'awaiting_payment', 10000, 0, 0, now(), now() + interval '1 hour')
RETURNING id AS order_id \gset
INSERT INTO payments_orderline (tenant_id, public_id, order_id, product_id, kind, destination, product_name, quantity, unit_price, unit_cost)
VALUES (:tenant, gen_random_uuid(), :order_id, :product, 'code', '', 'Hot', 1, 10000, 0)
RETURNING id AS line_id, public_id AS holder \gset
WITH picked AS (
    SELECT id FROM inventory_stockitem WHERE product_id = :product AND status = 'free'
    AND bucket = :bucket ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE inventory_stockitem item SET status = 'held', holder = :holder::uuid
FROM picked WHERE item.id = picked.id RETURNING item.id AS item_id, item.public_id AS item \gset
INSERT INTO inventory_hold (tenant_id, holder, product_id, quantity, status, expires_at, created_at)
VALUES (:tenant, :holder::uuid, :product, 1, 'active', now() + interval '1 hour', now()) RETURNING id AS hold_id \gset
INSERT INTO inventory_stockmovement (tenant_id, product_id, kind, available, on_hand, holder, actor, at)
VALUES (:tenant, :product, 'held', -1, 0, :holder::uuid, 'bench', now());
INSERT INTO payments_orderevent (tenant_id, order_id, source, target, actor, reason, at)
VALUES (:tenant, :order_id, '', 'awaiting_payment', 'bench', '', now());
INSERT INTO payments_payment (tenant_id, public_id, order_id, method_id, reference, gateway_reference, status, amount, from_balance, unique_code, reserves_amount, instructions, pay_url, created_at, expires_at)
VALUES (:tenant, gen_random_uuid(), :order_id, :method, gen_random_uuid()::text, '', 'pending', 10000, false, 0, false, '{}', '', now(), now() + interval '1 hour')
RETURNING id AS payment_id \gset
COMMIT;
BEGIN;
SELECT set_config('app.tenant_id', :tenant::text, true);
SELECT id FROM payments_order WHERE id = :order_id FOR UPDATE;
INSERT INTO payments_receipt (tenant_id, payment_id, key, transaction, amount, taken_back, received_at, recorded_at, recorded_by)
VALUES (:tenant, :payment_id, 'paid', '', 10000, 0, now(), now(), 'bench');
UPDATE payments_payment SET status = 'settled', settled_at = now() WHERE id = :payment_id AND status = 'pending';
INSERT INTO payments_paymentevent (tenant_id, payment_id, source, target, actor, at)
VALUES (:tenant, :payment_id, 'pending', 'settled', 'bench', now());
UPDATE payments_order SET status = 'paid', paid_at = now() WHERE id = :order_id AND status = 'awaiting_payment';
UPDATE inventory_hold SET expires_at = now() + interval '1 year' WHERE id = :hold_id AND status = 'active';
INSERT INTO payments_orderevent (tenant_id, order_id, source, target, actor, reason, at)
VALUES (:tenant, :order_id, 'awaiting_payment', 'paid', 'bench', '', now());
INSERT INTO payments_ledgerentry (tenant_id, kind, source, number, order_id, at) VALUES (:tenant, 'settled', :payment_id::text, 1, :order_id, now()) RETURNING id AS entry_id \gset
INSERT INTO payments_ledgerposting (tenant_id, entry_id, account_id, amount)
VALUES (:tenant, :entry_id, :clearing, 10000), (:tenant, :entry_id, :held, -10000);
COMMIT;
BEGIN;
SELECT set_config('app.tenant_id', :tenant::text, true);
SELECT id FROM payments_order WHERE id = :order_id FOR UPDATE;
UPDATE inventory_stockitem SET status = 'sold' WHERE id = :item_id AND status = 'held';
UPDATE inventory_hold SET status = 'consumed' WHERE id = :hold_id AND status = 'active';
INSERT INTO inventory_stockmovement (tenant_id, product_id, kind, available, on_hand, holder, actor, at)
VALUES (:tenant, :product, 'sold', 0, -1, :holder::uuid, 'bench', now());
INSERT INTO payments_delivery (tenant_id, line_id, unit_no, item, delivered_at, reveals)
VALUES (:tenant, :line_id, 1, :item::uuid, now(), 0);
UPDATE payments_order SET status = 'delivered', delivered_at = now() WHERE id = :order_id AND status = 'paid';
INSERT INTO payments_orderevent (tenant_id, order_id, source, target, actor, reason, at)
VALUES (:tenant, :order_id, 'paid', 'delivering', 'bench', '', now()), (:tenant, :order_id, 'delivering', 'delivered', 'bench', '', now());
INSERT INTO payments_ledgerentry (tenant_id, kind, source, number, order_id, at) VALUES (:tenant, 'sale', :order_id::text, 1, :order_id, now()) RETURNING id AS entry_id \gset
INSERT INTO payments_ledgerposting (tenant_id, entry_id, account_id, amount)
VALUES (:tenant, :entry_id, :held, 10000), (:tenant, :entry_id, :sales, -10000);
COMMIT;
