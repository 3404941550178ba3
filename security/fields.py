"""A model field whose value never shows itself by accident."""

from typing import Any

from django.db import models

from security import crypto


class Sealed:
    """A secret of one row; only `reveal()` gives the text."""

    __slots__ = ("_context", "_text", "_value")

    def __init__(
        self, *, value: bytes | None = None, text: str | None = None, context: str = ""
    ) -> None:
        self._value, self._text, self._context = value, text, context

    def reveal(self) -> str:
        """The secret itself; raises crypto.CannotOpen for a key we don't have."""
        if self._text is not None:
            return self._text
        if self._value is None:
            return ""
        return crypto.open_sealed(self._value, context=self._context)

    @property
    def value(self) -> bytes | None:
        return self._value

    @property
    def is_new(self) -> bool:
        """True while the text has not been written to the database yet."""
        return self._text is not None

    def __bool__(self) -> bool:
        return bool(self._text or self._value)

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("A secret does not leave its process.")


class SealedTextField(models.BinaryField):
    """Text encrypted at rest and bound to its tenant, table, column and row.

    The model needs a `public_id` set before saving. Assign a string to change the
    secret; read `row.field.reveal()` where it may be shown.
    """

    # What type checkers see on a row.
    _pyi_private_set_type: str
    _pyi_private_get_type: Sealed  # type: ignore[assignment]

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Secret(self))

    def context_of(self, row: models.Model) -> str:
        tenant_id = getattr(row, "tenant_id", None) or "platform"
        table = row._meta.db_table
        return f"{tenant_id}:{table}.{self.column}:{row.public_id}"  # type: ignore[attr-defined]

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        sealed: Sealed = getattr(model_instance, self.attname)
        if sealed.is_new:
            context = self.context_of(model_instance)
            value = crypto.seal(sealed.reveal(), context=context)
            setattr(model_instance, self.attname, value)
            return value
        return sealed.value

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError("A secret is not part of a dump.")


class _Secret:
    """Wraps whatever is stored in the row so that it cannot be printed."""

    def __init__(self, field: SealedTextField) -> None:
        self.field = field

    def __get__(self, row: models.Model | None, owner: type) -> Any:
        if row is None:
            return self
        stored = row.__dict__.get(self.field.attname)
        if isinstance(stored, Sealed):
            return stored
        if stored is None and self.field.attname not in row.__dict__:
            row.refresh_from_db(fields=[self.field.attname])
            stored = row.__dict__.get(self.field.attname)
            if isinstance(stored, Sealed):
                return stored
        return Sealed(value=stored, context=self.field.context_of(row))

    def __set__(self, row: models.Model, value: Any) -> None:
        if isinstance(value, str):
            value = Sealed(text=value) if value else None
        elif isinstance(value, memoryview):
            value = bytes(value)
        row.__dict__[self.field.attname] = value
