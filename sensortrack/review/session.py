"""One session for its page: what was found, with the corrections, and the angle of any span in few points."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import numpy as np

from sensortrack.model.samples import FloatArray
from sensortrack.model.summary import Summary, taken_back_rows
from sensortrack.review.words import prescribed_words
from sensortrack.store import analyses
from sensortrack.store.corrections import edit_of
from sensortrack.store.edits import edits
from sensortrack.store.listing import local_time
from sensortrack.store.session import Session
from sensortrack.store.store import Store
from sensortrack.web.site import Refused

MOST_POINTS = 4000
"""Of an answer: a screen shows fewer; the pyramid gives a quarter of what is asked for, or more."""

_ABOUT = (
    "id", "person", "exercise", "side", "placement", "zone", "state", "origin", "sensor_name", "source", "note",
    "pain_before", "pain_after", "effort",
)  # fmt: skip


def session_document(store: Store, session: Session, words: Mapping[str, str]) -> dict[str, object]:
    """Give everything of a session but the angle.

    Parameters
    ----------
    words
        What the short words of reasons and form mean, for people; the caveat of the ``thomas`` test.
    """
    local = local_time(session.started_at, session.zone)
    exercise, _ = analyses.accepted_exercise(store, session)
    log = analyses.results(store, session)
    told = analyses.summary(store, session, local.isoformat(timespec="seconds"), log)
    return {
        **{name: getattr(session, name) for name in _ABOUT},
        **{name: told[name] for name in ("duration_s", "rate_hz", "holds", "thomas", "gaps")},
        "title": exercise.title,
        "prescribed": prescribed_words(exercise),
        "detector": exercise.detector,
        "is_signed": exercise.signed,
        "local": local.isoformat(timespec="minutes")[:16],
        "version": told["analysis"]["version"],
        "movements": _movements(told),
        "trials": [
            {"start_s": round(t.start_s, 3), "end_s": round(t.end_s, 3), "thigh_angle_deg": round(t.thigh_angle_deg, 2)}
            for t in log.trials
        ],
        "taken_back": taken_back_rows(log),
        "edits": [{"made_at": each.made_at, "is_undone": each.is_undone, **each.document()}
                  for each in edits(store, session.id)],
        "words": dict(words),
        **_neighbours(store, session),
    }  # fmt: skip


def angle_document(store: Store, session: Session, start_s: float, end_s: float, points: int) -> dict[str, object]:
    """Give least and greatest angle of equal stretches of a span, null where nothing is known.

    There are as many as were asked for or fewer; of what the coarsest level still holds, a tile at most, it may be all.

    Raises
    ------
    Refused
        The span is none, or too many points were asked for.
    """
    if not (isfinite(start_s) and isfinite(end_s) and start_s < end_s and 0 < points <= MOST_POINTS):
        raise Refused(400, "no span")
    end_s = min(end_s, session.duration_s)
    begin_s, step_s, extremes = analyses.angle(store, session, points, max(start_s, 0.0), max(end_s, 0.0))
    return {
        "begin_s": round(begin_s, 3),
        "step_s": round(step_s, 3),
        "low_deg": _plain(extremes[:, 0].astype(np.float64)),
        "high_deg": _plain(extremes[:, 1].astype(np.float64)),
    }


def _movements(told: Summary) -> list[dict[str, object]]:
    """Give the repetitions with the number of their set, then what does not count."""
    repetitions = [(number, row) for number, one in enumerate(told["sets"], 1) for row in one["reps"]]
    rejected = [(None, row) for row in told["rejected"]]
    return [{"set": number, **row, "edited": edit_of(row["reasons"])} for number, row in (*repetitions, *rejected)]


def _plain(angles_deg: FloatArray) -> list[float | None]:
    return [None if value != value else value for value in np.round(angles_deg, 2).tolist()]


def _neighbours(store: Store, session: Session) -> dict[str, int | None]:
    """Find the sessions before and after, by start."""
    found = {}
    for name, sign, order in (("previous", "<", "DESC"), ("next", ">", "ASC")):
        row = store.db.execute(
            f"SELECT id FROM session WHERE (started_at, id) {sign}"
            f" (SELECT started_at, id FROM session WHERE id = ?) ORDER BY started_at {order}, id {order} LIMIT 1",
            [session.id],
        ).fetchone()
        found[name] = None if row is None else int(row[0])
    return found
