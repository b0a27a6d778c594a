// Names of error codes and the throwing end of CHECK.
#include "base/error.h"

#include <array>
#include <cstring>

namespace lingshu {

std::string_view ErrorCodeName(ErrorCode code) {
  constexpr std::array<std::string_view, 12> kNames = {"usage",    "not_found", "corrupt",     "unsupported",
                                                       "too_large", "too_long",  "io",          "no_space",
                                                       "unavailable", "non_finite", "interrupted", "internal"};
  return kNames.at(static_cast<size_t>(code));
}

namespace internal {

CheckFailure::CheckFailure(const char* file, int line, const char* condition) {
  const char* room = std::strstr(file, "src/");
  stream_ << "CHECK(" << condition << ") failed at " << (room ? room + 4 : file) << ":" << line << ". ";
}

CheckFailure::~CheckFailure() noexcept(false) { throw Error(ErrorCode::kInternal, stream_.str()); }

}  // namespace internal
}  // namespace lingshu
