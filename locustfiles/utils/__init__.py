"""What every system of the crowd shares: its users, options, sign-in, requests, history, latencies, the barrier."""
