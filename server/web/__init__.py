"""HTTP in and out: parse, call one flow, show the result."""
