"""Invitations by text message."""
