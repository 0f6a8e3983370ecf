"""A table of a TOML file that a person wrote: what is taken out of it is checked, and what is wrong names its key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeGuard, TypeVar

from sensortrack.model.errors import SensortrackError

_LONG_BITS = 64

T = TypeVar("T")


class Mistake(StrEnum):
    """What is wrong with a description."""

    UNREADABLE = "unreadable"
    NOT_TOML = "not TOML"
    MISSING = "missing"
    UNKNOWN_KEY = "unknown key"
    WRONG = "wrong"


class DeviceFileError(SensortrackError):
    """A description of a sensor that cannot be used.

    Parameters
    ----------
    origin
        Name of the file.
    mistake
        What is wrong.
    key
        The key to blame, with its table, such as ``acc.unit`` or ``notification[2].header`` (counted from 1); empty
        where it is the whole file.
    expected, found
        What was expected there and what stands there, in short words; of a whole file, what its reader said is
        `found`. Empty where there is nothing to say.
    """

    def __init__(self, origin: str, mistake: Mistake, key: str = "", *, expected: str = "", found: str = "") -> None:
        super().__init__(f"{mistake.value} {key}".strip())
        self.origin = origin
        self.mistake = mistake
        self.key = key
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Parameters
    ----------
    content
        What stands in it.
    path, origin
        Its name with a dot behind, empty for the whole file; name of the file.
    """

    content: dict[str, Any]
    path: str
    origin: str

    def wrong(self, key: str, expected: str, found: str) -> DeviceFileError:
        """Give the error of a value that cannot be."""
        return DeviceFileError(self.origin, Mistake.WRONG, self.path + key, expected=expected, found=found)

    def only(self, *known: str) -> None:
        """Refuse other keys: one that is mistyped would be left out silently."""
        for key in sorted(self.content.keys() - set(known)):
            expected = "one of " + ", ".join(known)
            raise DeviceFileError(self.origin, Mistake.UNKNOWN_KEY, self.path + key, expected=expected)

    def take(self, key: str, expected: str, read: Callable[[Any], T | None], default: T | None = None) -> T:
        """Give what `read` makes of a value; it makes None of a wrong one."""
        if key not in self.content:
            if default is None:
                raise DeviceFileError(self.origin, Mistake.MISSING, self.path + key, expected=expected)
            return default
        value = read(self.content[key])
        if value is None:
            raise self.wrong(key, expected, shown(self.content[key]))
        return value

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        """Give a number between two."""

        def read(value: Any) -> float | None:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return float(value) if is_number and least <= value <= most else None

        return self.take(key, f"a number from {least:g} to {most:g}", read, default)

    def choice(self, key: str, known: dict[str, T]) -> T:
        """Give what a word means."""
        return self.take(key, "one of " + ", ".join(known), lambda value: known.get(value) if is_text(value) else None)

    def needed(self, key: str) -> Table:
        """Give a table of its own; missing is an error."""
        return self._table(key, self.take(key, f"a table [{key}]", lambda value: value))

    def tables(self, key: str) -> Iterator[Table]:
        """Give the tables of a list, one at least."""
        contents = self.take(key, f"a table [[{key}]]", lambda value: value if isinstance(value, list) else None)
        return (self._table(f"{key}[{number}]", content) for number, content in enumerate(contents, 1))

    def goes_with(self, key: str, is_needed: bool) -> bool:
        """Tell whether a table is needed; it may stand there only then."""
        if key in self.content and not is_needed:
            raise self.wrong(key, "a field of a notification that it belongs to", "none")
        return is_needed

    def _table(self, key: str, content: Any) -> Table:
        if not isinstance(content, dict):
            raise self.wrong(key, f"a table [{key}]", shown(content))
        return Table(content, f"{self.path}{key}.", self.origin)


def shown(value: Any) -> str:
    """Write a value in few letters, for an error."""
    match value:
        case str():
            return f"'{value[:40]}'"
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > _LONG_BITS:  # Python does not write out what is much longer
            return "a very long number"
        case dict():
            return "a table"
        case list():
            return "[" + ", ".join(map(shown, value[:4])) + (", ...]" if len(value) > 4 else "]")
    return str(value)


def is_text(value: Any) -> TypeGuard[str]:
    """Whether a value is a text that is not empty."""
    return isinstance(value, str) and bool(value.strip())
