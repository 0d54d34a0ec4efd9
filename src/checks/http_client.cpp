#include "checks/http_client.hpp"

#include <sys/epoll.h>

#include <new>

namespace rs::checks {

HttpClient::HttpClient(Loop& loop)
    : loop_{loop}, multi_{curl_multi_init()}, timer_{loop.timer([this] {
          act(CURL_SOCKET_TIMEOUT);
      })}
{
    if (!multi_) {
        throw std::bad_alloc{};
    }
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
}

void HttpClient::add(CURL* transfer, OnEnd on_end)
{
    running_[transfer] = std::move(on_end);
    curl_multi_add_handle(multi_.get(), transfer); // arms the timer, which begins it
}

void HttpClient::remove(CURL* transfer)
{
    if (running_.erase(transfer) != 0) {
        curl_multi_remove_handle(multi_.get(), transfer);
    }
}

int HttpClient::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept
{
    static_cast<HttpClient*>(self)->watch(socket, what);
    return 0;
}

int HttpClient::on_timer(CURLM*, long milliseconds, void* self) noexcept
{
    auto& timer = *static_cast<HttpClient*>(self)->timer_;
    if (milliseconds < 0) {
        timer.disarm();
    } else {
        timer.arm(Clock::now() + std::chrono::milliseconds{milliseconds});
    }
    return 0;
}

void HttpClient::watch(curl_socket_t socket, int what)
{
    if (auto old = watches_.extract(socket)) {
        old.mapped()->disarm(); // libcurl may close the descriptor at once
        retired_.push_back(std::move(old.mapped()));
    }
    if (what != CURL_POLL_REMOVE) {
        const auto events = (what == CURL_POLL_OUT ? 0U : static_cast<unsigned>(EPOLLIN)) |
                            (what == CURL_POLL_IN ? 0U : static_cast<unsigned>(EPOLLOUT));
        watches_[socket] = loop_.on_ready(socket, events, [this, socket] { act(socket); });
    }
}

void HttpClient::act(curl_socket_t socket)
{
    int running{};
    curl_multi_socket_action(multi_.get(), socket, 0, &running);
    int left{};
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        auto* const transfer = message->easy_handle;
        const auto result = message->data.result; // NOLINT: a C union
        const auto on_end = std::move(running_[transfer]);
        remove(transfer);
        on_end(result);
    }
    // Those of an earlier call: their callbacks have long returned.
    if (socket == CURL_SOCKET_TIMEOUT) {
        retired_.clear();
    }
}

} // namespace rs::checks
