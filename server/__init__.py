"""Askonce, the server: rules, memory, stories and doors."""
