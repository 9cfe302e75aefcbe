"""What texts and calls by Twilio have in common."""
