"""What runs in a visitor's browser, and the pages shown in its frame: files to serve, nothing to call."""
