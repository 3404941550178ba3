"""Blind indexes: they find the same code again without anybody reading it."""

from dataclasses import dataclass

from inventory.codes.normal import folded_form, normal_form
from security import crypto


@dataclass(frozen=True)
class Keys:
    """What a code is found by. They differ from store to store.

    `exact` stands for the normal form and decides; `folded` for the one without capital
    letters; `raw` for the code as it stands, which is what older rows have.
    """

    exact: str
    folded: str
    raw: str


def keys_of(tenant_id: int, code: str) -> Keys:
    """The keys of one code in one store."""
    normal = normal_form(code)
    exact = _key(tenant_id, normal)
    return Keys(
        exact=exact,
        folded=_key(tenant_id, folded_form(normal), purpose="stock code folded"),
        raw=exact if code == normal else _key(tenant_id, code),
    )


def _key(tenant_id: int, text: str, *, purpose: str = "stock code") -> str:
    return crypto.fingerprint(f"{tenant_id}:{text}", purpose=purpose)
