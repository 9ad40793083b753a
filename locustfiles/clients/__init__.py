"""One client per system, one method per endpoint."""
