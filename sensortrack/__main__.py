"""`python -m sensortrack` is `sensortrack`."""

from sensortrack.cli import main

main(prog_name="sensortrack")
