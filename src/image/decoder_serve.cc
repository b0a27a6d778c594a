// The child: enters the sandbox, then runs task after task on inputs that it is handed.
#include <malloc.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>

#include "base/error.h"
#include "base/hash.h"
#include "base/threads.h"
#include "image/decoder.h"
#include "image/decoder_protocol.h"
#include "image/mapped_input.h"
#include "image/sandbox.h"

namespace lingshu {
namespace {

// One packet and the descriptor that came with it; false at the end.
bool Receive(std::string& packet, int& input) {
  packet.resize(kMaxDecoderPacket);
  iovec part{packet.data(), packet.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t got;
  do got = ::recvmsg(kDecoderSocket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  packet.resize(static_cast<size_t>(got));
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return false;
  std::memcpy(&input, CMSG_DATA(header), sizeof(input));
  return true;
}

void Send(const void* data, size_t size) {
  iovec part{const_cast<void*>(data), size};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  while (::sendmsg(kDecoderSocket, &message, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) _exit(1);
}

DecoderReply Fail(ErrorCode code, const std::string& message, bool is_last = false) {
  WireWriter wire(kDecoderResult);
  wire(code, message);
  return {.result_bytes = wire.Finish(), .is_error = true, .is_last = is_last};
}

DecoderReply Run(std::string_view packet, int input) {
  DecoderRequest request;
  if (packet.size() < sizeof(request)) return Fail(ErrorCode::kInternal, "a short request.");
  std::memcpy(&request, packet.data(), sizeof(request));
  packet.remove_prefix(sizeof(request));
  const std::string name(packet.substr(0, request.name_bytes));
  try {
    const DecoderTask& task = Registry<DecoderTask>::Get().Find(name, "decoder");
    WireReader arguments(packet.substr(request.name_bytes));
    const MappedInput mapping(input, request.input_bytes);
    WireWriter result(kDecoderResult);
    task.run(mapping.bytes(), arguments, result);
    return {.result_bytes = result.Finish()};
  } catch (const Error& error) {
    return Fail(error.code(), error.message());
  } catch (const std::bad_alloc&) {  // libraries may have lost memory on the way out of here
    return Fail(ErrorCode::kTooLarge, "", /*is_last=*/true);
  } catch (const std::length_error&) {
    return Fail(ErrorCode::kTooLarge, "", /*is_last=*/true);
  }
}

}  // namespace

int ServeDecoders() {
  // Ctrl-C is the parent's to answer; it closes the socket when it is done.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
  SetNumThreads(1);
  // Buffers of pictures come and go with every call: returned to the system, their pages would have to be cleared again each time,
  // which takes longer than decoding a slice. A process that is at rest keeps so much at most.
  constexpr int kKeptBytes = 64 << 20;
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  Sha256Hex("");  // libcrypto reads its configuration when it is first used
  DecoderHello hello;
  const std::string state = EnterSandbox(kDecoderResult + 1);
  state.copy(hello.seccomp, sizeof(hello.seccomp) - 1);
  Send(&hello, sizeof(hello));
  std::string packet;
  int input = -1;
  while (Receive(packet, input)) {
    const DecoderReply reply = Run(packet, input);
    ::close(input);
    Send(&reply, sizeof(reply));
    if (reply.is_last) break;
  }
  return 0;
}

}  // namespace lingshu
