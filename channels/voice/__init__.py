"""Invitations by phone."""
