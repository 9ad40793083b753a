"""The HTTP edge: applications, sign-in, error answers, logs, metrics and settings."""
