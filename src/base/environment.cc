// Environment variables.
#include "base/environment.h"

#include <cstdlib>

namespace lingshu {

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value) return std::nullopt;
  return value;
}

}  // namespace lingshu
