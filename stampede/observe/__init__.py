"""Observations during a run: the target's health and metrics, sessions, resource usage, environment."""
