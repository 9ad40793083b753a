"""The scenarios of seed document 001."""
