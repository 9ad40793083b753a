"""The strategies that keep what they promise."""
