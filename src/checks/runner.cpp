#include "checks/runner.hpp"

#include "checks/http_probe.hpp"
#include "checks/schedule.hpp"
#include "checks/tcp_probe.hpp"
#include "checks/unit_probe.hpp"
#include "config/values.hpp"

namespace rs::checks {
namespace {

std::unique_ptr<Probe> make_probe(Surroundings& around, const Check& check,
                                  UnitProbe::OnChange on_change)
{
    switch (check.type) {
    case CheckType::tcp:
        return std::make_unique<TcpProbe>(around.loop, check.target);
    case CheckType::http:
        return std::make_unique<HttpProbe>(around.http, check);
    case CheckType::unit:
        return std::make_unique<UnitProbe>(around.systemd, check.target, std::move(on_change));
    case CheckType::exec:
        break;
    }
    return std::make_unique<ExecProbe>(around.loop, around.guards, check.target);
}

} // namespace

Runner::Runner(Surroundings& surroundings, const Order& order, OnReport on_report)
    : order_{order},
      on_report_{std::move(on_report)},
      timer_{surroundings.loop.timer([this] { act(); })},
      probe_{make_probe(surroundings, order.check, [this] {
          if (!running_) {
              timer_->arm(Clock::now());
          }
      })}
{
    timer_->arm(Clock::now());
}

void Runner::act()
{
    if (!running_) {
        start();
        return;
    }
    probe_->cancel();
    finish({false, "timed out after " + to_string(order_.check.timeout)});
}

void Runner::start()
{
    running_ = true;
    started_ = Clock::now();
    timer_->arm(started_ + order_.check.timeout);
    probe_->start([this](const Finding& finding) { finish(finding); });
}

void Runner::finish(const Finding& finding)
{
    running_ = false;
    const auto jitter = std::uniform_real_distribution<>{-1, 1}(random_);
    timer_->arm(next_start(started_, Clock::now(), order_.check.interval, jitter));
    on_report_({order_.id, finding.ok, finding.text});
}

} // namespace rs::checks
