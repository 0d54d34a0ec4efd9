#pragma once
#include "front/shapes.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// How values travel between the two processes of one program: field after field, as they are in
// memory; texts and lists with their length before them, what is optional with a word whether.
namespace rs::wire {

// Bytes that no writer wrote.
struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Writer {
public:
    template <typename T>
    requires std::is_arithmetic_v<T>

    void put(const T& number)
    {
        bytes_.append(reinterpret_cast<const char*>(&number), sizeof number); // NOLINT
    }

    template <typename T>
    requires std::is_enum_v<T>

    void put(const T& word) { put(static_cast<std::underlying_type_t<T>>(word)); }

    void put(const std::string& text)
    {
        put(text.size());
        bytes_ += text;
    }

    template <typename T>
    void put(const std::vector<T>& list)
    {
        put(list.size());
        for (const auto& each : list) {
            put(each);
        }
    }

    template <typename T, std::size_t N>
    void put(const std::array<T, N>& list)
    {
        for (const auto& each : list) {
            put(each);
        }
    }

    template <typename T>
    void put(const std::optional<T>& value)
    {
        put(value.has_value());
        if (value) {
            put(*value);
        }
    }

    template <typename... T>
    void put(const std::variant<T...>& value)
    {
        put(value.index());
        std::visit([this](const auto& alternative) { put(alternative); }, value);
    }

    void put(const std::chrono::microseconds& time) { put(time.count()); }

    void put(const WallTime& time) { put(time.time_since_epoch()); }

    template <Shaped T>
    void put(const T& value)
    {
        with_fields(value, [this](const auto&... field) { (put(field), ...); });
    }

    [[nodiscard]] std::string take() { return std::exchange(bytes_, {}); }

private:
    std::string bytes_;
};

// Trusts nothing: what it returns is well-formed, and no larger than the bytes it was made of.
// Each function throws Malformed.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_{bytes} {}

    template <typename T>
    requires std::is_arithmetic_v<T>

    void get(T& number)
    {
        const auto bytes = next(sizeof number);
        if constexpr (std::is_same_v<T, bool>) {
            number = bytes.front() != 0;
        } else {
            std::memcpy(&number, bytes.data(), sizeof number);
        }
    }

    template <typename T>
    requires std::is_enum_v<T>

    void get(T& word)
    {
        std::underlying_type_t<T> number{};
        get(number);
        if (number > static_cast<std::underlying_type_t<T>>(last_of<T>)) {
            throw Malformed{"a word that does not exist"};
        }
        word = static_cast<T>(number);
    }

    void get(std::string& text)
    {
        std::size_t size{};
        get(size);
        text = next(size);
    }

    template <typename T>
    void get(std::vector<T>& list)
    {
        std::size_t size{};
        get(size);
        list.clear();
        for (std::size_t i = 0; i != size; ++i) { // never ahead of what is there to read
            if (rest_.empty()) {
                throw Malformed{"a list that ends early"};
            }
            get(list.emplace_back());
        }
    }

    template <typename T, std::size_t N>
    void get(std::array<T, N>& list)
    {
        for (auto& each : list) {
            get(each);
        }
    }

    template <typename T>
    void get(std::optional<T>& value)
    {
        bool there{};
        get(there);
        value.reset();
        if (there) {
            get(value.emplace());
        }
    }

    template <typename... T>
    void get(std::variant<T...>& value)
    {
        std::size_t index{};
        get(index);
        if (!get_alternative(value, index, std::index_sequence_for<T...>{})) {
            throw Malformed{"a kind that does not exist"};
        }
    }

    void get(std::chrono::microseconds& time)
    {
        std::chrono::microseconds::rep count{};
        get(count);
        time = std::chrono::microseconds{count};
    }

    void get(WallTime& time)
    {
        std::chrono::microseconds since_epoch{};
        get(since_epoch);
        time = WallTime{since_epoch};
    }

    template <Shaped T>
    void get(T& value)
    {
        with_fields(value, [this](auto&... field) { (get(field), ...); });
    }

    void end() const
    {
        if (!rest_.empty()) {
            throw Malformed{"more than a message"};
        }
    }

private:
    std::string_view next(std::size_t size)
    {
        if (size > rest_.size()) {
            throw Malformed{"a message that ends early"};
        }
        const auto bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return bytes;
    }

    template <typename Variant, std::size_t... I>
    bool get_alternative(Variant& value, std::size_t index, std::index_sequence<I...> /*all*/)
    {
        return ((index == I && (get(value.template emplace<I>()), true)) || ...);
    }

    std::string_view rest_;
};

template <typename T>
[[nodiscard]] std::string encode(const T& value)
{
    Writer writer;
    writer.put(value);
    return writer.take();
}

template <typename T>
[[nodiscard]] T decode(std::string_view bytes)
{
    Reader reader{bytes};
    T value;
    reader.get(value);
    reader.end();
    return value;
}

} // namespace rs::wire
