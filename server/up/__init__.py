"""One command starts everything a server needs, keeps it running and ends it in order."""
