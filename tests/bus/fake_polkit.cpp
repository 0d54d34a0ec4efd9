#include "fake_polkit.hpp"

#include <stdexcept>

namespace rs::test {

FakePolkit::FakePolkit(Loop& loop, const std::string& address) : client_{loop, address}
{
    sd_bus_add_object(
        client_.native(), nullptr, "/org/freedesktop/PolicyKit1/Authority",
        [](sd_bus_message* call, void* self, sd_bus_error*) {
            auto& polkit = *static_cast<FakePolkit*>(self);
            polkit.questions.push_back(std::string{sd_bus_message_get_member(call)} + ": " +
                                       body_text(call));
            polkit.waiting_.emplace_back(sd_bus_message_ref(call));
            return 1;
        },
        this);
    if (sd_bus_request_name(client_.native(), "org.freedesktop.PolicyKit1", 0) < 0) {
        throw std::runtime_error("org.freedesktop.PolicyKit1");
    }
}

void FakePolkit::answer(bool authorised, bool challenge)
{
    sd_bus_reply_method_return(take().get(), "(bba{ss})", authorised ? 1 : 0, challenge ? 1 : 0, 0);
}

void FakePolkit::fail()
{
    sd_bus_reply_method_errorf(take().get(), "org.freedesktop.PolicyKit1.Error.Failed", "broken");
}

void FakePolkit::answer_nonsense()
{
    sd_bus_reply_method_return(take().get(), "s", "yes");
}

Handle<sd_bus_message, sd_bus_message_unref> FakePolkit::take()
{
    auto call = std::move(waiting_.at(0));
    waiting_.pop_front();
    questions.pop_front();
    return call;
}

} // namespace rs::test
