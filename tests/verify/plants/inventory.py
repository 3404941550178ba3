"""Wrong codes, holds and movements."""

from tests.verify.plants.moments import LONG_AGO

PLANTS = {
    "code_sold_once": [
        "ALTER TABLE inventory_stockitem DROP CONSTRAINT item_code_once",
        "UPDATE inventory_stockitem SET code_hash = 'same', product_id ="
        " (SELECT min(id) FROM catalog_product), status = 'sold',"
        " holder = gen_random_uuid()",
    ],
    "hold_has_its_codes": [
        "UPDATE inventory_stockitem SET status = 'free', holder = NULL"
        " WHERE status = 'held'"
    ],
    "hold_ends_in_time": [
        f"UPDATE inventory_hold SET expires_at = {LONG_AGO} WHERE status = 'active'"
    ],
    "stock_equals_movements": [
        "UPDATE inventory_stockmovement SET on_hand = on_hand + 1 WHERE id ="
        " (SELECT min(id) FROM inventory_stockmovement)"
    ],
}
