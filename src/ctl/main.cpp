#include "ctl/commands.hpp"

#include <clocale>
#include <iostream>

int main(int argc, char* argv[])
{
    using namespace rs::ctl;
    static_cast<void>(std::setlocale(LC_ALL, ""));
    try {
        const auto invocation = parse_command_line(argc, argv, std::cout);
        if (!invocation) {
            return static_cast<int>(Exit::done);
        }
        return static_cast<int>(
            std::visit([&](const auto& command) { return run(command, invocation->common); },
                       invocation->command));
    } catch (const Failure& failure) {
        std::cerr << failure.what() << '\n';
        return static_cast<int>(failure.status);
    } catch (const std::exception& error) {
        std::cerr << "realserverctl: " << error.what() << '\n';
        return static_cast<int>(Exit::failed);
    }
}
