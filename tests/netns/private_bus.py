"""A bus for one test."""
import subprocess

from namespace import die_with_parent

# Without `limits`, as the configuration of the system bus: those that dbus-daemon has built in are in force.
BUS_CONFIGURATION = """<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  {limits}
</busconfig>
"""


class Bus:
    """A private dbus-daemon; `address` is for DBUS_SESSION_BUS_ADDRESS."""

    def __init__(self, directory, limits=""):
        self.address = f"unix:path={directory}/bus"
        configuration = directory / "bus.conf"
        configuration.write_text(BUS_CONFIGURATION.format(address=self.address, limits=limits))
        self._process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
        )
        self._process.stdout.readline()

    @property
    def pid(self):
        return self._process.pid

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
