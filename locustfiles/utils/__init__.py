"""What every system of the crowd shares: options, sign-in, history, latencies, the barrier."""
