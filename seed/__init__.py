"""The world before the run: deterministic from a seed number."""
