"""The pages that the team works in."""
