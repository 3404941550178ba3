"""All faults, by what they would hurt."""

from dataclasses import replace

from tests.mutants.faults.bills import BILLS
from tests.mutants.faults.buying_more import BUYING_MORE
from tests.mutants.faults.deadlines import DEADLINES
from tests.mutants.faults.deposits import DEPOSITS
from tests.mutants.faults.door import DOOR
from tests.mutants.faults.edge import EDGE
from tests.mutants.faults.forms import FORMS
from tests.mutants.faults.iak import IAK
from tests.mutants.faults.incoming import INCOMING
from tests.mutants.faults.messages import MESSAGES
from tests.mutants.faults.others_discord import OTHERS_DISCORD
from tests.mutants.faults.others_money import OTHERS_MONEY
from tests.mutants.faults.others_stock import OTHERS_STOCK
from tests.mutants.faults.outgoing import OUTGOING
from tests.mutants.faults.people import PEOPLE
from tests.mutants.faults.prices import PRICES
from tests.mutants.faults.receipts import RECEIPTS
from tests.mutants.faults.resellers import RESELLERS
from tests.mutants.faults.scarcity import SCARCITY
from tests.mutants.faults.staff import STAFF
from tests.mutants.faults.stock import STOCK
from tests.mutants.faults.suppliers import SUPPLIERS
from tests.mutants.faults.ticket_channels import TICKET_CHANNELS
from tests.mutants.faults.topups import TOPUPS
from tests.mutants.faults.uploads import UPLOADS
from tests.mutants.faults.walls import WALLS
from tests.mutants.faults.wire import WIRE
from tests.mutants.mutant import Mutant

_AREAS: dict[str, tuple[Mutant, ...]] = {
    "money": (*INCOMING, *OUTGOING, *DEADLINES, *RECEIPTS, *SCARCITY, *PRICES),
    "stock": (*STOCK, *TOPUPS, *DEPOSITS, *UPLOADS, *BILLS),
    "owner": (*OTHERS_MONEY, *OTHERS_STOCK, *OTHERS_DISCORD),
    "wall": WALLS,
    "wire": (*WIRE, *SUPPLIERS, *IAK, *RESELLERS),
    "message": (*MESSAGES, *TICKET_CHANNELS, *BUYING_MORE),
    "form": FORMS,
    "people": (*PEOPLE, *STAFF),
    "door": DOOR,
    "edge": EDGE,
}

MUTANTS: tuple[Mutant, ...] = tuple(
    replace(mutant, area=area) for area, mutants in _AREAS.items() for mutant in mutants
)
