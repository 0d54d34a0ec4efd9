"""Draining end to end, with real connections: what realserverctl says, what becomes of the connections, and
what survives a restart and a reboot."""
import shutil
import time

import support
from daemon import NOT_RUNNING, Daemon, dr
from namespace import VIP, VIP6, Segment
from probes import Web, connect

DONE, TIMED_OUT, NO_SUCH_ROLE = 0, 5, 6


class Drain(support.Test):
    NODE = "[stop]\ndrain = false\n"
    ROLES = {"web": dr(VIP, VIP6), "media": dr("192.0.2.18", services=("554/tcp",))}

    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server
        self.web = self.using(Web(self.server, 80))
        self.daemon = self.using(Daemon(self.server, self.ROLES, node=self.NODE))
        self.daemon.start()

    def connection(self, vip=VIP, port=80):
        """Both ends of a connection to the VIP: the client's and the server's."""
        client = self.using(connect(self.segment.neighbour, vip, port))
        served = self.using(self.web.accept())
        return client, served

    def talks(self, client, served):
        client.sendall(b"?")
        self.assertEqual(b"?", served.recv(1))
        served.sendall(b"!")
        self.assertEqual(b"!", client.recv(1))

    def close(self, client, served):
        client.close()
        served.close()

    def state(self, name="web"):
        return self.daemon.role(name)["state"]

    def await_state(self, wanted, name="web", seconds=5):
        support.await_(lambda: self.state(name) == wanted, seconds, 0.05, f"{name} is {wanted}")

    def drain(self, *words):
        return self.daemon.control("drain", *words).returncode


class Course(Drain):
    def test_a_drain_waits_for_the_last_connection_and_keeps_the_vip(self):
        pairs = [self.connection(VIP), self.connection(VIP6)]
        command = self.daemon.control_start("drain", "web")
        self.await_state("draining")
        self.assertEqual(2, self.daemon.role("web")["connections"])
        self.assertIsNone(command.poll())
        self.close(*pairs[0])
        support.await_(lambda: self.daemon.role("web")["connections"] == 1, seconds=15, what="one connection left")
        self.talks(*pairs[1])
        self.close(*pairs[1])
        self.assertEqual(DONE, command.wait(10), command.stderr.read())
        self.assertEqual(("drained", "serving"), (self.state(), self.state("media")))
        self.assertTrue(self.server.holds(VIP))
        self.connection()  # who still comes is served
        command.stdout.close()
        command.stderr.close()

    def test_a_drain_without_connections_settles_by_itself(self):
        self.assertEqual(DONE, self.drain("web"))
        self.assertEqual("drained", self.state())

    def test_no_role_means_the_whole_node(self):
        self.assertEqual(DONE, self.drain("--no-wait"))
        for name in self.ROLES:
            self.await_state("drained", name)
        self.assertEqual(DONE, self.daemon.control("undrain").returncode)
        self.assertEqual(["serving", "serving"], [self.state(name) for name in self.ROLES])

    def test_connections_to_other_ports_and_addresses_do_not_hold_it_up(self):
        other = self.using(Web(self.server, 8080))
        client = self.using(connect(self.segment.neighbour, VIP, 8080))
        served = self.using(other.accept())
        rip = self.using(connect(self.segment.neighbour, "192.0.2.9", 80))
        self.assertEqual(DONE, self.drain("web"))
        self.assertEqual(0, self.daemon.role("web")["connections"])
        self.talks(client, served)
        rip.close()

    def test_undrain_while_draining_serves_again_and_the_connection_lives_on(self):
        pair = self.connection()
        self.assertEqual(DONE, self.drain("web", "--no-wait"))
        self.await_state("draining")
        self.assertEqual(DONE, self.daemon.control("undrain", "web").returncode)
        self.assertEqual("serving", self.state())
        self.assertIsNone(self.daemon.role("web")["drain"])
        self.talks(*pair)


class Deadline(Drain):
    def test_a_deadline_keeps_the_connections_and_says_so(self):
        pair = self.connection()
        begin = time.monotonic()
        self.assertEqual(TIMED_OUT, self.drain("web", "--timeout", "1s"))
        self.assertGreater(time.monotonic() - begin, 0.9)
        self.assertEqual("drained", self.state())
        self.talks(*pair)

    def test_a_deadline_resets_the_connections_where_the_role_says_so(self):
        self.daemon.write_role("web", dr(VIP, VIP6, extra='[drain]\ntimeout = "1s"\non_timeout = "reset"'))
        self.daemon.reload()
        other = self.using(Web(self.server, 8080))
        pair, mapped = self.connection(), self.connection(VIP6)
        bystander = self.using(connect(self.segment.neighbour, VIP, 8080)), self.using(other.accept())
        self.assertEqual(DONE, self.drain("web"), "no connection is left")
        self.assertEqual("drained", self.state())
        for client, served in (pair, mapped):
            for end in (client, served):
                end.settimeout(3)
                with self.assertRaises((ConnectionResetError, ConnectionAbortedError)):
                    end.recv(1)
        support.await_(lambda: self.daemon.role("web")["connections"] == 0, seconds=15, what="none left")
        self.talks(*bystander)

    def test_the_status_tells_the_deadline(self):
        self.connection()
        self.assertEqual(DONE, self.drain("web", "--timeout", "5m", "--no-wait"))
        drain = self.daemon.role("web")["drain"]
        self.assertTrue(drain["persistent"])
        self.assertTrue(drain["since"])
        self.assertTrue(drain["deadline"])
        self.drain("web", "--timeout", "0", "--no-wait")
        self.assertIsNone(self.daemon.role("web")["drain"]["deadline"])


class Persistence(Drain):
    def reboot(self):
        """What a reboot leaves: the state directory."""
        self.daemon.stop()
        shutil.rmtree(self.daemon.runtime)
        self.daemon.runtime.mkdir()
        self.daemon.start()

    def restart(self):
        self.daemon.leave()
        self.daemon.start()

    def test_a_drained_role_is_drained_after_a_restart_and_a_reboot(self):
        self.assertEqual(DONE, self.drain("web"))
        for again in (self.restart, self.reboot):
            again()
            self.assertEqual(("drained", "serving"), (self.state(), self.state("media")))
            self.assertTrue(self.server.holds(VIP))
        self.assertEqual(DONE, self.daemon.control("undrain", "web").returncode)
        self.reboot()
        self.assertEqual("serving", self.state())

    def test_a_draining_role_goes_on_draining_after_a_crash(self):
        pair = self.connection()
        self.drain("web", "--no-wait")
        self.await_state("draining")
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual("draining", self.state())
        self.talks(*pair)
        self.close(*pair)
        self.await_state("drained")

    def test_a_runtime_drain_survives_a_restart_but_no_reboot(self):
        self.assertEqual(DONE, self.drain("web", "--runtime"))
        self.restart()
        self.assertEqual("drained", self.state())
        self.assertFalse(self.daemon.role("web")["drain"]["persistent"])
        self.reboot()
        self.assertEqual("serving", self.state())


class ExitStatus(Drain):
    def test_an_unknown_role_is_6(self):
        for command in ("drain", "undrain", "status"):
            result = self.daemon.control(command, "wbe")
            self.assertEqual(NO_SUCH_ROLE, result.returncode, command)
            self.assertIn("wbe", result.stderr)

    def test_no_daemon_is_3(self):
        self.daemon.stop()
        for words in (("drain",), ("undrain",), ("status",), ("reload",)):
            self.assertEqual(NOT_RUNNING, self.daemon.control(*words).returncode, words)

    def test_status_is_0_only_while_every_role_serves(self):
        self.assertEqual(0, self.daemon.control("status").returncode)
        self.drain("media")
        self.assertNotEqual(0, self.daemon.control("status").returncode)
        self.assertEqual(0, self.daemon.control("status", "web").returncode)


class StopDrains(Drain):
    NODE = '[stop]\ndrain = true\ntimeout = "1m"\n'

    def test_a_stop_drains_first_and_unbinds_when_the_last_connection_is_gone(self):
        pair = self.connection()
        self.daemon.send(15)
        self.await_state("draining")
        self.talks(*pair)
        self.assertTrue(self.server.holds(VIP))
        self.close(*pair)
        self.assertEqual(0, self.daemon.wait())
        self.assertFalse(self.server.holds(VIP))

    def test_a_stop_waits_no_longer_than_it_may(self):
        self.daemon.write_node(self.NODE.replace("1m", "3s"))
        self.daemon.reload()
        pair = self.connection()
        begin = time.monotonic()
        self.daemon.stop(20)
        self.assertTrue(2.9 < time.monotonic() - begin < 15)
        self.assertFalse(self.server.holds(VIP))
        self.assertIsNotNone(pair)

    def test_the_drain_of_a_stop_is_not_remembered(self):
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual("serving", self.state())


if __name__ == "__main__":
    support.main()
