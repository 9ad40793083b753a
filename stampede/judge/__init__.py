"""The verdict: PASS, UNKNOWN or FAIL from everything that a run found."""
