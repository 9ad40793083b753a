"""One folder per system, one module per scenario."""
