"""Numbers become numbers: the forecasts, their levels, bounds, intervals and attributions."""
