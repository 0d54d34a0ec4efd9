#include "sample.hpp"
#include "support/catch.hpp"
#include "view/status_json.hpp"
#include "view/time_text.hpp"

using namespace rs;
using namespace rs::test;

TEST_CASE("the status as JSON has exactly the documented members, in order")
{
    CHECK(json_text(status_json(two_roles())) == R"({
  "version": "0.1.0",
  "state": "draining",
  "roles": [
    {
      "name": "mail",
      "forwarding": "tun",
      "state": "draining",
      "in_sync": false,
      "vips": [
        {
          "address": "192.0.2.9",
          "device": "lo",
          "bound": true
        },
        {
          "address": "192.0.2.10",
          "device": "lo",
          "bound": false
        },
        {
          "address": "192.0.2.64/28",
          "device": "lo",
          "bound": true
        }
      ],
      "services": [
        "25/tcp"
      ],
      "connections": 1,
      "drain": {
        "since": "2026-03-01T09:04:00.000250Z",
        "deadline": "2026-03-01T09:09:00.000250Z",
        "persistent": true
      },
      "directors": [
        {
          "address": "192.0.2.6",
          "last_poll": "2026-03-01T09:04:58.000250Z",
          "last_answer": "draining",
          "polling": true,
          "told": true
        },
        {
          "address": "192.0.2.7",
          "last_poll": null,
          "last_answer": null,
          "polling": false,
          "told": false
        }
      ],
      "checks": [
        {
          "type": "tcp",
          "target": "127.0.0.1:25",
          "ok": false,
          "since": "2026-03-01T09:04:30.000250Z"
        },
        {
          "type": "unit",
          "target": "postfix",
          "ok": true,
          "since": "2026-03-01T08:05:00.000250Z"
        }
      ],
      "drift": [
        {
          "when": "2026-03-01T09:04:50.000250Z",
          "what": "VIP 192.0.2.10 on lo was removed"
        }
      ],
      "problems": [
        "VIP 192.0.2.10 on lo: \u001b[31mdevice or resource busy"
      ]
    },
    {
      "name": "web",
      "forwarding": "dr",
      "state": "serving",
      "in_sync": true,
      "vips": [
        {
          "address": "192.0.2.8",
          "device": "lo",
          "bound": true
        },
        {
          "address": "2001:db8::8",
          "device": "lo",
          "bound": true
        }
      ],
      "services": [
        "80/tcp",
        "443/udp"
      ],
      "connections": 12,
      "drain": null,
      "directors": [],
      "checks": [],
      "drift": [],
      "problems": []
    }
  ],
  "problems": [],
  "missing": []
})");
}

TEST_CASE("a drain without limit has no deadline")
{
    auto role = mail();
    role.drain->deadline.reset();
    CHECK(role_json(role)["drain"]["deadline"].is_null());
}

TEST_CASE("an empty node is still a whole object")
{
    NodeStatus status;
    status.version = "0.1.0";
    CHECK(json_text(status_json(status), -1) ==
          R"({"version":"0.1.0","state":"serving","roles":[],"problems":[],"missing":[]})");
}

TEST_CASE("text that is no UTF-8 does not make the JSON invalid")
{
    auto role = web();
    role.problems = {"caf\xe9"};
    CHECK(Json::accept(json_text(role_json(role))));
}

TEST_CASE("times before the epoch's first second and whole seconds keep six digits")
{
    CHECK(rfc3339(WallTime{}) == "1970-01-01T00:00:00.000000Z");
    CHECK(rfc3339(WallTime{} - 1us) == "1969-12-31T23:59:59.999999Z");
    CHECK(rfc3339(noon) == "2026-03-01T09:05:00.000250Z");
}
