#pragma once
#include "health/answer.hpp"
#include "util/handle.hpp"
#include "view/metrics.hpp"

#include <microhttpd.h>

#include <chrono>

namespace rs {

// An answer as libmicrohttpd sends it.
struct Page {
    Answer answer;
    Handle<MHD_Response, MHD_destroy_response> response;
};

// All answers, rendered before anybody asks; only /status and /metrics are rendered when asked,
// from what was published, and then kept for a moment, so that a flood of them costs little.
class Pages {
public:
    using Clock = std::chrono::steady_clock;

    Pages();
    void publish(const NodeStatus& status);
    // The page lives until the next call; the response, once it is queued, as long as it is sent.
    // `counters` are those /metrics shows.
    [[nodiscard]] const Page& find(std::string_view method, std::string_view path,
                                   const EndpointCounters& counters, Clock::time_point now);

    [[nodiscard]] const Page& forbidden() const { return forbidden_; }

    [[nodiscard]] const std::string& agent_check_line() const { return agent_check_line_; }

    [[nodiscard]] RoleState state() const { return status_.state; }

private:
    struct Rendered {
        Page page;
        std::optional<Clock::time_point> since; // none: to be rendered again
    };

    template <typename Render>
    const Page& fresh(Rendered& rendered, Clock::time_point now, Render render);

    NodeStatus status_;
    Answers answers_;
    std::map<std::string, Page, std::less<>> pages_;
    std::string agent_check_line_;
    bool published_{};
    Page forbidden_;
    Page unknown_path_;
    Page wrong_method_;
    Page starting_;
    Rendered status_page_;
    Rendered metrics_page_;
};

} // namespace rs
