"""The programme in the report of a period: which days it was followed, and what was done without a sensor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sensortrack.model.adherence import Account, Status
from sensortrack.model.programme import Programme
from sensortrack.review.calendar_chart import Row
from sensortrack.review.measure_charts import day_words
from sensortrack.review.report_words import listed, shorten
from sensortrack.review.words import count_words
from sensortrack.store.self_reports import SelfReport

MOST_REPORTS = 2
"""What leaves the page a single one."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of the days by a programme, as `progress` tells it: by all that was done, by what was measured."""

    programme: Programme
    everything: Account
    measured: Account

    def tiles(self, first: date, last: date) -> Iterator[tuple[str, str, str]]:
        """Say on how many days it was followed, and how many in a row up to now."""
        done, due = self.everything.followed(first, last)
        alone, _ = self.measured.followed(first, last)
        if due:
            streak = self.everything.streak()
            words = f"in a row: {streak.current} now, {streak.longest} at most"
            told = f"{alone} by what was measured; " if alone != done else ""
            yield "Programme followed", f"{done} of {count_words(due, 'day')}", f"{told}{words}"
        for task in self.programme.tasks:
            if task.per == "week" and (streak := self.everything.streak(task.exercise.name)).longest:
                title = f"{shorten(task.exercise.title, 32)}, weekly"
                yield title, f"{count_words(streak.current, 'week')} in a row", f"{streak.longest} at most"

    def rows(self, first: date, last: date) -> Iterator[Row]:
        """Give the calendar's row of days on which all was done, if anything was owed in these days."""
        if self.everything.followed(first, last)[1]:
            done = [day for day, status in self.everything.days.items() if status is Status.DONE]
            yield Row("Programme followed", dict.fromkeys(done, 1.0), "all that it asks for")


def told_row(reports: Sequence[SelfReport]) -> Row:
    """Give the calendar's row of days on which something was done without a sensor."""
    return Row("By own account", dict.fromkeys((each.day for each in reports), 1.0), "told, not measured", is_told=True)


def told_words(reports: Sequence[SelfReport]) -> str:
    """Say what was done without a sensor, the newest first; how many were left out too."""
    every = (f"{day_words(each.day)}: {_report_words(each)}" for each in reversed(reports))
    return f"Done without a sensor: {listed(every, MOST_REPORTS, '; ')}"


def _report_words(report: SelfReport) -> str:
    leg = f", {report.side}" if report.side else ""
    return f"{shorten(report.exercise, 32)}{leg}, {report.amount_words()}"
