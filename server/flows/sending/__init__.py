"""The way of a message out of the house, a file for each step: claimed, kept, called, recorded, and resolved."""
