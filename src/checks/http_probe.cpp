#include "checks/http_probe.hpp"

#include "checks/text.hpp"

#include <algorithm>
#include <new>

namespace rs::checks {
namespace {

constexpr std::size_t most_body = std::size_t{64} * 1024;

void allow_http_only(CURL* transfer)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(transfer, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    // Else a run that is cancelled while it looks up a name would hold up all others.
    curl_easy_setopt(transfer, CURLOPT_QUICK_EXIT, 1L);
#endif
}

} // namespace

HttpProbe::HttpProbe(HttpClient& client, const Check& check)
    : client_{client}, transfer_{curl_easy_init()}, expect_{check.expect}
{
    if (!transfer_) {
        throw std::bad_alloc{};
    }
    set_options(check.target);
}

HttpProbe::~HttpProbe()
{
    client_.remove(transfer_.get());
}

void HttpProbe::set_options(const std::string& url)
{
    auto* const transfer = transfer_.get();
    allow_http_only(transfer);
    curl_easy_setopt(transfer, CURLOPT_URL, url.c_str());
    curl_easy_setopt(transfer, CURLOPT_USERAGENT, "realserverd/" PROJECT_VERSION);
    curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(transfer, CURLOPT_PROXY, "");
    curl_easy_setopt(transfer, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(transfer, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(transfer, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
    // A server that has stopped to accept shows only on a new connection.
    curl_easy_setopt(transfer, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(transfer, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(transfer, CURLOPT_ERRORBUFFER, error_.data());
    curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(transfer, CURLOPT_WRITEDATA, this);
}

void HttpProbe::start(Done done)
{
    done_ = std::move(done);
    body_.clear();
    cut_off_ = false;
    error_[0] = '\0';
    client_.add(transfer_.get(), [this](CURLcode result) { done_(judge(result)); });
}

void HttpProbe::cancel()
{
    client_.remove(transfer_.get());
}

std::size_t HttpProbe::on_body(const char* bytes, std::size_t, std::size_t size,
                               void* self) noexcept
{
    auto& probe = *static_cast<HttpProbe*>(self);
    const auto taken = std::min(size, most_body - probe.body_.size());
    probe.body_.append(bytes, taken);
    probe.cut_off_ = probe.body_.size() == most_body;
    return probe.cut_off_ ? 0 : size; // less than `size` ends the transfer
}

Finding HttpProbe::judge(CURLcode result) const
{
    if (result != CURLE_OK && !(result == CURLE_WRITE_ERROR && cut_off_)) {
        long code{};
        curl_easy_getinfo(transfer_.get(), CURLINFO_OS_ERRNO, &code);
        const bool refused = result == CURLE_COULDNT_CONNECT && code != 0;
        return {false, refused
                           ? error_text(static_cast<int>(code))
                           : first_line(part_of_sentence(
                                 error_[0] != '\0' ? error_.data() : curl_easy_strerror(result)))};
    }
    long status{};
    curl_easy_getinfo(transfer_.get(), CURLINFO_RESPONSE_CODE, &status);
    const auto text = "HTTP " + std::to_string(status);
    if (status < 200 || status > 399) {
        return {false, text};
    }
    const bool found = body_.find(expect_) != std::string::npos;
    return {found, found ? text : text + " without the expected text"};
}

} // namespace rs::checks
