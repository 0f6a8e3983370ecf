"""Which exercise a recording holds, when exactly one is convincing."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from sensortrack.model.summary import Summary

# What is convincing. The generic `repetitions` finds something in any movement, so it never convinces;
# and one of its movements may pass for a donkey kick, since a thigh sensor does not know how the rest of the body lies.
MIN_KICKS = 3  # in one set: getting down, into a stretch and up again makes one or two (simulated sessions)
MIN_HOLD_S = 15.0  # below the 20-30 s that are asked for, above a pause between two movements
SAME_ROM = (0.5, 2.0)  # of the median: repetitions look like each other ...
SAME_SHARE = 0.7  # ... this many of them
REJECTED_PER_KICK = 1.5  # what came to nothing must not be most of what was seen


def recognise(summaries: Mapping[str, Summary]) -> str | None:
    """Name the exercise whose summary of the recording convinces; None if none does, or more than one.

    Parameters
    ----------
    summaries
        Exercise name -> what its detector made of the recording.
    """
    found = [name for name, convinces in _TESTS.items() if name in summaries and convinces(summaries[name])]
    if "donkey-kick" in found:
        kicks = summaries["donkey-kick"]["sets"]
        from_s, to_s = kicks[0]["start_s"], kicks[-1]["end_s"]
        found = [name for name in found if name == "donkey-kick" or not _pauses(summaries[name], from_s, to_s)]
    return found[0] if len(found) == 1 else None


def _pauses(summary: Summary, from_s: float, to_s: float) -> bool:
    """Whether what convinces may be rests between kicks: holds only where they lie between, a Thomas test anyhow."""
    long = [hold for hold in summary["holds"] if hold["duration_s"] >= MIN_HOLD_S]
    return all(from_s < hold["start_s"] and hold["end_s"] < to_s for hold in long)


def _is_kicks(summary: Summary) -> bool:
    roms_deg = [rep["rom_deg"] for one in summary["sets"] for rep in one["reps"]]
    longest = max((len(one["reps"]) for one in summary["sets"]), default=0)
    others = [row for row in summary["rejected"] if "swing" not in row["reasons"]]  # people walk there and away
    if longest < MIN_KICKS or len(others) > REJECTED_PER_KICK * len(roms_deg) + MIN_KICKS:
        return False
    middle_deg = median(roms_deg)
    alike = sum(SAME_ROM[0] * middle_deg <= rom_deg <= SAME_ROM[1] * middle_deg for rom_deg in roms_deg)
    return alike >= SAME_SHARE * len(roms_deg)


def _is_stretch(summary: Summary) -> bool:
    return any(hold["duration_s"] >= MIN_HOLD_S for hold in summary["holds"])


def _is_thomas(summary: Summary) -> bool:
    return summary["thomas"] is not None


_TESTS = {"donkey-kick": _is_kicks, "hip-flexor-stretch": _is_stretch, "thomas-test": _is_thomas}
RECOGNISABLE = tuple(_TESTS)
