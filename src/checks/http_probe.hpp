#pragma once
#include "checks/http_client.hpp"
#include "checks/probe.hpp"
#include "model/role.hpp"

#include <array>

namespace rs::checks {

// GETs an URL on a connection of its own. Status 200 to 399 is good, if the text that is expected
// is in the first 64 KiB of the body; more is not read. Follows nothing, asks no proxy, and takes
// any certificate: the server is this very host.
class HttpProbe : public Probe {
public:
    HttpProbe(HttpClient& client, const Check& check);
    ~HttpProbe() override;

    void start(Done done) override;
    void cancel() override;

private:
    static std::size_t on_body(const char* bytes, std::size_t, std::size_t size,
                               void* self) noexcept;
    void set_options(const std::string& url);
    [[nodiscard]] Finding judge(CURLcode result) const;

    HttpClient& client_;
    Handle<CURL, curl_easy_cleanup> transfer_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::string expect_;
    std::string body_;
    bool cut_off_{}; // the body, by us
    Done done_;
};

} // namespace rs::checks
