"""Corrections by the person: each one undoable, none touches what was recorded or analysed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sensortrack.store.results import refresh
from sensortrack.store.store import Store, instant

FIELDS = ("side", "placement", "note", "pain_before", "pain_after", "effort")
"""Columns of a session that a person may set."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A correction as it was made."""

    id: int
    made_at: str
    kind: str
    start_s: float | None
    end_s: float | None
    field: str | None
    old_value: str | None
    new_value: str | None
    undone_at: str | None

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back."""
        return self.undone_at is not None

    def document(self) -> dict[str, object]:
        """Give what was changed as plain values, for exports."""
        if self.kind == "set":
            return {"kind": self.kind, "field": self.field, "value": self.new_value}
        return {"kind": self.kind, "start_s": self.start_s, "end_s": self.end_s}


def judge(store: Store, session_id: int, kind: str, start_s: float, end_s: float) -> None:
    """Accept, reject or add the movement between two times.

    Parameters
    ----------
    kind
        ``accept``, ``reject`` or ``add``.
    """
    with store.db.atomic():
        store.db.execute(
            "INSERT INTO correction (session_id, made_at, kind, start_s, end_s) VALUES (?, ?, ?, ?, ?)",
            [session_id, instant(datetime.now(UTC)), kind, start_s, end_s],
        )
        refresh(store.db.conn, session_id)


def set_field(store: Store, session_id: int, field: str, value: str | int | None) -> None:
    """Set one of `FIELDS`."""
    if field not in FIELDS:
        raise ValueError(f"expected one of {FIELDS}, found {field}")
    with store.db.atomic():
        store.db.execute(  # writes before it reads: else a recorder's commit between the two would end it
            "INSERT INTO correction (session_id, made_at, kind, field, old_value, new_value)"
            f" SELECT id, ?, 'set', ?, {field}, ? FROM session WHERE id = ?",
            [instant(datetime.now(UTC)), field, None if value is None else str(value), session_id],
        )
        store.db.execute(f"UPDATE session SET {field} = ? WHERE id = ?", [value, session_id])


def undo(store: Store, session_id: int) -> Edit | None:
    """Take the newest correction back; give it, or None where there is none left."""
    standing = [edit for edit in edits(store, session_id) if not edit.is_undone]
    if not standing:
        return None
    last = standing[-1]
    with store.db.atomic():
        now = instant(datetime.now(UTC))
        store.db.execute("UPDATE correction SET undone_at = ? WHERE id = ?", [now, last.id])
        if last.kind == "set" and last.field in FIELDS:
            store.db.execute(f"UPDATE session SET {last.field} = ? WHERE id = ?", [last.old_value, session_id])
        refresh(store.db.conn, session_id)
    return last


def edits(store: Store, session_id: int) -> list[Edit]:
    """Give all corrections of a session, oldest first."""
    query = (
        "SELECT id, made_at, kind, start_s, end_s, field, old_value, new_value, undone_at"
        " FROM correction WHERE session_id = ? ORDER BY id"
    )
    return [Edit(*row) for row in store.db.execute(query, [session_id])]
