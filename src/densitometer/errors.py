"""What can go wrong, as exceptions whose text is one clear sentence: what, where, what to do."""

_LONGEST = 8000


def shown(text: str) -> str:
    """Return a text as one line for a terminal: what files and names hold may neither steer it nor flood it."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    if len(text) > _LONGEST:
        return f"{text[:_LONGEST]} ... (and {len(text) - _LONGEST} characters more)"
    return text


class DensitometerError(Exception):
    """Base of every error that densitometer raises on purpose; its text is meant for the user.

    Parameters
    ----------
    text : str
        One sentence. What it quotes of files and names may be anything: it becomes one line that can be shown.
    """

    def __init__(self, text: str) -> None:
        super().__init__(shown(text))


class PhotoError(DensitometerError):
    """A photograph that cannot be read or measured.

    Parameters
    ----------
    reason : str
        One sentence that becomes the ``reason`` of the photograph's row in ``photos.csv``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = str(self)


class ScaleError(DensitometerError):
    """A stated scale that cannot be true (not a positive, plausible number of um per px)."""


class SettingsError(DensitometerError):
    """A settings file or value that cannot be used; the text names every offending key."""


class ModelError(DensitometerError):
    """Weights of the strand network that are missing or damaged; the text says how to measure without them."""


class VisitsError(DensitometerError):
    """A visits table that cannot be used; the text names every offending row and column."""


class ResultsError(DensitometerError):
    """A results folder that cannot be written or read."""


class RenderError(DensitometerError):
    """A scene that cannot be rendered as asked; the text says which value is wrong and what would do."""


class StudyError(DensitometerError):
    """A study that cannot be read, or not be written as asked; the text names every offending row, or the file."""
