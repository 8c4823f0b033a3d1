"""Errors that a person reads: one sentence of what went wrong, one of what to do next."""


class RetouchError(Exception):
    """A failure with a sentence for the user and a next step.

    `sentence` says what happened, `next_step` what the user can do about it. `exit_status` is
    what the command line leaves with: 1 for "not done", 2 for bad usage or unreadable input.
    """

    exit_status = 1

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(f"{sentence} {next_step}".strip())
        self.sentence = sentence
        self.next_step = next_step


class UsageError(RetouchError):
    """The command was called in a way that cannot be carried out."""

    exit_status = 2


class PhotoReadError(RetouchError):
    """A file that is not a photo, or one that cannot be read."""

    exit_status = 2


class PhotoWriteError(RetouchError):
    """A photo, mask or project that could not be written; nothing was left half-written."""


class ProjectError(RetouchError):
    """A project file that is damaged, or made for another photo or a newer program."""

    exit_status = 2


class PhotoMissingError(ProjectError):
    """The photo of a project is not where it was; the user can say where it is now."""


class NoFaceError(RetouchError):
    """No face was found where one is needed."""


class NothingThereError(RetouchError):
    """A click on a place where nothing stands out from the skin."""


class WeightsError(RetouchError):
    """Weights or a language model that are missing or do not fit."""


class PlanError(RetouchError):
    """A plan that breaks the rules of `retouchgpt_core.language.plan`."""


class FillMismatchError(RetouchError):
    """A fill that was made for a photo of another size."""


class CancelledError(RetouchError):
    """Work that the user cancelled; the document is as it was before."""

    def __init__(self) -> None:
        super().__init__("Cancelled.", "Nothing was changed.")
