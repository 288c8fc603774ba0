"""``python -m training.backtest ORDERS``: every candidate on the last windows, each as if the future were unknown."""

import sys

from training.evaluation.backtest import main

if __name__ == "__main__":
    sys.exit(main())
