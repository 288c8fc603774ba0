"""Tools for whoever works on the service; nothing of it is served."""
