"""Ours, the peers and the bare application, side by side in one run: ``python3 benchmarks/run.py``."""
