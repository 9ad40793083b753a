"""Speed, as ratios measured side by side in one run: machines are noisy, ratios are not."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
