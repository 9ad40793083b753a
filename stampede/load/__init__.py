"""The load: drives Locust over its web API and reads the workers' figures."""
