"""Whole procedures: one run from preflight to verdict, many runs compared, the proof of the verdict."""
