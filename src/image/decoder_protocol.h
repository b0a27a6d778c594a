// What goes between a process and its decoder processes: over one socket of packets (SOCK_SEQPACKET), descriptor 3 of the
// child. The child's descriptor 4 is a file in memory that takes results.
//   child: DecoderHello, then for each request one DecoderReply
//   parent: DecoderRequest, the task's name and its arguments in one packet, with the input's descriptor
#pragma once

#include <cstdint>

namespace lingshu {

inline constexpr int kDecoderSocket = 3, kDecoderResult = 4;
inline constexpr uint32_t kMaxDecoderPacket = 128 << 10;

struct DecoderHello {
  char seccomp[120] = {};
};

struct DecoderRequest {
  uint64_t input_bytes = 0;
  uint32_t name_bytes = 0;
  uint32_t argument_bytes = 0;
};

struct DecoderReply {
  uint64_t result_bytes = 0;
  bool is_error = false;   // the result is an ErrorCode and a message
  bool is_last = false;    // the process ends: it had run out of memory
};

// Serves requests until the other end closes. Called by the decoder program alone.
int ServeDecoders();

}  // namespace lingshu
