"""The scenarios of seed document 000."""
