"""What a page asks to change: read strictly, then handed to the corrections of the store."""

from __future__ import annotations

import unicodedata
from math import isfinite

from sensortrack.store.analyses import accepted_exercise
from sensortrack.store.edits import FIELDS, judge, set_field, undo
from sensortrack.store.session import Session
from sensortrack.store.store import Store
from sensortrack.web.site import Refused

MOST_LETTERS = 4000
"""Of a note: a page of text."""

_CHOICES = {"side": ("left", "right"), "placement": ("front", "outside", "back")}


def judge_asked(store: Store, session: Session, body: object) -> None:
    """Accept, reject or add: ``{"kind": ..., "start_s": ..., "end_s": ...}``.

    Raises
    ------
    Refused
        It is none of these, or no span inside the session, or the session is being recorded.
    """
    asked = body if isinstance(body, dict) else {}
    kind, start_s, end_s = asked.get("kind"), _seconds(asked.get("start_s")), _seconds(asked.get("end_s"))
    if kind not in ("accept", "reject", "add"):
        raise Refused(400, "no change")
    if (
        not 0 <= start_s < end_s <= session.duration_s + 1
    ):  # as `edit` does: the last movement may end on the last sample
        raise Refused(400, "no span")
    if session.state == "recording":
        raise Refused(409, "recording")
    if kind == "add" and accepted_exercise(store, session)[0].detector != "repetitions":
        raise Refused(400, "only a repetition can be added")
    judge(store, session.id, kind, start_s, end_s)


def set_asked(store: Store, session: Session, body: object) -> None:
    """Set fields, ``{"side": "left", "note": "..."}``: all of them or none; what is so already is no change.

    Raises
    ------
    Refused
        A field that cannot be set, or a value that it cannot have.
    """
    if not isinstance(body, dict) or not body or not set(body) <= set(FIELDS):
        raise Refused(400, "no change")
    wanted = {field: _value(field, value) for field, value in body.items()}
    with store.db.atomic():
        for field, value in wanted.items():
            if value != getattr(session, field):
                set_field(store, session.id, field, value)


def undo_asked(store: Store, session: Session) -> None:
    """Take the newest change back.

    Raises
    ------
    Refused
        There is none.
    """
    if undo(store, session.id) is None:
        raise Refused(409, "nothing to undo")


def _seconds(value: object) -> float:
    """Read a time; what is none is -1, which is inside no session."""
    return float(value) if isinstance(value, int | float) and isfinite(value) else -1.0


def _value(field: str, value: object) -> str | int | None:
    if field == "note":
        return _note(value)
    if value is None or (field in _CHOICES and value in _CHOICES[field]):
        return value
    if field not in _CHOICES and isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10:
        return value
    raise Refused(400, "no value")


def _note(value: object) -> str:
    """Take a text without the signs that steer a terminal."""
    if not isinstance(value, str) or len(value) > MOST_LETTERS:
        raise Refused(400, "no value")
    return "".join(sign for sign in value if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()
