"""Column types of the registry."""

from typing import TYPE_CHECKING, Any

from django.db import models


class OidField(models.BinaryField):
    """A git object id: 40 lowercase hex digits in Python, 20 bytes in the database."""

    if TYPE_CHECKING:  # what the stubs of Django read
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs["max_length"] = 20
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else bytes(value).hex()

    def to_python(self, value: Any) -> str | None:
        return value if value is None or isinstance(value, str) else bytes(value).hex()

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = bytes.fromhex(value)
        return super().get_db_prep_value(value, connection, prepared)
