"""The target: one FastAPI sub-application per system, mounted at /<key>."""
