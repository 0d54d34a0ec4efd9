#include "health/http_server.hpp"

#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <optional>

// libFuzzer's entry: any bytes as what a client sends, in pieces: a byte 0xff ends one. What may
// never happen ends the process: a crash, a connection that stays, an answer that is no answer,
// a yes of a role that does not serve.
namespace rs {
namespace {

// Not assert(): this must hold in every build.
void hold(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

NodeStatus status()
{
    NodeStatus node;
    node.state = RoleState::draining;
    node.roles.resize(1);
    node.roles[0].name = "web";
    node.roles[0].state = RoleState::draining;
    return node;
}

class Client : private HttpServer::Desk {
public:
    Client() { pages_.publish(status()); }

    void send(std::string_view text)
    {
        auto arrival = connect();
        visitor_.emplace();
        visitor_->socket = arrival.socket.value();
        server_.take(std::move(arrival), *visitor_);
        while (visitor_ && !text.empty()) {
            const auto end = std::min(text.find('\xff'), text.size());
            static_cast<void>(
                ::send(client_.value(), text.data(), end, MSG_NOSIGNAL | MSG_DONTWAIT));
            text.remove_prefix(std::min(end + 1, text.size()));
            server_.run();
        }
        ::shutdown(client_.value(), SHUT_WR);
        run();
        if (visitor_) { // what a deadline does
            ::shutdown(visitor_->socket, SHUT_RDWR);
            run();
        }
        hold(!visitor_);
        judge(answer());
    }

private:
    void run()
    {
        for (int i = 0; visitor_ && i != 20; ++i) {
            server_.run();
        }
    }

    Arrival connect()
    {
        std::array<int, 2> sockets{};
        hold(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets.data()) == 0);
        client_ = UniqueFd{sockets[0]};
        Arrival arrival;
        arrival.socket = UniqueFd{sockets[1]};
        arrival.peer.ss_family = AF_INET;
        arrival.peer_size = 16;
        return arrival;
    }

    std::string answer()
    {
        std::string text;
        std::array<char, 4096> block{};
        ssize_t size = 0;
        while ((size = ::recv(client_.value(), block.data(), block.size(), MSG_DONTWAIT)) > 0) {
            text.append(block.data(), static_cast<std::size_t>(size));
        }
        return text;
    }

    static void judge(const std::string& answer)
    {
        if (answer.empty()) {
            return; // cut off
        }
        hold(answer.starts_with("HTTP/1.1 ") || answer.starts_with("HTTP/1.0 "));
        const auto head = answer.substr(0, answer.find("\r\n\r\n"));
        hold(head.size() < answer.size());
        const auto body = answer.substr(head.size());
        hold(body.find("100\n") == std::string::npos &&
             body.find("serving\n") == std::string::npos);
        // One answer, no more. libmicrohttpd 0.9.75 writes the head of an error of its own twice.
        const auto second = answer.find("HTTP/1.", 1);
        hold(second == std::string::npos || (answer[9] == '4' && answer[second + 9] == '4'));
    }

    const Page& answer(Visitor& visitor, std::string_view method, std::string_view path) override
    {
        visitor.asked = true;
        return pages_.find(method, path, {}, Clock::now());
    }

    void answered(Visitor&) override {}

    void gone(Visitor&) override { visitor_.reset(); }

    void settle() override {}

    Loop loop_;
    Pages pages_;
    UniqueFd client_;
    std::optional<Visitor> visitor_;
    HttpServer server_{loop_, *this, 16};
};

} // namespace
} // namespace rs

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    static rs::Client client;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
    client.send({reinterpret_cast<const char*>(data), size});
    return 0;
}
