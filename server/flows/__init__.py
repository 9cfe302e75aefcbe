"""The stories: one verb a file. Every write is a flow."""
