"""Stacks: where the target, the databases and the load generator run."""
