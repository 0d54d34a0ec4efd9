"""ldirectord, with the configuration that the real servers print."""
import re

from director import Director

REAL = re.compile(r"^        real=.*\n", re.MULTILINE)


class Ldirectord(Director):
    def __init__(self, namespace, configuration):
        super().__init__(namespace, "ldirectord")
        file = self.directory / "ldirectord.cf"
        file.write_text(f'supervised=yes\nlogfile="{self.directory}/log"\n{configuration}')
        self.spawn("ldirectord", str(file), "start")


def agents_check(servers):
    """What the first real server says, and of each further one the line that its text says to take."""
    first, *further = (server.director_config("ldirectord") for server in servers)
    end = REAL.search(first).end()
    return first[:end] + "".join(REAL.search(text)[0] for text in further) + first[end:]
