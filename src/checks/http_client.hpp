#pragma once
#include "event/loop.hpp"
#include "util/handle.hpp"

#include <curl/curl.h>

#include <functional>
#include <map>
#include <vector>

namespace rs::checks {

// libcurl's transfers on our loop.
class HttpClient {
public:
    using OnEnd = std::function<void(CURLcode)>;

    explicit HttpClient(Loop& loop);

    // `transfer` must stay until `on_end` was called, which must not destroy it, or until remove().
    void add(CURL* transfer, OnEnd on_end);
    void remove(CURL* transfer);

private:
    // C functions: what they throw would have to cross libcurl, and ends the process instead.
    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept;
    static int on_timer(CURLM*, long milliseconds, void* self) noexcept;
    void watch(curl_socket_t socket, int what);
    void act(curl_socket_t socket);

    Loop& loop_;
    Handle<CURLM, curl_multi_cleanup> multi_;
    WatchPtr timer_;
    std::map<curl_socket_t, WatchPtr> watches_;
    std::vector<WatchPtr> retired_; // one of them may be what called us
    std::map<CURL*, OnEnd> running_;
};

} // namespace rs::checks
