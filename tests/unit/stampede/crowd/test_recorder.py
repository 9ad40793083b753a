import gzip
import time
from pathlib import Path

from stampede.crowd.recorder import Recorder


class Attempt:
    def lost(self) -> str:
        return "lost"


def read_lines(recorder: Recorder) -> list[str]:
    recorder.finish()
    return gzip.decompress(b"".join(recorder.pieces())).decode().splitlines()


def test_every_line_arrives() -> None:
    recorder = Recorder("run.0")
    lines = [f"{number} {'x' * 100}" for number in range(10_000)]
    for line in lines:
        attempt = Attempt()
        recorder.open(attempt)
        recorder.close(attempt, line)
    assert read_lines(recorder) == lines
    assert recorder.written == 10_000


def test_open_attempts_are_written_at_the_end() -> None:
    recorder = Recorder("run.0")
    recorder.open(Attempt())
    assert read_lines(recorder) == ["lost"]


def test_full_disk_is_reported_and_ends_nobody() -> None:
    recorder = Recorder("run.0")
    recorder._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115  # a real disk that is full
    attempt = Attempt()
    recorder.open(attempt)
    recorder.close(attempt, "x" * 1_000_000)
    recorder.finish()
    assert recorder.damage is not None
    assert "No space left" in recorder.damage


def test_recording_never_blocks_for_long() -> None:
    recorder = Recorder("run.0")
    longest_s = 0.0
    for number in range(20_000):
        attempt = Attempt()
        recorder.open(attempt)
        started = time.thread_time()
        recorder.close(attempt, f'{{"op":"run.0.{number}","key":"{number * 7919 % 10007}","from":{number / 7}}}' * 2)
        longest_s = max(longest_s, time.thread_time() - started)
    assert longest_s < 0.005
