"""Why a deployment does not come about. The message says what happened; the code is the exit code."""


class DeployError(Exception):
    """The release did not do; what served before serves on."""

    code = 1


class Refused(DeployError):
    """Nothing was started: what was asked for cannot be done as it was asked."""

    code = 2


class Busy(Refused):
    """Another deployment is under way."""

    code = 3


class Unrestored(DeployError):
    """The release did not do, and what served before could not be brought back: somebody must look."""

    code = 4
