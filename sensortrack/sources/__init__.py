"""Where packets come from, live: the simulated sensor first."""
