"""The migrations, in order: a number and what it does."""
