"""FHIR R4: a bundle with an anonymous patient, a procedure for each session, and what was measured.

No code system has these measurements (clinical.md section 6), so the codes are our own, with text always; units are
UCUM. Ids are made from the session's identity: exported twice, the resources are the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from statistics import median
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from sensortrack.formats.exports import Item, edited

SYSTEM = "urn:uuid:5e750000-7d5c-4a0e-9f7b-3b1a8c46d2e1"
"""Our own codes; the UUID is that of the project's profile."""

_UCUM = "http://unitsofmeasure.org"
_LEG = {"left": ("61396006", "Left thigh"), "right": ("11207009", "Right thigh")}
_ACTIVITY = ("http://terminology.hl7.org/CodeSystem/observation-category", "activity", "Activity")
Part: TypeAlias = tuple[str, str, float, str, str]
"""Code, text, value, unit, UCUM unit."""

_ORIGIN = UUID("5e750000-7d5c-4a0e-9f7b-3b1a8c46d2e1")
_CAVEAT = (
    "Angles are of the thigh against gravity, measured by one sensor on it; the pelvis is not seen. "
    "A measurement, not a diagnosis."
)


def export_fhir(items: Iterable[Item], name: str | None = None) -> Iterator[str]:
    """Give one bundle of all sessions, in parts of text.

    Parameters
    ----------
    name
        Of the patient; anonymous without it, whatever the person is called in the store.
    """
    people: set[str] = set()
    uids: list[str] = []
    before = '{\n  "resourceType": "Bundle",\n  "type": "collection",\n  "entry": [\n'
    for item in items:
        entries = [] if item.person in people else [_entry(_patient(item.person, name))]
        entries += [_entry(resource) for resource in (_procedure(item), *_observations(item))]
        for entry in entries:
            yield before + "    " + json.dumps(entry, ensure_ascii=False, indent=2).replace("\n", "\n    ")
            before = ",\n"
        people.add(item.person)
        uids.append(item.uid)
    yield f'\n  ],\n  "id": "{_id("bundle", *uids)}"\n}}\n'


def _id(*parts: str) -> str:
    return str(uuid5(_ORIGIN, "/".join(parts)))


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def _reference(identity: str) -> dict[str, str]:
    return {"reference": f"urn:uuid:{identity}"}


def _patient(person: str, name: str | None) -> dict[str, Any]:
    patient: dict[str, Any] = {"resourceType": "Patient", "id": _id("patient", person)}
    return {**patient, "name": [{"text": name}]} if name else patient


def _concept(code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": SYSTEM, "code": code, "display": text}], "text": text}


def _period(item: Item, start_s: float, end_s: float) -> dict[str, str]:
    start, end = (item.started_at + timedelta(seconds=at_s) for at_s in (start_s, end_s))
    return {"start": start.isoformat(timespec="milliseconds"), "end": end.isoformat(timespec="milliseconds")}


def _procedure(item: Item) -> dict[str, Any]:
    notes = [{"text": _CAVEAT}]
    if item.note:
        notes.append({"text": item.note})
    if item.corrections:
        many = len(item.corrections)
        notes.append({"text": f"Edited by the person: {many} correction{'' if many == 1 else 's'}."})
    procedure: dict[str, Any] = {
        "resourceType": "Procedure",
        "id": _id("procedure", item.uid),
        "identifier": [{"system": SYSTEM, "value": item.uid}],
        "status": "completed",
        "code": _concept(_code(item.exercise.name), item.exercise.title),
        "subject": _reference(_id("patient", item.person)),
        "performedPeriod": _period(item, 0.0, max(item.summary["duration_s"], 0.001)),
        "note": notes,
    }
    return {**procedure, "bodySite": [_body_site(item.side)]} if item.side else procedure


def _body_site(side: str) -> dict[str, Any]:
    code, text = _LEG[side]
    return {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": text}], "text": text}


def _observations(item: Item) -> Iterable[dict[str, Any]]:
    summary = item.summary
    for number, one in enumerate(summary["sets"], start=1):
        known = [rep for rep in one["reps"] if edited(rep["reasons"]) != "added"]
        parts: list[Part] = [("repetitions", "Repetitions", len(one["reps"]), "{count}", "1")]
        if known:
            parts += [
                ("hold-median", "Hold at the top, median", median(r["hold_s"] for r in known), "s", "s"),
                ("rom-median", "Range of motion, median", median(r["rom_deg"] for r in known), "deg", "deg"),
                ("lift-median", "Lift, median", median(r["lift_s"] for r in known), "s", "s"),
                ("lower-median", "Lowering, median", median(r["lower_s"] for r in known), "s", "s"),
            ]
        is_edited = any(edited(rep["reasons"]) for rep in one["reps"])
        yield _observation(item, "set", f"Set {number}", one["start_s"], one["end_s"], parts, is_edited=is_edited)
    for number, hold in enumerate(summary["holds"], start=1):
        parts = [
            ("hold", "Held", hold["duration_s"], "s", "s"),
            ("thigh-angle", "Thigh against the vertical, extension positive", hold["angle_deg"], "deg", "deg"),
        ]
        yield _observation(item, "stretch", f"Hold {number}", hold["start_s"], hold["end_s"], parts)
    for number, trial in enumerate(item.log.trials, start=1):
        parts = [("thomas-angle", "Thigh against the horizontal, above positive", trial.thigh_angle_deg, "deg", "deg")]
        yield _observation(item, "thomas-trial", f"Trial {number}", trial.start_s, trial.end_s, parts)
    for field, text in (("pain_before", "Pain before"), ("pain_after", "Pain after"), ("effort", "Effort")):
        value = getattr(item, field)
        if value is not None:
            parts = [(_code(field), f"{text}, 0 to 10", value, "{score}", "{score}")]
            yield _observation(item, _code(field), text, 0.0, max(summary["duration_s"], 0.001), parts)


def _observation(
    item: Item,
    code: str,
    text: str,
    start_s: float,
    end_s: float,
    parts: Sequence[Part],
    *,
    is_edited: bool = False,
) -> dict[str, Any]:
    system, category, display = _ACTIVITY
    observation: dict[str, Any] = {
        "resourceType": "Observation",
        "id": _id("observation", item.uid, code, text),
        "status": "amended" if is_edited else "final",
        "category": [{"coding": [{"system": system, "code": category, "display": display}]}],
        "code": _concept(code, text),
        "subject": _reference(_id("patient", item.person)),
        "partOf": [_reference(_id("procedure", item.uid))],
        "effectivePeriod": _period(item, start_s, end_s),
        "component": [
            {"code": _concept(name, words), "valueQuantity": _quantity(value, unit, ucum)}
            for name, words, value, unit, ucum in parts
        ],
    }
    return {**observation, "bodySite": _body_site(item.side)} if item.side else observation


def _quantity(value: float, unit: str, ucum: str) -> dict[str, Any]:
    return {"value": round(value, 3), "unit": unit.strip("{}"), "system": _UCUM, "code": ucum}


def _code(name: str) -> str:
    """Make a FHIR code of a name: no blanks at its ends, single blanks inside; underscores are hyphens."""
    return "-".join(name.replace("_", "-").split()) or "exercise"
