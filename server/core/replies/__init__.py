"""What somebody typed into a text message or said on the phone: an answer, a wish to stop, or words to keep."""

from server.core.replies.reading import Read, read_reply
from server.core.replies.wishes import Wish, wish_in

__all__ = ["Read", "Wish", "read_reply", "wish_in"]
