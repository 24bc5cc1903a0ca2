"""Payloads between a client and the app's types: checked and made on the way in, written as JSON on the way out.

msgspec reads everything that it knows; pydantic's models, and what is annotated with its constraints, pydantic reads. It
is not imported here before the app has.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Raw

from ..codes import ErrorCode
from ..errors import Misuse, Refused
from ..protocol.json import JSON
from ..publication import NOTHING

LONGEST_FAULT = 300
"""Characters of what is told to a client that was wrong."""

BYTES = (bytes, bytearray, memoryview)
"""What is written already, as `Raw` is."""

_CONSTRAINTS = ("pydantic", "annotated_types")

Reader = Callable[[Any], Any]
"""Takes a payload, gives the app's value. Raises `Refused` (107) for what does not fit."""


def reader(annotation: Any) -> Reader:
    """What makes a payload into a value of this type: bytes as they are, everything else from JSON.

    Raises:
        Misuse: nobody can read such a type.
    """
    if annotation in BYTES:
        return annotation if annotation is bytes else lambda data: annotation(bytes(data))
    if annotation is Raw:
        return _as_it_is
    if annotation is inspect.Parameter.empty:
        annotation = Any
    return _pydantic(annotation) if needs_pydantic(annotation) else _msgspec(annotation)


def converter(annotation: Any) -> Callable[[str], Any] | None:
    """What makes a piece of text into a value of this type; `None` for text itself.

    Raises:
        Misuse: nobody can make one.
    """
    if annotation in (str, inspect.Parameter.empty, Any):
        return None
    if needs_pydantic(annotation):
        return _type_adapter(annotation).validate_python  # type: ignore[no-any-return]
    _check_known(annotation)
    return lambda text: msgspec.convert(text, annotation, strict=False)


def write(value: Any) -> Raw:
    """A value as JSON; `Raw` and bytes as they are, for they are written already."""
    if type(value) is Raw:
        return value
    if isinstance(value, BYTES):
        return Raw(bytes(value))
    return written(value)


def payload(value: Any, *, as_bytes: bool = False) -> Raw:
    """What a hook gives, written; nothing, where it is `None` or empty.

    Args:
        value: whatever JSON can say; bytes and `Raw` are written already.
        as_bytes: whether these may be no JSON: it would break the frames of those who speak it.

    Raises:
        Misuse: they are none.
    """
    if value is None:
        return NOTHING
    if not isinstance(value, (*BYTES, Raw)):
        return written(value)
    if not len(value):
        return NOTHING
    raw = write(value)
    if not as_bytes and not JSON.check(raw):
        raise Misuse("bytes that are no JSON cannot be told to who speaks it: give the value itself, and it is written")
    return raw


def written(value: Any) -> Raw:
    """A value as JSON, which is not written yet."""
    return Raw(_writer_of(type(value))(value))


def needs_pydantic(annotation: Any) -> bool:
    """Whether msgspec would not know the type, or would overlook a constraint, and pydantic would not."""
    return any(_is_pydantics(part) for part in _parts(annotation, set()))


def fault(error: Exception) -> str:
    """What is wrong with a payload and where, without what was given there."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)[:LONGEST_FAULT]
    found = errors(include_url=False, include_context=False, include_input=False)
    told = (": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"]))) for each in found)
    return "; ".join(told)[:LONGEST_FAULT]


def refusal(error: Exception, where: str = "") -> Refused:
    """Error 107, which says it."""
    return Refused(ErrorCode.BAD_REQUEST, f"{where}: {fault(error)}" if where else fault(error))


# Inside


def _find_serializer(kind: type) -> Any:
    """pydantic's own, of its models."""
    return getattr(kind, "__pydantic_serializer__", None)


_serializer_of: Callable[[type], Any] = lru_cache(maxsize=1024)(_find_serializer)
"""Remembered, for to ask a class for what it lacks takes longer than to write it."""


def _find_writer(kind: type) -> Callable[[Any], bytes]:
    serializer = _serializer_of(kind)
    return _encode if serializer is None else partial(serializer.to_json, by_alias=True)


_writer_of: Callable[[type], Callable[[Any], bytes]] = lru_cache(maxsize=1024)(_find_writer)


def _as_it_is(data: Raw) -> Raw:
    return data


def _msgspec(annotation: Any) -> Reader:
    _check_known(annotation)
    decode = msgspec.json.Decoder(annotation).decode

    def read(data: Any) -> Any:
        try:
            return decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refusal(error) from None

    return read


def _pydantic(annotation: Any) -> Reader:
    validate = _type_adapter(annotation).validator.validate_json
    from pydantic import ValidationError

    def read(data: Any) -> Any:
        try:
            return validate(bytes(data))
        except ValidationError as error:
            raise refusal(error) from None

    return read


def _type_adapter(annotation: Any) -> Any:
    import pydantic

    try:
        return pydantic.TypeAdapter(annotation)
    except pydantic.errors.PydanticUserError as error:
        raise Misuse(f"{_shown(annotation)} cannot be made from what a client sends: {error}") from error


def _check_known(annotation: Any) -> None:
    try:
        custom = _custom(msgspec.inspect.type_info(annotation), set())
    except (TypeError, ValueError, NameError) as error:
        raise Misuse(f"{_shown(annotation)} cannot be made from what a client sends: {error}") from error
    if custom is not None:
        raise Misuse(
            f"{_shown(custom)} cannot be made from what a client sends: use a Struct, a dataclass, a TypedDict or a "
            f"model of pydantic's; or Annotated[..., Depends(...)], if it shall come from the app"
        )


def _custom(info: Any, seen: set[int]) -> Any:
    """The first type within that msgspec does not know."""
    if isinstance(info, msgspec.inspect.CustomType):
        return info.cls
    if isinstance(info, (tuple, list)):
        parts = list(info)
    elif isinstance(info, (msgspec.inspect.Type, msgspec.inspect.Field)) and id(info) not in seen:
        seen.add(id(info))
        parts = [getattr(info, name) for name in info.__struct_fields__]
    else:
        return None
    return next((found for part in parts if (found := _custom(part, seen)) is not None), None)


def _parts(annotation: Any, seen: set[int]) -> Iterator[Any]:
    """A type and all that it is made of, constraints too."""
    if id(annotation) in seen:
        return
    seen.add(id(annotation))
    yield annotation
    inner = list(get_args(annotation))
    origin = get_origin(annotation) or annotation
    if isinstance(origin, type) and (
        dataclasses.is_dataclass(origin) or typing.is_typeddict(origin) or hasattr(origin, "__struct_fields__")
    ):
        try:
            inner += typing.get_type_hints(origin, include_extras=True).values()
        except (NameError, TypeError):
            pass  # msgspec or pydantic will say it better
    for part in inner:
        yield from _parts(part, seen)


def _is_pydantics(part: Any) -> bool:
    if isinstance(part, (str, types.NoneType)):
        return False
    is_own = hasattr(part, "__pydantic_validator__") or hasattr(part, "__get_pydantic_core_schema__")
    return is_own or type(part).__module__.partition(".")[0] in _CONSTRAINTS


def _write_foreign(value: Any) -> Any:
    serializer = _serializer_of(type(value))
    if serializer is None:
        raise TypeError(f"{type(value).__name__} is not JSON: return a Struct, a dataclass, a dict or a model")
    return Raw(serializer.to_json(value, by_alias=True))


_encode = msgspec.json.Encoder(enc_hook=_write_foreign).encode


def _shown(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
