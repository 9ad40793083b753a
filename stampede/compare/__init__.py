"""Strategies side by side: each in turn on the same world and load, against pgbench; and the proof of the verdict."""
