"""A model that fails is left alone, and asked again one call at a time."""

import pytest

from app.insights.breaker import OPEN_SECONDS, Admission, CircuitBreaker
from tests.app.insights.clock import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(clock)


def fail(breaker, times):
    for _ in range(times):
        breaker.admit()
        breaker.failed()


def test_three_failures_in_a_row_open_it(breaker):
    fail(breaker, 2)
    assert breaker.admit() is Admission.YES
    breaker.failed()
    assert breaker.admit() is Admission.NO


def test_a_success_in_between_keeps_it_closed(breaker):
    fail(breaker, 2)
    breaker.admit()
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.admit() is Admission.YES


def test_after_a_rest_one_probe_at_a_time(breaker, clock):
    fail(breaker, 3)
    clock.sleep(OPEN_SECONDS)

    assert breaker.admit() is Admission.AS_PROBE
    assert breaker.admit() is Admission.NO
    breaker.succeeded()
    assert breaker.admit() is Admission.YES


def test_a_probe_that_fails_doubles_the_rest(breaker, clock):
    fail(breaker, 3)
    clock.sleep(OPEN_SECONDS)
    fail(breaker, 1)

    clock.sleep(OPEN_SECONDS)
    assert breaker.admit() is Admission.NO
    clock.sleep(OPEN_SECONDS)
    assert breaker.admit() is Admission.AS_PROBE


def test_a_probe_that_was_cancelled_lets_the_next_one_try(breaker, clock):
    fail(breaker, 3)
    clock.sleep(OPEN_SECONDS)
    breaker.admit()
    breaker.abandoned()

    assert breaker.admit() is Admission.AS_PROBE


def test_a_pause_that_the_server_asked_for_needs_no_probe(breaker, clock):
    breaker.admit()
    breaker.pause(7)
    assert breaker.admit() is Admission.NO

    clock.sleep(7)
    assert breaker.admit() is Admission.YES
    assert breaker.admit() is Admission.YES


def test_a_shorter_pause_does_not_end_a_longer_one(breaker, clock):
    breaker.pause(60)
    breaker.pause(5)
    clock.sleep(30)

    assert breaker.admit() is Admission.NO
