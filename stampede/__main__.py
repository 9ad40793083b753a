"""The program `stampede`: signals first, since what it imports takes a second to load."""

import signal
import sys

INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run the command line; SIGINT, SIGTERM and SIGHUP end it in order, with the exit code INTERRUPTED."""
    try:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup has SIGHUP ignored
                signal.signal(number, signal.default_int_handler)
        from stampede.cli.main import main as run_commands

        run_commands()
    except KeyboardInterrupt:
        print("stampede: interrupted", file=sys.stderr)  # noqa: T201  # the console may not be loaded yet
        raise SystemExit(INTERRUPTED) from None


if __name__ == "__main__":
    main()
