"""``python -m training.backtest ORDERS``: every candidate on the last windows, each as if the future were unknown.

A command and nothing else, for ``training.evaluation.backtest`` does the work: whoever imported this would have it in
place of the function ``training.backtest``.
"""

import sys

from training.__main__ import backtest_main

if __name__ == "__main__":
    sys.exit(backtest_main())
