"""A real Redis for the tests: Debian's redis-server with a password and nothing on disk."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support import skip_or_fail

PASSWORD = "the_redis_password"


@contextmanager
def redis_server(port: int) -> Iterator[str]:
    """A server that accepts connections; gives its address, password included."""
    command = shutil.which("redis-server")
    if command is None:
        skip_or_fail("redis-server is not installed: apt-get install redis-server")
    options = ["--port", str(port), "--save", "", "--appendonly", "no", "--requirepass", PASSWORD]
    process = subprocess.Popen([str(command), *options], stdout=subprocess.DEVNULL)
    try:
        _wait_until_listening(port)
        yield address(port)
    finally:
        process.kill()
        process.wait()


def address(port: int) -> str:
    """Where a server on this port is found."""
    return f"redis://:{PASSWORD}@127.0.0.1:{port}/0"


def _wait_until_listening(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("redis-server does not listen")
