#include "kernel/ledger.hpp"
#include "support/catch.hpp"

using namespace rs;

namespace {

const Epoch epoch{"11111111-2222-3333-4444-555555555555", "net:[4026531840]"};
const LedgerEntries both{{{0, "arp_ignore"}, {0, 1}}, {{3, "arp_announce"}, {-1, 2}}};
const std::string whole = "realserverd-ledger 1 11111111-2222-3333-4444-555555555555 "
                          "net:[4026531840]\n0 arp_ignore 0 1\n3 arp_announce -1 2\nend\n";

} // namespace

TEST_CASE("a ledger is written as documented and read back")
{
    CHECK(format_ledger(epoch, both) == whole);
    const auto parsed = parse_ledger(whole, epoch);
    CHECK(parsed.entries == both);
    CHECK(parsed.problem.empty());
    CHECK(parse_ledger(format_ledger(epoch, {}), epoch).problem.empty());
}

TEST_CASE("a ledger cut off anywhere restores nothing and says so")
{
    for (std::size_t length = 0; length != whole.size(); ++length) {
        const auto parsed = parse_ledger(whole.substr(0, length), epoch);
        CAPTURE(length, parsed.problem);
        CHECK(parsed.entries.empty());
        CHECK((!parsed.problem.empty() || length < whole.find('\n')));
    }
}

TEST_CASE("a ledger of another boot or namespace holds nothing, which is no problem", "[fault-81]")
{
    for (const auto& other : {Epoch{"other", epoch.network}, Epoch{epoch.boot, "net:[1]"}}) {
        const auto parsed = parse_ledger(whole, other);
        CHECK(parsed.entries.empty());
        CHECK(parsed.problem.empty());
    }
}

TEST_CASE("a ledger with a line that is not understood is not guessed at")
{
    const auto head = whole.substr(0, whole.find('\n') + 1);
    for (const auto* line :
         {"0 arp_ignore 0", "0 arp_ignore 0 1 2", "x arp_ignore 0 1", "-1 arp_ignore 0 1",
          "0 ../arp 0 1", "0 arp_ignore 0 1x", "0 arp_ignore 99999999999 1", "", "0  0 1",
          "0 arp_ignore 0 1\n0 arp_ignore 2 1"}) {
        const auto parsed = parse_ledger(head + line + "\nend\n", epoch);
        CAPTURE(line);
        CHECK(parsed.entries.empty());
        CHECK(parsed.problem.starts_with("line "));
    }
    CHECK_FALSE(parse_ledger("realserverd-ledger 2 a b\nend\n", epoch).problem.empty());
    CHECK_FALSE(parse_ledger(std::string(100, '\0'), epoch).problem.empty());
}
