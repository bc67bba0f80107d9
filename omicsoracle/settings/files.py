"""Variables whose values stand in files, as containers are given secrets: SECRET_KEY_FILE=…."""

from environ.fileaware_mapping import FileAwareMapping


class Variables(FileAwareMapping):  # type: ignore[misc]  # it has no types
    """The environment; NAME_FILE wins over NAME. An empty file is a variable that is not set."""

    def __getitem__(self, name: str) -> str:
        value = str(super().__getitem__(name))
        if f"{name}_FILE" not in self.env:
            return value
        if not (said := value.strip()):  # an editor may have added a newline
            raise KeyError(name)
        return said
