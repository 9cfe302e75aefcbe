"""The API, version 1: the shapes that Delighted's clients know, and ours."""
