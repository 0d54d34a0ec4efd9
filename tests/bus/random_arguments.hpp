#pragma once
#include <systemd/sd-bus.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace rs::test {

// Values of any D-Bus type, the extreme ones among them, and words that mean something to us.
class RandomArguments {
public:
    explicit RandomArguments(unsigned seed) : engine_{seed} {}

    std::size_t below(std::size_t limit)
    {
        return std::uniform_int_distribution<std::size_t>{0, limit - 1}(engine_);
    }

    // A signature of up to four arguments.
    std::string types()
    {
        std::string all;
        for (auto left = below(5); left != 0; --left) {
            all += type(0);
        }
        return all;
    }

    // False where libsystemd refuses to make such a message.
    bool append(sd_bus_message* message, const std::string& types)
    {
        for (std::size_t at = 0; at < types.size();) {
            const auto one = first(types, at);
            at += one.size();
            if (!append_one(message, one)) {
                return false;
            }
        }
        return true;
    }

private:
    static constexpr std::string_view basic = "ybnqiuxtdsog";

    std::string type(unsigned depth)
    {
        const auto kind = below(depth > 4 ? 8 : 12);
        if (kind < 8) {
            return {basic[below(basic.size())]};
        }
        if (kind == 8) {
            return "v";
        }
        if (kind == 9) {
            return "a" + type(depth + 1);
        }
        if (kind == 10) {
            return std::string{"a{"} + basic[below(basic.size())] + type(depth + 1) + '}';
        }
        return '(' + type(depth + 1) + type(depth + 1) + ')';
    }

    // The first complete type from `at` on.
    static std::string first(const std::string& types, std::size_t at)
    {
        auto end = at;
        while (types[end] == 'a') {
            ++end;
        }
        int open{};
        do {
            open += types[end] == '(' || types[end] == '{' ? 1 : 0;
            open -= types[end] == ')' || types[end] == '}' ? 1 : 0;
            ++end;
        } while (open != 0);
        return types.substr(at, end - at);
    }

    bool append_one(sd_bus_message* message, const std::string& type)
    {
        const auto inner = type.size() > 2 ? type.substr(1, type.size() - 2) : "";
        switch (type.front()) {
        case 'a':
            return append_array(message, type.substr(1));
        case 'v': {
            const auto held =
                below(8) == 0 ? this->type(3) : std::string{basic[below(basic.size())]};
            return within(message, 'v', held);
        }
        case '(':
            return within(message, 'r', inner);
        case '{':
            return within(message, 'e', inner);
        default:
            return append_basic(message, type.front());
        }
    }

    bool within(sd_bus_message* message, char container, const std::string& types)
    {
        return sd_bus_message_open_container(message, container, types.c_str()) >= 0 &&
               append(message, types) && sd_bus_message_close_container(message) >= 0;
    }

    bool append_array(sd_bus_message* message, const std::string& element)
    {
        if (sd_bus_message_open_container(message, 'a', element.c_str()) < 0) {
            return false;
        }
        constexpr std::array<std::size_t, 5> counts{0, 1, 2, 3, 300};
        // Many of what is simple: arrays of arrays would never end.
        const auto kinds = element.size() == 1 || element == "{sv}" ? counts.size() : 3;
        for (auto left = counts[below(kinds)]; left != 0; --left) {
            if (!append_one(message, element)) {
                return false;
            }
        }
        return sd_bus_message_close_container(message) >= 0;
    }

    bool append_basic(sd_bus_message* message, char type)
    {
        if (type == 's' || type == 'o' || type == 'g') {
            const auto text = this->text(type);
            return sd_bus_message_append_basic(message, type, text.c_str()) >= 0;
        }
        static constexpr std::array<std::uint64_t, 8> extremes{
            0, 1, 0x7f, 0xffff, 0x7fffffff, 0x8000000000000000, 0x7ff0000000000001, UINT64_MAX};
        const auto number = below(2) == 0 ? extremes[below(extremes.size())] : engine_();
        return type == 'b' ? append_boolean(message, number)
                           : sd_bus_message_append_basic(message, type, &number) >= 0;
    }

    static bool append_boolean(sd_bus_message* message, std::uint64_t number)
    {
        const int value = static_cast<int>(number & 1U);
        return sd_bus_message_append_basic(message, 'b', &value) >= 0;
    }

    std::string text(char type)
    {
        if (type == 'g') {
            return below(2) == 0 ? "" : types();
        }
        if (type == 'o') {
            static const std::vector<std::string> paths{"/", "/org/realserverd/RealServer1",
                                                        "/org/realserverd/RealServer1/role/web_2d1",
                                                        "/a" + std::string(5000, 'x')};
            return paths[below(paths.size())];
        }
        static const std::vector<std::string> words{"",
                                                    "org.realserverd.RealServer1.Manager",
                                                    "org.realserverd.RealServer1.Role",
                                                    "org.freedesktop.LogControl1",
                                                    "org.freedesktop.DBus.Properties",
                                                    "State",
                                                    "Connections",
                                                    "LogLevel",
                                                    "LogTarget",
                                                    "debug",
                                                    "runtime",
                                                    "timeout-usec",
                                                    "../../etc/passwd",
                                                    "%s%n%d",
                                                    "\n\t\x01\x7f",
                                                    "\xf4\x8f\xbf\xbf",
                                                    std::string(100'000, 'y')};
        return words[below(words.size())];
    }

    std::mt19937_64 engine_;
};

} // namespace rs::test
