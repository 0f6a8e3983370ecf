"""Say that the changed results are meant: `python -m tests.update_snapshots`."""

from __future__ import annotations

import json

from tests.snapshots import RECORDINGS, replayed, snapshot_of


def main() -> None:
    for recording in RECORDINGS:
        snapshot = snapshot_of(recording)
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(json.dumps(replayed(recording), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
