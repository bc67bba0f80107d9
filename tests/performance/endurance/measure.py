"""What the platform does under much load, and for long; each part is written into its place."""

from tests.performance.endurance import bursts, soak
from tests.performance.endurance.site import serving
from tests.performance.parts import Part, measure

PARTS: dict[str, Part] = {
    "load": bursts.load,
    "stress": bursts.stress,
    "spike": bursts.spike,
    "soak": soak.soak,
}


def main() -> None:
    measure(
        PARTS,
        over=serving,
        shared_by="the load, all processes of the platform, PostgreSQL and both Valkeys",
        document="load-measured.md",
        about=__doc__,
        options={"rate": 0.0, "minutes": 0.0},
    )
