"""The sale that `make bench` compares ours with writes the same rows."""

import random
import re
from pathlib import Path

import psycopg

from payments.models import Order, Payment, PaymentMethod
from ppob.kit.scope import tenant_scope
from ppob.local import paths
from tests.bench import worker
from tests.bench.world import make_store

SCRIPT = (Path(worker.__file__).parent / "sale.sql").read_text()
COUNTS = """
SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = 'public' AND relkind = 'r' AND relname ~ '^(payments|inventory)_'
"""


def run_script(connection, values):
    """The script once, as pgbench runs it: variables, and results kept in them."""
    known = dict(values)
    for name, text in re.findall(r"^\\set (\w+) (.+)$", SCRIPT, re.MULTILINE):
        known[name] = int(eval(_filled(text, known), {"random": random.randint}))
    statements = re.sub(r"^\\set.*\n", "", SCRIPT, flags=re.MULTILINE)
    for statement in re.split(r";\n|\\gset\n", statements):
        if not statement.strip():
            continue
        found = connection.execute(_filled(statement, known, quoted=True))
        if "RETURNING" in statement:
            names = [column.name for column in found.description]
            known |= zip(names, found.fetchone(), strict=True)


def _filled(text, known, *, quoted=False):
    def value(name):
        found = known[name[1]]
        return f"'{found}'" if quoted and not isinstance(found, int) else str(found)

    return re.sub(r"(?<!:):([a-z_]+)", value, text)


def rows_by_table(connection):
    tables = [name for (name,) in connection.execute(COUNTS)]
    return {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in tables
    }


def written(connection, work):
    before = rows_by_table(connection)
    work()
    after = rows_by_table(connection)
    return {name: n - before[name] for name, n in after.items() if n > before[name]}


def sell(store):
    seller = worker.Seller(store, 0, only_places=False)
    with tenant_scope(store.tenant):
        method = PaymentMethod.objects.get(pk=store.method)
        worker.finish(seller.place(method))


def test_a_sale_in_sql_writes_what_ours_writes(db, superuser):
    store = make_store("yardstick", codes=64)
    values = vars(store)
    name = superuser.info.dbname
    url = paths.database_url("app", name).replace("postgres://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as connection:
        in_sql = written(superuser, lambda: run_script(connection, values))

    ours = written(superuser, lambda: sell(store))

    assert in_sql == ours
    assert sum(ours.values()) > 10
    assert Order.across_tenants.count() == Payment.across_tenants.count() == 2
