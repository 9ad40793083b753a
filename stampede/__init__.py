"""The referee: runs a plan, verifies the database, judges, reports."""
