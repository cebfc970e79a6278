"""Họ, chữ đệm, tên: which characters a person's name may have. It judges letters only; what they spell is the person's."""

# Letters of the Latin script as papers print them, Vietnamese ones and those of other languages: Basic Latin to
# Latin Extended-B, and Latin Extended Additional. Not the phonetic, full-width and mathematical look-alikes.
_LATIN = (range(0x250), range(0x1E00, 0x1F00))


def has_foreign_letters(name: str) -> bool:
    """Whether a letter of another script is in it: it may look like a Latin one, and would never be found by it.

    Digits, punctuation and marks are left alone: what is odd in a name is for the desk to see, not for a rule to guess.
    """
    if name.isascii():
        return False
    return any(char.isalpha() and not any(ord(char) in letters for letters in _LATIN) for char in name)


def is_one_line(name: str) -> bool:
    """Whether it stands on one line without tabs, as on paper."""
    return "\n" not in name and "\t" not in name
