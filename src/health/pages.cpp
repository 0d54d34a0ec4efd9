#include "health/pages.hpp"

#include "view/status_json.hpp"

#include <malloc.h>

#include <new>

namespace rs {
namespace {

// How long /status and /metrics may show what was: without news, and with news that are no other
// answer to a director (the time of his poll, for one), which come as fast as he asks.
constexpr std::chrono::milliseconds longest_kept{1000};

constexpr auto plain_text = "text/plain; charset=utf-8";
constexpr auto json_type = "application/json";
constexpr auto metrics_type = "text/plain; version=0.0.4; charset=utf-8";

Page page_of(Answer answer, const char* type)
{
    // MHD copies the body, and takes it as not const in old versions only.
    Page page{std::move(answer), nullptr};
    page.response.reset(MHD_create_response_from_buffer(
        page.answer.body.size(), page.answer.body.data(), MHD_RESPMEM_MUST_COPY));
    if (!page.response) {
        throw std::bad_alloc{};
    }
    auto* const response = page.response.get();
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (page.answer.code == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    return page;
}

Page page_of(Answer answer)
{
    return page_of(std::move(answer), plain_text);
}

} // namespace

Pages::Pages()
    : agent_check_line_{"down #starting\n"},
      forbidden_{page_of(forbidden_answer())},
      unknown_path_{page_of(unknown_path_answer())},
      wrong_method_{page_of(wrong_method_answer())},
      starting_{page_of(starting_answer())}
{}

void Pages::publish(const NodeStatus& status)
{
    status_ = status;
    published_ = true;
    agent_check_line_ = rs::agent_check_line(status);
    auto answers = answers_of(status);
    if (answers == answers_) {
        return;
    }
    std::map<std::string, Page, std::less<>> pages;
    for (const auto& [path, answer] : answers) {
        pages.emplace(path, page_of(answer));
    }
    answers_ = std::move(answers);
    pages_ = std::move(pages);
    status_page_.since.reset();
    metrics_page_.since.reset();
}

template <typename Render>
const Page& Pages::fresh(Rendered& rendered, Clock::time_point now, Render render)
{
    if (!rendered.since || now - *rendered.since >= longest_kept) {
        rendered.page = render();
        rendered.since = now;
        ::malloc_trim(0); // rendering takes many times what it leaves
    }
    return rendered.page;
}

const Page& Pages::find(std::string_view method, std::string_view path,
                        const EndpointCounters& counters, Clock::time_point now)
{
    if (!reads(method)) {
        return wrong_method_;
    }
    if (!published_) {
        return starting_;
    }
    if (const auto found = pages_.find(path); found != pages_.end()) {
        return found->second;
    }
    if (path == "/status") {
        return fresh(status_page_, now, [&] {
            return page_of({MHD_HTTP_OK, json_text(status_json(status_)) + '\n', {}, {}},
                           json_type);
        });
    }
    if (path == "/metrics") {
        return fresh(metrics_page_, now, [&] {
            return page_of({MHD_HTTP_OK, metrics_text(status_, counters), {}, {}}, metrics_type);
        });
    }
    return unknown_path_;
}

} // namespace rs
