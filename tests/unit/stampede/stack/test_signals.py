import os
import signal

import pytest

from stampede.stack.signals import SIGNALS, deferred_signals


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_waits_for_the_end_of_the_block(number: int) -> None:
    before = signal.getsignal(number)
    passed = []

    def act() -> None:
        with deferred_signals():
            os.kill(os.getpid(), number)
            passed.append(number)

    with pytest.raises(KeyboardInterrupt):
        act()
    assert passed == [number]
    assert signal.getsignal(number) is before


def test_handlers_are_restored_after_a_failure() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(ValueError, match="x"), deferred_signals():
        raise ValueError("x")
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with deferred_signals():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
