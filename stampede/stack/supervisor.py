"""The supervisor's XML-RPC over its socket, with a timeout: a supervisor that hangs counts as not running."""

import hashlib
import os
import tempfile
import xmlrpc.client
from pathlib import Path

from supervisor.xmlrpc import SupervisorTransport, UnixStreamHTTPConnection

ANSWER_TIMEOUT_S = 20.0  # it answers a stop once the program was killed, after 10 s
ERRORS = (OSError, xmlrpc.client.Fault, xmlrpc.client.ProtocolError)


class _Connection(UnixStreamHTTPConnection):  # type: ignore[misc]  # the package has no types
    socketfile = ""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(ANSWER_TIMEOUT_S)


def connect_supervisor(socket: Path) -> xmlrpc.client.ServerProxy:
    """A client of the supervisor behind a socket; its calls raise one of ERRORS where it does not answer."""
    transport = SupervisorTransport(None, None, f"unix://{socket}")

    def connect() -> _Connection:
        connection = _Connection("localhost")
        connection.socketfile = str(socket)
        return connection

    transport._get_connection = connect
    return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)


def place_socket(state: Path) -> Path:
    """The supervisor's socket: its path is limited to about 100 bytes, and that of `state` may be longer."""
    name = hashlib.sha256(str(state).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"stampede-{os.geteuid()}-{name}.sock"
