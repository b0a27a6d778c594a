// Starting by posix_spawn, which is safe beside any threads (a fork of a process with libtorch's is not), limits by
// prlimit, time by the clock of the parent.
#include "image/decoder_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

constexpr uint64_t kKeptBytes = uint64_t{64} << 20;  // of a file in memory between calls
constexpr int kStart_s = 60;

fs::path ProgramPath() {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& path : {folder / "lingshu-decoder", folder / "bin" / "lingshu-decoder"})
    if (IsFile(path)) return path;
  throw Error(ErrorCode::kNotFound, "the program lingshu-decoder is not beside this one.\nHINT: build all of it, or "
                                    "decode files that you trust in this process with --trust-files.");
}

int MakeMemoryFile() {
  const int fd = ::memfd_create("lingshu", MFD_CLOEXEC);
  if (fd < 0) throw Error(ErrorCode::kIo, fmt::format("no file in memory can be made: {}.", std::strerror(errno)));
  return fd;
}

// Whether `fd` can be read within the time.
bool WaitFor(int fd, int seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd one{fd, POLLIN, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::max<int64_t>(0, left)));
    if (ready > 0) return true;
    if (ready == 0 && left <= 0) return false;
  }
}

double CpuSeconds(pid_t pid) {
  clockid_t clock;
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

// Untrusted words of a child for a message: nothing but printable ASCII, UTF-8 and line ends, and not too much of them.
std::string Tidy(std::string text) {
  constexpr size_t kMaxMessage = 2000;
  if (text.size() > kMaxMessage) text = text.substr(0, kMaxMessage) + " …";
  for (char& c : text)
    if (static_cast<uint8_t>(c) < 0x20 && c != '\n') c = '?';
  return text;
}

}  // namespace

DecoderProcess::DecoderProcess() {
  const std::string program = ProgramPath().string();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(ErrorCode::kIo, fmt::format("no socket for a decoder process: {}.", std::strerror(errno)));
  socket_ = ends[0];
  result_ = MakeMemoryFile();
  bytes_ = MakeMemoryFile();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  // Through high numbers, since either may be the other's target.
  const int socket = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 64), result = ::fcntl(result_, F_DUPFD_CLOEXEC, 64);
  posix_spawn_file_actions_adddup2(&actions, socket, kDecoderSocket);
  posix_spawn_file_actions_adddup2(&actions, result, kDecoderResult);
  char name[] = "lingshu-decoder", language[] = "LC_ALL=C";
  char* arguments[] = {name, nullptr};
  char* environment[] = {language, nullptr};
  const int failure = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  for (const int fd : {socket, result, ends[1]}) ::close(fd);
  if (failure != 0) pid_ = -1;
  DecoderHello hello;
  if (failure != 0 || !WaitFor(socket_, kStart_s) ||
      ::recv(socket_, &hello, sizeof(hello), 0) != static_cast<ssize_t>(sizeof(hello))) {
    End(/*should_kill=*/true);
    throw Error(ErrorCode::kInternal, "the program lingshu-decoder does not start.\nHINT: --trust-files decodes in this "
                                      "process.");
  }
  hello.seccomp[sizeof(hello.seccomp) - 1] = '\0';
  seccomp_ = hello.seccomp;
}

DecoderProcess::~DecoderProcess() { End(/*should_kill=*/true); }

bool DecoderProcess::IsAlive() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) {
    pid_ = -1;
    End(/*should_kill=*/false);
  }
  return pid_ > 0;
}

int DecoderProcess::End(bool should_kill) {
  int status = 0;
  if (pid_ > 0) {
    if (should_kill) ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
  for (int* fd : {&socket_, &result_, &bytes_}) {
    if (*fd >= 0) ::close(*fd);
    *fd = -1;
  }
  return status;
}

void DecoderProcess::Limit(const DecoderLimits& limits, uint64_t input_bytes) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // shadow memory is most of the address space
  const rlimit memory{limits.memory_bytes + input_bytes, RLIM_INFINITY};
  ::prlimit(pid_, RLIMIT_AS, &memory, nullptr);
#endif
  const rlimit cpu{static_cast<rlim_t>(CpuSeconds(pid_)) + static_cast<rlim_t>(limits.cpu_s) + 1, RLIM_INFINITY};
  ::prlimit(pid_, RLIMIT_CPU, &cpu, nullptr);
  const rlimit file{limits.memory_bytes, RLIM_INFINITY};
  ::prlimit(pid_, RLIMIT_FSIZE, &file, nullptr);
}

bool DecoderProcess::Send(const DecoderCall& call, int input, uint64_t input_bytes) {
  const std::string_view name = call.task;
  DecoderRequest request{input_bytes, static_cast<uint32_t>(name.size()), static_cast<uint32_t>(call.arguments.size())};
  std::string packet(reinterpret_cast<const char*>(&request), sizeof(request));
  packet += name;
  packet += call.arguments;
  CHECK(packet.size() <= kMaxDecoderPacket) << "arguments of " << packet.size() << " bytes for a decoder";
  iovec part{packet.data(), packet.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &input, sizeof(input));
  ssize_t sent;
  do sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

void DecoderProcess::ThrowEnd(const DecoderCall& call, bool is_late) {
  const int status = End(/*should_kill=*/is_late);
  const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (is_late)
    throw Error(ErrorCode::kTooLarge,
                fmt::format("{}: decoding took longer than {} s and was stopped.", call.where, call.limits.wall_s));
  if (number == SIGXCPU)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: decoding took more than {} s of processor time and was stopped.",
                                                  call.where, call.limits.cpu_s));
  if (number == SIGXFSZ)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: the decoded values are beyond the limit of {} bytes.", call.where,
                                                  call.limits.memory_bytes));
  if (number == SIGSYS)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the decoder tried what decoders may not do (open a file, a socket "
                                                 "or a program) and was stopped.",
                                                 call.where));
  throw Error(ErrorCode::kCorrupt,
              fmt::format("{}: the decoder crashed on it ({}); nothing of it was used.", call.where,
                          number > 0 ? fmt::format("signal {}, {}", number, strsignal(number))
                                     : fmt::format("exit status {}", WEXITSTATUS(status))));
}

DecoderReply DecoderProcess::Receive(const DecoderCall& call) {
  if (!WaitFor(socket_, call.limits.wall_s)) ThrowEnd(call, /*is_late=*/true);
  DecoderReply reply;
  ssize_t got;
  do got = ::recv(socket_, &reply, sizeof(reply), 0);
  while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof(reply))) ThrowEnd(call, /*is_late=*/false);
  return reply;
}

void DecoderProcess::Call(const DecoderCall& call, int input, uint64_t input_bytes,
                          const std::function<void(WireReader&)>& read) {
  Limit(call.limits, input_bytes);
  if (!Send(call, input, input_bytes)) ThrowEnd(call, /*is_late=*/false);
  const DecoderReply reply = Receive(call);
  struct stat facts{};
  ::fstat(result_, &facts);  // no more is believed than is there, which RLIMIT_FSIZE bounds
  WireReader reader(result_, std::min(reply.result_bytes, static_cast<uint64_t>(facts.st_size)));
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  try {
    if (!reply.is_error) read(reader);
    else reader(code, message);
  } catch (const Error& error) {  // the message of a process that is not to be believed any more
    End(/*should_kill=*/true);
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the decoder's answer does not add up: {}", call.where, error.message()));
  }
  if (reply.result_bytes > kKeptBytes)
    ::fallocate(result_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(reply.result_bytes));
  if (reply.is_last) End(/*should_kill=*/true);
  if (!reply.is_error) return;
  const int number = static_cast<int>(code);
  if (number < 0 || number > static_cast<int>(ErrorCode::kInternal)) code = ErrorCode::kCorrupt;
  if (message.empty())
    message = fmt::format("{}: decoding it takes more memory than the {} MiB that it may.", call.where,
                          call.limits.memory_bytes >> 20);
  throw Error(code, Tidy(std::move(message)));
}

void DecoderProcess::Call(const DecoderCall& call, std::string_view bytes,
                          const std::function<void(WireReader&)>& read) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::pwrite(bytes_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw Error(ErrorCode::kNoSpace, fmt::format("{}: no memory to hand it to a decoder.", call.where));
    done += static_cast<size_t>(written);
  }
  Call(call, bytes_, bytes.size(), read);
  if (bytes.size() > kKeptBytes && bytes_ >= 0)
    ::fallocate(bytes_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes.size()));
}

}  // namespace lingshu
