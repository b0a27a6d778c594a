// Environment variables: the only door to them.
#pragma once

#include <optional>
#include <string>

namespace lingshu {

// nullopt when the variable is not set or empty. Call before threads that change the environment, of which we have none.
std::optional<std::string> EnvironmentVariable(const std::string& name);

}  // namespace lingshu
