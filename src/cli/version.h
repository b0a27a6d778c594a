// What this binary is: stored in every manifest and report.
#pragma once

#include "base/json.h"

namespace lingshu {

inline constexpr const char* kLingshuVersion = "0.1.0";
Json EnvironmentJson();

}  // namespace lingshu
