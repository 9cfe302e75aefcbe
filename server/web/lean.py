"""Scripts and styles without what is only for those who read them: it would be a tenth of the weight."""

from __future__ import annotations

import re

# Only comments that have their lines to themselves: to tell others from texts, one would have to read the language.
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*(?:(?!\*/).)*\*/[ \t]*)\n", re.M | re.S)
_INDENT = re.compile(r"^[ \t]+|\n+(?=\n)", re.M)


def lean(source: bytes) -> bytes:
    """`source` (JavaScript or CSS, UTF-8) without comments on lines of their own, indentation and empty lines.

    No text in it may go over several lines and have one that begins with `//` or `/*`, or whose indentation matters.
    """
    return _INDENT.sub("", _COMMENT.sub("", source.decode())).encode()
