"""Verification: checks in the target's database, audits over the evidence of a run."""
