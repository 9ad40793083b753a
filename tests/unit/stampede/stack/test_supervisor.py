import socket
from pathlib import Path

import pytest

from stampede.stack import supervisor


def test_hanging_supervisor_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "ANSWER_TIMEOUT_S", 0.05)
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(place))
        silent.listen()
        with pytest.raises(supervisor.ERRORS):
            supervisor.connect_supervisor(place).supervisor.getState()
