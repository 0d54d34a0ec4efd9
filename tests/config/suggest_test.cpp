#include "config/suggest.hpp"
#include "support/catch.hpp"

#include <array>

namespace rs {

TEST_CASE("the distance counts added, lost, replaced and swapped letters")
{
    CHECK(distance("", "") == 0);
    CHECK(distance("vips", "vips") == 0);
    CHECK(distance("", "vips") == 4);
    CHECK(distance("vip", "vips") == 1);
    CHECK(distance("vipss", "vips") == 1);
    CHECK(distance("vibs", "vips") == 1);
    CHECK(distance("vpis", "vips") == 1);
    CHECK(distance("kitten", "sitting") == 3);
    CHECK(distance("ca", "abc") == 3); // optimal string alignment: no letter is edited twice
}

TEST_CASE("a near miss names the word that was meant, others name none")
{
    constexpr std::array<std::string_view, 5> words{"services", "vips", "bind", "warning", "dr"};
    CHECK(nearest("servics", words) == "services");
    CHECK(nearest("Services", words) == "services");
    CHECK(nearest("vip", words) == "vips");
    CHECK(nearest("warn", words) == "warning");
    CHECK(nearest("dt", words) == "dr");
    CHECK(nearest("xx", words).empty());
    CHECK(nearest("weight", words).empty());
    CHECK(nearest("", words).empty());
    CHECK(nearest(std::string(1'000'000, 'v'), words).empty());
    CHECK(did_you_mean("servics", words) == ", did you mean \"services\"?");
    CHECK(did_you_mean("weight", words).empty());
}

} // namespace rs
