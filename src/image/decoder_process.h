// DecoderProcess: one child, from its start to its end.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "image/decoder.h"
#include "image/decoder_protocol.h"

namespace lingshu {

// Protocol: Call*; after a Call that threw because the process ended, IsAlive() is false and only the destructor may follow.
// One thread at a time.
class DecoderProcess {
 public:
  DecoderProcess();  // starts it; throws Error(kInternal) when the program is missing or does not answer
  ~DecoderProcess();
  DecoderProcess(DecoderProcess&&) = delete;

  // `input` is a readable, mappable descriptor of input_bytes. Throws as RunDecoder.
  void Call(const DecoderCall& call, int input, uint64_t input_bytes, const std::function<void(WireReader&)>& read);
  // The same with bytes, which it copies to a file in memory.
  void Call(const DecoderCall& call, std::string_view bytes, const std::function<void(WireReader&)>& read);

  // False also when it ended between two calls.
  bool IsAlive();
  // "on", or why there is no filter of system calls.
  const std::string& seccomp() const { return seccomp_; }

 private:
  void Limit(const DecoderLimits& limits, uint64_t input_bytes);
  bool Send(const DecoderCall& call, int input, uint64_t input_bytes);
  DecoderReply Receive(const DecoderCall& call);
  [[noreturn]] void ThrowEnd(const DecoderCall& call, bool is_late);
  int End(bool should_kill);  // status of waitpid

  pid_t pid_ = -1;
  int socket_ = -1, result_ = -1, bytes_ = -1;
  std::string seccomp_;
};

}  // namespace lingshu
