"""FIT: an activity with one set message for each set or hold. Needs the extra `fit`.

FIT has no field for holds, range of motion or side: they are developer fields, medians for a set and arrays with one
value for each repetition (clinical.md section 6). Message and field numbers are those of Garmin's profile 21.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from fit_tool.base_type import BaseType
from fit_tool.developer_field import DeveloperField
from fit_tool.fit_file_builder import FitFileBuilder
from fit_tool.profile.messages.activity_message import ActivityMessage
from fit_tool.profile.messages.developer_data_id_message import DeveloperDataIdMessage
from fit_tool.profile.messages.event_message import EventMessage
from fit_tool.profile.messages.field_description_message import FieldDescriptionMessage
from fit_tool.profile.messages.file_id_message import FileIdMessage
from fit_tool.profile.messages.session_message import SessionMessage
from fit_tool.profile.messages.set_message import SetMessage
from fit_tool.profile.profile_type import Activity, Event, EventType, FileType, Manufacturer, SetType, Sport, SubSport

from sensortrack.formats.exports import Item, edited
from sensortrack.model.summary import HoldRow, RepetitionRow

APPLICATION = bytes.fromhex("5e7500007d5c4a0e9f7b3b1a8c46d2e1")
"""Whose developer fields they are: our own UUID."""

_MOST = 63  # values in an array: a field has up to 255 bytes

# number -> name, unit, type, bytes of a value; 0 for text
FIELDS = {
    0: ("hold_median", "s", BaseType.FLOAT32),
    1: ("rom_median", "deg", BaseType.FLOAT32),
    2: ("side", "", BaseType.STRING),
    3: ("hold", "s", BaseType.FLOAT32),
    4: ("rom", "deg", BaseType.FLOAT32),
    5: ("lift", "s", BaseType.FLOAT32),
    6: ("lower", "s", BaseType.FLOAT32),
    7: ("edited", "", BaseType.STRING),
    8: ("thigh_angle", "deg", BaseType.FLOAT32),
}
# detector -> category and subtype: quadruped hip extension, hip flexor lunge stretch (clinical.md section 6)
_CATEGORIES = {"repetitions": (11, 17), "stretch": (31, 49)}


def export_fit(item: Item) -> bytes:
    """Make one activity file."""
    builder = FitFileBuilder(auto_define=True, min_string_size=32)
    start = item.started_at
    end = start + timedelta(seconds=max(item.summary["duration_s"], 1.0))
    for message in (_file_id(item), _developer(), *map(_description, FIELDS)):
        builder.add(message)
    builder.add(_event(start, EventType.START))
    for message in _sets(item):
        builder.add(message)
    builder.add(_event(end, EventType.STOP_ALL))
    builder.add(_session(item, start, end))
    builder.add(_activity(start, end))
    return bytes(builder.build().to_bytes())


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _file_id(item: Item) -> FileIdMessage:
    message = FileIdMessage()
    message.type = FileType.ACTIVITY
    message.manufacturer = Manufacturer.DEVELOPMENT.value
    message.product = 0
    message.time_created = _ms(item.started_at)
    message.serial_number = zlib.crc32(item.uid.encode()) or 1  # the same session is the same file again
    return message


def _developer() -> DeveloperDataIdMessage:
    message = DeveloperDataIdMessage(local_id=1)
    message.application_id = list(APPLICATION)
    message.developer_data_index = 0
    return message


def _description(number: int) -> FieldDescriptionMessage:
    name, unit, kind = FIELDS[number]
    message = FieldDescriptionMessage(local_id=2)
    message.developer_data_index = 0
    message.field_definition_number = number
    message.fit_base_type_id = kind.value
    message.field_name = name
    message.units = unit
    return message


def _event(at: datetime, kind: EventType) -> EventMessage:
    message = EventMessage(local_id=3)
    message.timestamp = _ms(at)
    message.event = Event.TIMER
    message.event_type = kind
    return message


def _sets(item: Item) -> list[SetMessage]:
    summary = item.summary
    made: list[tuple[float, float, int | None, list[DeveloperField]]] = []
    for one in summary["sets"]:
        made.append((one["start_s"], one["end_s"], len(one["reps"]), _of_repetitions(one["reps"], item.side)))
    made += [(hold["start_s"], hold["end_s"], None, _of_hold(hold, item.side)) for hold in summary["holds"]]
    for trial in item.log.trials:
        fields = [_field(8, [trial.thigh_angle_deg]), *_side(item.side)]
        made.append((trial.start_s, trial.end_s, None, fields))
    return [_set(item, number, *one) for number, one in enumerate(sorted(made, key=lambda one: one[0]))]


def _set(
    item: Item, number: int, start_s: float, end_s: float, repetitions: int | None, fields: list[DeveloperField]
) -> SetMessage:
    message = SetMessage(local_id=4 + number % 12, developer_fields=fields)
    message.timestamp = _ms(item.started_at + timedelta(seconds=end_s))
    message.start_time = _ms(item.started_at + timedelta(seconds=start_s))
    message.duration = end_s - start_s
    message.set_type = SetType.ACTIVE.value
    message.message_index = number
    if repetitions is not None:
        message.repetitions = repetitions
    if (known := _CATEGORIES.get(item.exercise.detector)) is not None and item.exercise.signed:
        message.category, message.category_subtype = [known[0]], [known[1]]
    return message


def _of_repetitions(reps: list[RepetitionRow], side: str | None) -> list[DeveloperField]:
    # phases of a repetition that a person added are not known
    known = [rep for rep in reps if edited(rep["reasons"]) != "added"]
    fields = [*_side(side)]
    if known:
        fields += [_field(0, [median(rep["hold_s"] for rep in known)])]
        fields += [_field(1, [median(rep["rom_deg"] for rep in known)])]
        for number, name in ((3, "hold_s"), (4, "rom_deg"), (5, "lift_s"), (6, "lower_s")):
            values = [rep[name] for rep in known[:_MOST]]  # type: ignore[literal-required]  # four of its keys
            fields.append(_field(number, values))
    changed = [edited(rep["reasons"]) for rep in reps]
    if any(changed):
        fields.append(_field(7, ["edited"]))
    return fields


def _of_hold(hold: HoldRow, side: str | None) -> list[DeveloperField]:
    return [_field(0, [hold["duration_s"]]), _field(8, [hold["angle_deg"]]), *_side(side)]


def _side(side: str | None) -> list[DeveloperField]:
    return [] if side is None else [_field(2, [side])]


def _field(number: int, values: list[Any]) -> DeveloperField:
    name, unit, kind = FIELDS[number]
    size = kind.size * len(values) if kind is not BaseType.STRING else len(values[0].encode()) + 1
    field = DeveloperField(
        developer_data_index=0, field_id=number, name=name, base_type=kind, units=unit, size=size, growable=False
    )
    for index, value in enumerate(values):
        field.set_value(index, value)
    return field


def _session(item: Item, start: datetime, end: datetime) -> SessionMessage:
    is_judged = any(each["kind"] != "set" for each in item.corrections)  # what was taken back has no set of its own
    message = SessionMessage(local_id=0, developer_fields=[_field(7, ["edited"])] if is_judged else [])
    message.timestamp = _ms(end)
    message.start_time = _ms(start)
    message.total_elapsed_time = (end - start).total_seconds()
    message.total_timer_time = (end - start).total_seconds()
    message.sport = Sport.TRAINING
    is_strength = item.exercise.detector == "repetitions"
    message.sub_sport = SubSport.STRENGTH_TRAINING if is_strength else SubSport.FLEXIBILITY_TRAINING
    message.message_index = 0
    return message


def _activity(start: datetime, end: datetime) -> ActivityMessage:
    message = ActivityMessage(local_id=1)
    message.timestamp = _ms(end)
    offset = start.utcoffset() or timedelta()
    message.local_timestamp = round(end.timestamp() - 631065600 + offset.total_seconds())  # FIT counts from 1989-12-31
    message.total_timer_time = (end - start).total_seconds()
    message.num_sessions = 1
    message.type = Activity.MANUAL
    return message
