"""What an administrator does to one real server while the clients go on."""
import time


def drain_and_restart(scene, server, limit):
    """Out of service, its web server restarted the hard way, and in again. No connection may begin later than
    `limit` seconds after the drain did, and when it says "drained" every director must spare the server."""
    scene.timed(f"{server.name}_drain_s", server.control, "drain")
    scene.expect(not any(director.takes(server.address) for director in scene.directors),
                 f"{server.name} is drained, and a director still sends it connections")
    began = server.drain_began()
    server.web.restart()
    scene.quiet(server, began, time.monotonic(), limit, f"{server.name}_drain")
    scene.timed(f"{server.name}_undrain_s", server.control, "undrain")
    # keepalived's HTTP_GET wants a second yes before it acts on the first.
    scene.timed(f"{server.name}_taken_s", scene.await_taken, server, True)


def stop_and_start(scene, server, limit):
    """As `systemctl stop` and `systemctl start` of the agent."""
    began = time.monotonic()
    scene.timed(f"{server.name}_stop_s", server.daemon.stop, 30)
    scene.quiet(server, began, time.monotonic(), limit, f"{server.name}_stop")
    server.daemon.start()
    scene.await_taken(server, True)


def break_and_repair(scene, server, name, damage, repair, limit):
    """The directors take the server out within `limit` seconds, and in again as soon as it can serve. Until they
    did, clients suffer: that is counted apart."""
    began = time.monotonic()
    damage()
    scene.await_taken(server, False, limit)
    out = time.monotonic()
    scene.figures[f"{name}_out_s"] = round(out - began, 2)
    scene.excused(server, began, out, name)
    time.sleep(1)  # in which clients must not suffer any more
    back = time.monotonic()
    repair()
    scene.await_taken(server, True, limit)
    scene.figures[f"{name}_in_s"] = round(time.monotonic() - back, 2)


def compare_settings(scene, settings, settling):
    """Drains the first real server under one sysctl of the director's IPVS after the other. With the first of them
    clients still reach it, with the others nobody does. Returns the result of the scene."""
    spans = [(f"{key}={value}", *_drained_under(scene, key, value, settling)) for key, value in settings]
    result = scene.result()
    for number, (name, begin, end) in enumerate(spans):
        result[name] = scene.traffic.count(scene.servers[0].name, begin, end)
        scene.expect((result[name] > 0) is (number == 0), f"{name}: {result[name]} new connections to a drained server")
    return result


def _drained_under(scene, key, value, settling):
    """The two moments between which the director had weight 0, a while after the sysctl was set."""
    server, director = scene.servers[0], scene.directors[0].namespace
    before = director.run("sysctl", "-n", f"net.ipv4.vs.{key}").strip()
    director.run("sysctl", "-q", "-w", f"net.ipv4.vs.{key}={value}")
    time.sleep(settling)  # until IPVS remembers clients as it does under this sysctl
    server.control("drain", "--no-wait")
    scene.await_taken(server, False)
    begin = time.monotonic()
    time.sleep(2)  # of clients, whose connections are counted afterwards
    end = time.monotonic()
    director.run("sysctl", "-q", "-w", f"net.ipv4.vs.{key}={before}")
    server.control("undrain", "--no-wait")
    scene.await_taken(server, True)
    return begin, end
