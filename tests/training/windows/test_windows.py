from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from model.errors import TransactionsError
from tests.orders import lines, transactions
from training.windows.windows import split_windows

# 400 days, the last line in the middle of the last day.
HISTORY = transactions(lines("1", "2024-01-01T09:00 5.00", "2025-02-03T15:30 5.00"))


def split(**options):
    return split_windows(HISTORY, **({"horizon_days": 30, "active_days": 90} | options))


def test_the_last_window_ends_at_the_midnight_after_the_last_line():
    assert split().held_out.as_of == datetime(2025, 1, 5)
    assert split().held_out.ends_at == datetime(2025, 2, 4)


def test_windows_touch_and_do_not_overlap():
    windows = split().windows

    assert all(before.ends_at == after.as_of for before, after in pairwise(windows))


def test_the_first_window_has_the_active_days_of_history_before_it():
    """400 days hold 90 of history and ten horizons of 30, with 10 days to spare."""
    windows = split().windows

    assert len(windows) == 10
    assert windows[0].as_of - datetime(2024, 1, 1) == timedelta(days=100)


def test_only_windows_that_end_by_the_held_out_cutoff_are_learned_from():
    chosen = split(cutoff=datetime(2024, 10, 1))

    assert chosen.held_out.as_of == datetime(2024, 10, 1)
    assert chosen.learned_from[-1].ends_at == datetime(2024, 10, 1)
    assert chosen.windows[-1].as_of > chosen.held_out.as_of


def test_a_history_too_short_says_how_many_days_are_needed():
    with pytest.raises(TransactionsError, match=r"400 days; 350 days of history and two horizons .* at least 410"):
        split(active_days=350)


@pytest.mark.parametrize("cutoff", [datetime(2024, 2, 1), datetime(2025, 1, 20)])
def test_a_cutoff_without_a_complete_window_says_which_days_would_do(cutoff):
    with pytest.raises(TransactionsError, match="must lie from 2024-04-30 to 2025-01-05"):
        split(cutoff=cutoff)
