"""What all models share: they are frozen, refuse unknown fields, and keep what was entered out of validation errors."""

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

_SET = object.__setattr__


class Model(BaseModel):
    """A value a user fills or receives: frozen, strict about its fields, silent about personal data in errors."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        defer_build=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )

    @classmethod
    def made_of(cls, fields: dict[str, Any]) -> Self:
        """The value of fields, all of them and in their order, that are known to be valid: looking again takes twice as long."""
        made = cls.__new__(cls)
        _SET(made, "__dict__", fields)
        _SET(made, "__pydantic_fields_set__", set(fields))
        _SET(made, "__pydantic_extra__", None)
        _SET(made, "__pydantic_private__", None)
        return made


class Word(StrEnum):
    """A vocabulary; reading it is indifferent to case, so that ``LISTED`` and ``listed`` are the same wish."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        wanted = str(value).casefold()
        return next((word for word in cls if word.value.casefold() == wanted), None)
