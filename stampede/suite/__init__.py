"""What is tested: suite.toml, plans, thresholds and the world, parsed once into frozen values."""
