"""A picture of a summary: the angle, what was counted, held, missed and missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sensortrack.model.events import AngleTrace
from sensortrack.model.summary import Summary

if TYPE_CHECKING:
    from pathlib import Path

# Okabe and Ito's colours: told apart by every kind of colour vision (https://jfly.uni-koeln.de/color/)
_LINE = "#000000"
_COUNTED = "#009E73"
_DOUBTFUL = "#F0E442"
_HOLD = "#56B4E9"
_REJECTED = "#D55E00"
_GAP = "#999999"


def draw(summary: Summary, trace: AngleTrace, title: str, path: Path, form: str) -> None:
    """Draw into an ``svg`` or ``png`` file.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(trace.time_s, trace.angle_deg, color=_LINE, linewidth=0.9)
    _shade(axes, summary)
    axes.set(
        xlim=(0, max(summary["duration_s"], 1e-3)),
        xlabel="time [s]",
        ylabel="thigh angle [°], extension positive",
    )
    axes.set_title(f"{summary['source']}: {title}", pad=20)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3, linewidth=0.5)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    metadata = {"Date": None} if form == "svg" else None
    with rc_context(
        {"svg.hashsalt": "sensortrack"}
    ):  # with it and without a date the same recording gives the same file
        figure.savefig(path, format=form, dpi=120, metadata=metadata)


def _shade(axes: Any, summary: Summary) -> None:
    """Draw every span; the first of a kind names it in the legend."""
    for place, one in enumerate(summary["sets"], start=1):
        _bracket(axes, one, f"set {place}")
        for number, rep in enumerate(one["reps"], start=1):
            colour = _COUNTED if rep["verdict"] == "counted" else _DOUBTFUL
            _span(axes, rep, f"{rep['verdict']}: lift, lowering", facecolor=colour, alpha=0.25)
            top = {"start_s": rep["top_start_s"], "end_s": rep["top_end_s"]}
            _span(axes, top, "hold at the top", facecolor=colour, alpha=0.35)
            _label(axes, rep, str(number))
    for hold in summary["holds"]:
        _span(axes, hold, "held", facecolor=_HOLD, alpha=0.4)
        _label(axes, hold, f"{hold['duration_s']:.1f} s")
    for row in summary["rejected"]:
        _span(axes, row, "not counted", facecolor="none", edgecolor=_REJECTED, linestyle="--", linewidth=1.2)
    for gap in summary["gaps"]:
        _span(axes, gap, "gap in the data", facecolor="none", edgecolor=_GAP, hatch="////", linewidth=0.0)


def _span(axes: Any, row: Any, label: str, **style: Any) -> None:
    known = axes.get_legend_handles_labels()[1]
    axes.axvspan(row["start_s"], row["end_s"], label=label if label and label not in known else None, **style)


def _bracket(axes: Any, row: Any, text: str) -> None:
    """Draw a line over a set, its name in the middle."""
    across = axes.get_xaxis_transform()
    axes.plot([row["start_s"], row["end_s"]], [1.02, 1.02], color=_LINE, linewidth=2, transform=across, clip_on=False)
    middle_s = float(np.mean([row["start_s"], row["end_s"]]))
    axes.text(middle_s, 1.03, text, transform=across, ha="center", va="bottom", fontsize=9)


def _label(axes: Any, row: Any, text: str) -> None:
    middle_s = float(np.mean([row["start_s"], row["end_s"]]))
    axes.annotate(
        text, (middle_s, 1.0), xycoords=("data", "axes fraction"), ha="center", va="top", fontsize=8, xytext=(0, -2),
        textcoords="offset points",
    )  # fmt: skip
