// Decoders that misbehave on purpose: `lingshu env` and the tests see by them that the sandbox holds.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <vector>

#include "image/decoder.h"

namespace lingshu {
namespace {

void Answer(WireWriter& result) { result(std::string("it was possible")); }

void OpenAFile(std::string_view, WireReader&, WireWriter& result) {
  if (::open("/etc/passwd", O_RDONLY) >= 0) Answer(result);
}

void OpenASocket(std::string_view, WireReader&, WireWriter& result) {
  if (::socket(AF_INET, SOCK_STREAM, 0) >= 0) Answer(result);
}

void StartAProgram(std::string_view, WireReader&, WireWriter& result) {
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  ::execv("/bin/true", arguments);
  Answer(result);
}

void AllocateWithoutEnd(std::string_view, WireReader&, WireWriter&) {
  std::vector<std::unique_ptr<char[]>> kept;  // address space is what is limited: the memory is not even touched
  for (;;) kept.emplace_back(new char[64 << 20]);
}

void RunForEver(std::string_view, WireReader&, WireWriter&) {
  for (std::atomic<uint64_t> rounds = 0;;) ++rounds;
}

void SleepForEver(std::string_view, WireReader&, WireWriter&) {
  std::binary_semaphore never(0);
  never.acquire();
}

void WriteWhereNothingIs(std::string_view, WireReader&, WireWriter&) {
  raise(SIGSEGV);
  _exit(0);
}

// A result whose lengths lie.
void AnswerNonsense(std::string_view, WireReader&, WireWriter& result) { result(~uint64_t{0}, uint64_t{7}); }

void AnswerWithoutEnd(std::string_view, WireReader&, WireWriter& result) {
  const std::string block(1 << 20, 'x');
  for (;;) result(block);
}

const Register<DecoderTask> kTrials[] = {
    Register<DecoderTask>({"trial_file", "", &OpenAFile}),
    Register<DecoderTask>({"trial_socket", "", &OpenASocket}),
    Register<DecoderTask>({"trial_program", "", &StartAProgram}),
    Register<DecoderTask>({"trial_memory", "", &AllocateWithoutEnd}),
    Register<DecoderTask>({"trial_loop", "", &RunForEver}),
    Register<DecoderTask>({"trial_sleep", "", &SleepForEver}),
    Register<DecoderTask>({"trial_crash", "", &WriteWhereNothingIs}),
    Register<DecoderTask>({"trial_nonsense", "", &AnswerNonsense}),
    Register<DecoderTask>({"trial_flood", "", &AnswerWithoutEnd})};

}  // namespace
}  // namespace lingshu
