"""The crowd: everything that sends requests. HTTP is its only contract with the target."""
