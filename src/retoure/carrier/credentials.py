"""Credentials: sealed in every repr, or fetched by a callable so that they can be rotated."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SecretStr
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from retoure.errors import InvalidSettings

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue


MASKED = "**********"


class _CredentialSchema:
    """Reads a credential from text, a ``SecretStr`` or a callable, and never shows it."""

    @staticmethod
    def read(value: Any) -> "SecretStr | SecretSource":  # noqa: ANN401
        if isinstance(value, SecretStr | SecretSource):
            secret = value
        elif isinstance(value, str):
            secret = SecretStr(value)
        elif callable(value):
            secret = SecretSource(value)
        else:
            raise PydanticCustomError("credential", "a credential is text or a callable that returns it")
        if isinstance(secret, SecretStr) and secret.get_secret_value() in ("", MASKED):
            raise PydanticCustomError("credential", "a credential must not be empty, nor the mask that stands for one")
        return secret

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.plain_serializer_function_ser_schema(lambda _: MASKED)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> "JsonSchemaValue":
        return {"type": "string", "format": "password", "writeOnly": True}


class SecretSource:
    """A callable that returns a credential; it is asked again after the carrier refused the last one."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def get_secret_value(self) -> str:
        """The credential as it is now.

        Raises:
            InvalidSettings: the callable failed, or did not return a text.
        """
        try:
            value: object = self._read()
        except Exception as error:  # noqa: BLE001 - whatever a vault raises may show what it holds
            fault = f"failed ({type(error).__name__})"
        else:
            if isinstance(value, str) and value:
                return value
            fault = f"returned {'nothing' if not value else type(value).__name__} instead of a text"
        raise InvalidSettings(f"the callable of a credential {fault}; nothing was sent")

    def __repr__(self) -> str:
        return f"SecretSource('{MASKED}')"


Credential: TypeAlias = Annotated[SecretStr | SecretSource, _CredentialSchema]
"""A secret in an account's settings: text, or a callable that is read again after a 401."""
