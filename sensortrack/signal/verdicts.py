"""What a trip is told to be, by the exercise: a repetition or not, why not, and its form."""

from __future__ import annotations

from sensortrack.model.events import Movement, Verdict
from sensortrack.model.exercises import Exercise
from sensortrack.signal.group import Setting
from sensortrack.signal.judging import TURNED_FROM_DEG, Judged
from sensortrack.signal.likeness import CLIMB_ODD, is_unlike
from sensortrack.signal.sagittal import Sagittal

SEEN_SHARE = 0.8
"""Without a gyroscope the smoothing, and the sensor's own acceleration at the turning point, take a fifth and more off
a short kick (simulated kicks of 17.5 degrees in 1.4 s: 9 to 13), and off a false start too."""


class Verdicts:
    """Judge trips that have been looked at by themselves and among their neighbours."""

    def __init__(self, exercise: Exercise, sagittal: Sagittal) -> None:
        self._exercise = exercise
        self._sagittal = sagittal
        self._signed = exercise.signed
        self._min_share = exercise["min_share_of_set"]
        self.min_rom_deg = exercise["min_rom_deg"]
        self._known = (1, False)  # direction of extension along the axis, and whether it is sure

    def learn(self) -> bool:
        """Take over which way is extension by now; tell whether that is something new."""
        before, self._known = self._known, (self._sagittal.sign, self._sagittal.sure)
        return self._known != before

    def is_wrong(self, judged: Judged) -> bool:
        """Whether it is another kind of movement than the exercise's."""
        sign, sure = self._known
        if judged.odd or judged.elsewhere or judged.unseen:
            return True
        return self._signed and (judged.side != sign or judged.fell or (judged.sinks and not sure))

    def is_candidate(self, judged: Judged) -> bool:
        """Whether it may be a repetition; its neighbours decide."""
        return not judged.pulse and judged.trip.rom_deg >= self._least_deg(judged) and not self.is_wrong(judged)

    def of(self, judged: Judged, setting: Setting) -> tuple[Verdict, tuple[str, ...]]:
        """Give the verdict on a trip and its reasons."""
        if self.is_wrong(judged) or self._gets_up_or_down(judged, setting):
            return Verdict.REJECTED, self._reasons(judged)
        if judged.pulse:
            return Verdict.PARTIAL, ("pulse",)
        if judged.trip.rom_deg < max(self._least_deg(judged), self._min_share * setting.rom_deg):
            return Verdict.PARTIAL, ("low",)
        beside = (self._signed or setting.is_known_beside(judged)) and setting.is_beside(judged)
        beside |= self._signed and setting.is_aside(judged)
        inside = not setting.lone and judged not in setting.ends
        if beside or setting.is_apart(judged) or is_unlike(judged, setting.usual, inside=inside):
            return Verdict.PARTIAL, ("unlike",)
        return (Verdict.DOUBTFUL, ("gap",)) if judged.gap else (Verdict.COUNTED, ())

    def event(
        self,
        judged: Judged,
        verdict: Verdict,
        reasons: tuple[str, ...],
        set_id: int | None,
        setting: Setting,
        decided_s: float,
    ) -> Movement:
        """Tell a verdict."""
        sign = -1.0 if self._signed and judged.side != self._known[0] else 1.0
        form = self._form(judged, setting.rom_deg) if verdict.counts else ()
        told, rom_deg = judged.event, sign * judged.trip.rom_deg
        phases_s = told.start_s, told.top_start_s, told.top_end_s, told.end_s
        # `replace` takes three times as long
        return Movement(told.id, *phases_s, rom_deg, decided_s, verdict, reasons, form, set_id)

    def _least_deg(self, judged: Judged) -> float:
        """Least range of motion that counts, as it is seen."""
        return self.min_rom_deg if judged.trip.with_gyroscope else SEEN_SHARE * self.min_rom_deg

    def _gets_up_or_down(self, judged: Judged, setting: Setting) -> bool:
        """Whether a trip that could be one of the exercise is part of getting into or out of the position."""
        asked = setting.lone or judged.trip.with_gyroscope  # else the height is weighed among the rest: `is_strange`
        climbs = asked and not judged.repeated and judged.climb > CLIMB_ODD and setting.is_odd(judged)
        return climbs or (self._signed and setting.lone and setting.is_among_strides(judged))

    def _reasons(self, judged: Judged) -> tuple[str, ...]:
        sign, sure = self._known
        flexion = ("flexion",) if self._signed and judged.side != sign else ()
        reasons = (*flexion, *judged.odd)
        position = judged.elsewhere or judged.unseen or (self._signed and (judged.fell or (judged.sinks and not sure)))
        return (*reasons, "position") if position or not reasons else reasons

    def _form(self, judged: Judged, usual_deg: float) -> tuple[str, ...]:
        """Measure a repetition by the exercise's targets."""
        exercise, event, trip = self._exercise, judged.event, judged.trip
        misses = {
            "short-hold": event.hold_s < exercise["target_hold_s"],
            "fast-lift": event.lift_s < exercise["target_lift_s"],
            "fast-lower": event.lower_s < exercise["target_lower_s"],
            "low": trip.rom_deg < exercise["low_share"] * usual_deg,
            "turned-out": trip.rom_deg >= TURNED_FROM_DEG
            and self._sagittal.turned_deg(judged.across) > exercise["turned_out_deg"],
        }
        return tuple(name for name, missed in misses.items() if missed)
