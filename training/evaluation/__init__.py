"""How good forecasts of past windows were."""
