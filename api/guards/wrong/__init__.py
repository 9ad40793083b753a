"""Strategies that do not keep what they promise, each as people write it. They exist to be caught."""
