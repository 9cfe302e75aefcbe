"""A survey as a telephone call."""
