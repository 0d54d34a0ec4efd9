"""What a start waits for before it says READY=1, and what it goes on in spite of."""
import support
from daemon import NOT_RUNNING, Daemon, dr
from namespace import NEIGHBOUR, VIP, Segment

OTHER, FAR = "192.0.2.18", "192.0.2.28"
FAR_ROLE = dr(FAR, extra=f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth1"\n')
AT_ONCE = 5  # seconds: half of what a start waits for the network
EX_CONFIG = 78


class Start(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server

    def daemon(self, **roles):
        return self.using(Daemon(self.server, roles, bus=True))

    def await_state(self, daemon, name, state):
        support.await_(lambda: daemon.control("status").returncode != NOT_RUNNING and daemon.role(name)["state"] == state,
                       10, what=f"{name} is {state}")

    def test_it_is_ready_when_the_network_that_a_role_needs_has_come(self):
        daemon = self.daemon(web=dr(VIP), far=FAR_ROLE)
        daemon.spawn()
        self.await_state(daemon, "far", "degraded")
        self.assertTrue(self.server.holds(VIP))
        self.assertFalse(daemon.notify.told("READY=1"))
        self.segment.add_link("eth1")
        self.server.ip(f"route add {NEIGHBOUR}/32 dev eth1")
        daemon.notify.wait("READY=1", daemon.process, AT_ONCE)
        self.assertTrue(self.server.holds(FAR))

    def test_a_role_that_cannot_be_bound_is_not_waited_for_without_end_nor_in_a_restart(self):
        daemon = self.daemon(web=dr(VIP), far=FAR_ROLE)
        daemon.start()
        self.assertEqual("degraded", daemon.role("far")["state"])
        daemon.leave()
        daemon.start(AT_ONCE)

    # faults: 15
    def test_a_vip_that_has_appeared_on_a_network_device_keeps_a_restart_from_nothing_else(self):
        daemon = self.daemon(web=dr(VIP), other=dr(OTHER))
        daemon.start()
        self.server.ip(f"addr add {VIP}/32 dev eth0")
        self.await_state(daemon, "web", "degraded")
        daemon.kill()
        daemon.start()
        self.assertIn(f"{VIP} is this host's own address, on eth0", daemon.log())
        self.await_state(daemon, "web", "degraded")
        self.await_state(daemon, "other", "serving")
        self.server.ip(f"addr del {VIP}/32 dev eth0")
        self.await_state(daemon, "web", "serving")
        daemon.stop()
        self.server.ip(f"addr add {VIP}/32 dev eth0")
        daemon.spawn()
        self.assertEqual(EX_CONFIG, daemon.wait())


if __name__ == "__main__":
    support.main()
