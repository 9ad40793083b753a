"""Faults that are injected on purpose while the load runs."""
