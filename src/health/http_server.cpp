#include "health/http_server.hpp"

#include <exception>
#include <stdexcept>

namespace rs {
namespace {

// For the request line and all headers, and the answer's: what is longer gets a 4xx from MHD.
constexpr std::size_t connection_memory = 4096;

#if MHD_VERSION >= 0x00097701
constexpr auto strictness = MHD_OPTION_CLIENT_DISCIPLINE_LVL;
#else
constexpr auto strictness = MHD_OPTION_STRICT_FOR_CLIENT;
#endif

Visitor* visitor_of(MHD_Connection* connection)
{
    const auto* const info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == nullptr ? nullptr : static_cast<Visitor*>(info->socket_context);
}

} // namespace

// None throws: what the desk could not do ends the connection, or the process in a noexcept.
struct HttpServer::Callbacks {
    static MHD_Result request(void* self, MHD_Connection* connection, const char* url,
                              const char* method, const char*, const char*, std::size_t*,
                              void**) noexcept
    {
        auto* const visitor = visitor_of(connection);
        if (visitor == nullptr || visitor->asked) {
            return MHD_NO;
        }
        try {
            // At once, at the end of the headers: a body is not waited for.
            const auto& page = static_cast<HttpServer*>(self)->desk_.answer(*visitor, method, url);
            return MHD_queue_response(connection, page.answer.code, page.response.get());
        } catch (const std::exception&) {
            return MHD_NO; // no memory
        }
    }

    static void completed(void* self, MHD_Connection* connection, void**,
                          MHD_RequestTerminationCode how) noexcept
    {
        auto* const visitor = visitor_of(connection);
        if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK && visitor != nullptr) {
            static_cast<HttpServer*>(self)->desk_.answered(*visitor);
        }
    }

    static void connection(void* self, MHD_Connection*, void** context,
                           MHD_ConnectionNotificationCode what) noexcept
    {
        auto* const server = static_cast<HttpServer*>(self);
        if (what == MHD_CONNECTION_NOTIFY_STARTED) {
            *context = std::exchange(server->arriving_, nullptr);
        } else if (*context != nullptr) {
            server->desk_.gone(*static_cast<Visitor*>(*context));
        }
    }

    // Paths are compared as they are written: none of ours needs escaping, and what is escaped
    // could hold a NUL.
    static std::size_t unescape(void*, MHD_Connection*, char* text) noexcept
    {
        return std::char_traits<char>::length(text);
    }
};

HttpServer::HttpServer(Loop& loop, Desk& desk, std::size_t most)
    : desk_{desk}, timer_{loop.timer([this] { run(); })}
{
    daemon_.reset(MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_TURBO, 0, nullptr, nullptr,
        &Callbacks::request, this, MHD_OPTION_NOTIFY_COMPLETED, &Callbacks::completed, this,
        MHD_OPTION_NOTIFY_CONNECTION, &Callbacks::connection, this, MHD_OPTION_UNESCAPE_CALLBACK,
        &Callbacks::unescape, this, MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(most),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory, strictness, 1, MHD_OPTION_END));
    const auto* const info =
        daemon_ == nullptr ? nullptr : MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_EPOLL_FD);
    if (info == nullptr) {
        throw std::runtime_error{"libmicrohttpd does not start"};
    }
    readable_ = loop.on_readable(info->epoll_fd, [this] { run(); });
    readable_->prioritize(behind_the_kernel);
    timer_->prioritize(behind_the_kernel);
}

void HttpServer::take(Arrival arrival, Visitor& visitor)
{
    arriving_ = &visitor;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    const auto* const peer = reinterpret_cast<const sockaddr*>(&arrival.peer);
    // Refused or not, it closes the socket; what had not begun does not end with a notification.
    const auto taken =
        MHD_add_connection(daemon_.get(), arrival.socket.release(), peer, arrival.peer_size);
    if (std::exchange(arriving_, nullptr) != nullptr && taken != MHD_YES) {
        desk_.gone(visitor);
    }
}

void HttpServer::run()
{
    MHD_run(daemon_.get());
    MHD_UNSIGNED_LONG_LONG milliseconds{};
    if (MHD_get_timeout(daemon_.get(), &milliseconds) == MHD_YES) {
        timer_->arm(rs::Clock::now() + std::chrono::milliseconds{milliseconds});
    } else {
        timer_->disarm();
    }
    desk_.settle();
}

} // namespace rs
