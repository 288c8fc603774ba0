"""Ctrl-C ends a command at once, whatever is under way."""

import os
import signal
import threading
import time

import pytest

from model.engines.interruption import beside


def test_ctrl_c_does_not_wait_for_a_library_that_is_deaf_to_it():
    started = time.monotonic()
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        beside(lambda: time.sleep(5))

    assert time.monotonic() - started < 2


def test_what_goes_wrong_beside_is_told_here():
    with pytest.raises(ZeroDivisionError):
        beside(lambda: 1 / 0)
