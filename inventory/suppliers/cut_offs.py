"""Hours in which a biller takes nothing, whichever supplier passes it on."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class CutOff:
    """No orders between these times of day (Jakarta); it may pass midnight."""

    closed_from: time
    closed_until: time


# One supplier documents it with the code that it answers then: PLN receives no request
# from 11 PM until 1 AM (GMT+7).
ELECTRICITY = CutOff(time(23, 0), time(1, 0))
