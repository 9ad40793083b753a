"""`python -m benchmarks [NAME …]`: measure against the floors of the design; exit 1 where one is missed."""

import sys

from benchmarks import ROOT, audits, generator, seeding, verification
from benchmarks.figure import Figure
from stampede.stack.local import LocalStack
from stampede.suite.load import load_suite

BENCHMARKS = {
    "generator": generator.measure,
    "seeding": seeding.measure,
    "verification": verification.measure,
    "audits": audits.measure,
}


def main(names: list[str]) -> int:
    """Measure the named benchmarks, or all, on a local stack that is started where none runs."""
    if names == ["--help"]:
        print(__doc__, f"Benchmarks: {', '.join(BENCHMARKS)}.", sep="\n")
        return 0
    unknown = set(names) - BENCHMARKS.keys()
    if unknown:
        print(f"No benchmark {', '.join(sorted(unknown))}; there is {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    suite = load_suite(ROOT)
    assert suite.database is not None
    figures: list[Figure] = []
    with LocalStack(suite).running(lambda text: print(text, file=sys.stderr)):
        for name in names or BENCHMARKS:
            for figure in BENCHMARKS[name](suite.database.owner):
                print(figure.describe(), flush=True)
                figures.append(figure)
    return int(any(not figure.holds for figure in figures))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
