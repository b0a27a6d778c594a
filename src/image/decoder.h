// Decoder: a function on untrusted bytes that runs in a process of its own, which has no files, no network, little memory
// and little time, and may die without harm. The processes are a program beside this one (lingshu-decoder), are started
// when first needed and are used again and again.
//
//   Image OpenHere(std::string_view bytes, const ImageOptions& options, const std::string& where);
//   const Decoder kOpen("open", kPictureLimits, &OpenHere);
//   kOpen(bytes, options, where)             what OpenHere returns or throws, wherever it ran
//   kOpen.OfFile(path, options, where)       the file goes to the other process by its descriptor, unread
//
// The last argument names the input in errors. Arguments and results travel by wire.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>

#include "base/files.h"
#include "base/json.h"
#include "base/registry.h"
#include "image/limits.h"
#include "image/mapped_input.h"
#include "image/wire.h"

namespace lingshu {

// Of one call.
struct DecoderLimits {
  int cpu_s = 20;
  int wall_s = 120;
  uint64_t memory_bytes = uint64_t{2} << 30;  // of address space, the input not counted
};
inline constexpr DecoderLimits kPictureLimits;
inline constexpr DecoderLimits kVolumeLimits{.cpu_s = 300, .wall_s = 900, .memory_bytes = uint64_t{8} << 30};

// Where decoders run: in this process in tests of single rooms and with --trust-files, in processes of their own under every verb
// else. Files are mapped: one that shrinks while it is read ends the process that reads it.
enum class DecoderPlace { kOwnProcess, kChildProcesses };
void SetDecoderPlace(DecoderPlace place);
DecoderPlace GetDecoderPlace();

// Tries what decoders must not be able to do, in a decoder process. Example:
//   {"place": "child processes", "seccomp": "on", "open a file": "refused", "open a socket": "refused",
//    "start a program": "refused", "memory": "limited"}
Json DecoderSelfTest();

// What a decoder process can be asked for.
struct DecoderTask {
  std::string name;
  std::string help;
  std::function<void(std::string_view bytes, WireReader& arguments, WireWriter& result)> run;
};

struct DecoderCall {
  const char* task;
  DecoderLimits limits;
  std::string arguments;
  const std::string& where;
};
// Runs a task in a free decoder process, and lets `read` take its result. Throws the task's own Error, or Error(kCorrupt |
// kTooLarge) that says how the process ended. Safe to call from all threads.
void RunDecoder(const DecoderCall& call, std::string_view bytes, const std::function<void(WireReader&)>& read);
// The same with a file; absent, too large or unreadable ones throw as ReadFile does.
void RunDecoderOnFile(const DecoderCall& call, const fs::path& path, const std::function<void(WireReader&)>& read);

// A file that goes to a decoder by its descriptor, or by its mapping. Pipes, and what is absent or too large, do not: they are
// read, by which the errors are those of ReadFile.
class MappableFile {
 public:
  explicit MappableFile(const fs::path& path);
  ~MappableFile();
  MappableFile(MappableFile&&) = delete;
  bool IsMappable() const { return is_mappable_; }
  int fd() const { return fd_; }
  uint64_t size() const { return size_; }

 private:
  int fd_;
  uint64_t size_ = 0;
  bool is_mappable_ = false;
};

template <typename Result, typename... Arguments>
class Decoder {
 public:
  using Function = Result (*)(std::string_view bytes, const Arguments&... arguments);

  Decoder(const char* name, DecoderLimits limits, Function function)
      : name_(name), limits_(limits), function_(function) {
    Registry<DecoderTask>::Get().Add(
        {.name = name, .help = "", .run = [function](std::string_view bytes, WireReader& arguments, WireWriter& result) {
           std::tuple<Arguments...> values;
           std::apply(arguments, values);
           result(std::apply([&](const Arguments&... each) { return function(bytes, each...); }, values));
         }});
  }

  Result operator()(std::string_view bytes, const Arguments&... arguments) const {
    if (GetDecoderPlace() == DecoderPlace::kOwnProcess) return function_(bytes, arguments...);
    return Run(bytes, arguments...);
  }

  Result OfFile(const fs::path& path, const Arguments&... arguments) const {
    if (GetDecoderPlace() == DecoderPlace::kChildProcesses) return Run(path, arguments...);
    const MappableFile file(path);
    if (!file.IsMappable()) return function_(ReadFile(path, kMaxFileBytes), arguments...);
    return function_(MappedInput(file.fd(), file.size()).bytes(), arguments...);
  }

 private:
  template <typename Input>
  Result Run(const Input& input, const Arguments&... arguments) const {
    WireWriter wire;
    wire(arguments...);
    Result result{};
    const std::string& where = std::get<sizeof...(Arguments) - 1>(std::tie(arguments...));
    const DecoderCall call{name_, limits_, wire.TakeBytes(), where};
    const auto read = [&](WireReader& reader) { reader(result); };
    if constexpr (std::is_same_v<Input, fs::path>) RunDecoderOnFile(call, input, read);
    else RunDecoder(call, input, read);
    return result;
  }

  const char* name_;
  DecoderLimits limits_;
  Function function_;
};

}  // namespace lingshu
