// The one exception type of the house, and CHECK for our own mistakes.
//
// An Error says what was expected, what was found and where; a HINT follows on its own line when the user can act:
//   throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected {} bytes, file has {}.\nHINT: …", path, want, have));
// Errors are caught at three seams only: the runners over samples (drop, count the reason), the HTTP handler, and main.
#pragma once

#include <exception>
#include <sstream>
#include <string>
#include <string_view>

namespace lingshu {

enum class ErrorCode {
  kUsage,        // wrong flags, unknown key, unknown name: exit status 2
  kNotFound,     // a file, tensor or key that should exist does not
  kCorrupt,      // bytes that are not what their header promises
  kUnsupported,  // well-formed input of a kind that we do not read
  kTooLarge,     // a limit on dimensions, bytes, counts or depth
  kTooLong,      // text beyond the context
  kIo,           // read, write, rename failed
  kNoSpace,      // the disk is full
  kUnavailable,  // a peer did not answer
  kNonFinite,    // NaN or Inf where numbers belong
  kInterrupted,  // Ctrl-C or SIGTERM: exit status 130
  kInternal,     // a CHECK failed
};

std::string_view ErrorCodeName(ErrorCode code);

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
};

namespace internal {
// Collects the context of a failed CHECK and throws Error(kInternal) when the full expression ends.
class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const char* condition);
  [[noreturn]] ~CheckFailure() noexcept(false);
  std::ostream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};
}  // namespace internal

// CHECK(cond) << context: our own invariants, on in every build. libtorch's logging header leaves a macro of that name behind.
#undef CHECK
#define CHECK(condition)  \
  if (condition) [[likely]] \
    ;                     \
  else                    \
    ::lingshu::internal::CheckFailure(__FILE__, __LINE__, #condition).stream()

}  // namespace lingshu
