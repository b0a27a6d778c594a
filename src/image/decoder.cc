// The pool: as many processes as threads, each lent to one call at a time.
#include "image/decoder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/threads.h"
#include "image/decoder_process.h"

namespace lingshu {
namespace {

std::atomic<DecoderPlace> g_place{DecoderPlace::kOwnProcess};

class Pool {
 public:
  static Pool& Get() {
    static Pool pool;
    return pool;
  }

  std::unique_ptr<DecoderProcess> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty() || lent_ < NumThreads(); });
    ++lent_;
    std::unique_ptr<DecoderProcess> process;
    while (!idle_.empty() && !(process && process->IsAlive())) {
      process = std::move(idle_.back());  // the one used last has its memory at hand
      idle_.pop_back();
    }
    if (process && !process->IsAlive()) process.reset();
    return process;
  }

  void Return(std::unique_ptr<DecoderProcess> process) {
    const std::lock_guard<std::mutex> lock(mutex_);
    --lent_;
    if (process && process->IsAlive()) idle_.push_back(std::move(process));
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<DecoderProcess>> idle_;
  int lent_ = 0;
};

// A process of the pool for the length of a call.
class Lease {
 public:
  Lease() : process_(Pool::Get().Take()) {
    if (process_) return;
    try {
      process_ = std::make_unique<DecoderProcess>();
    } catch (...) {  // the place in the pool is given back, the error goes on
      Pool::Get().Return(nullptr);
      throw;
    }
  }
  ~Lease() { Pool::Get().Return(std::move(process_)); }
  Lease(Lease&&) = delete;
  DecoderProcess* operator->() { return process_.get(); }

 private:
  std::unique_ptr<DecoderProcess> process_;
};

// "refused" when the trial ended as it should.
std::string Try(const char* trial, const DecoderLimits& limits, std::string_view expected) {
  const std::string where = "self-test";
  try {
    RunDecoder({trial, limits, WireWriter().TakeBytes(), where}, std::string_view(), [](WireReader&) {});
    return "possible";
  } catch (const Error& error) {
    return error.message().find(expected) != std::string::npos ? "refused" : error.message();
  }
}

}  // namespace

void SetDecoderPlace(DecoderPlace place) { g_place = place; }
DecoderPlace GetDecoderPlace() { return g_place; }

MappableFile::MappableFile(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  struct stat facts{};
  if (fd_ < 0 || ::fstat(fd_, &facts) != 0) return;
  size_ = static_cast<uint64_t>(facts.st_size);
  is_mappable_ = S_ISREG(facts.st_mode) && size_ <= static_cast<uint64_t>(kMaxFileBytes);
}

MappableFile::~MappableFile() {
  if (fd_ >= 0) ::close(fd_);
}

void RunDecoder(const DecoderCall& call, std::string_view bytes, const std::function<void(WireReader&)>& read) {
  Lease()->Call(call, bytes, read);
}

void RunDecoderOnFile(const DecoderCall& call, const fs::path& path, const std::function<void(WireReader&)>& read) {
  const MappableFile file(path);
  if (!file.IsMappable()) return RunDecoder(call, ReadFile(path, kMaxFileBytes), read);
  Lease()->Call(call, file.fd(), file.size(), read);
}

Json DecoderSelfTest() {
  if (GetDecoderPlace() == DecoderPlace::kOwnProcess) return {{"place", "own process"}};
  const std::string seccomp = [] {
    try {
      return Lease()->seccomp();
    } catch (const Error& error) {
      return error.message();
    }
  }();
  DecoderLimits small = kPictureLimits;
  small.cpu_s = 1;
  small.memory_bytes = uint64_t{512} << 20;
  return {{"place", "child processes"},
          {"seccomp", seccomp},
          {"open a file", Try("trial_file", small, "may not do")},
          {"open a socket", Try("trial_socket", small, "may not do")},
          {"start a program", Try("trial_program", small, "may not do")},
          {"allocate without end", Try("trial_memory", small, "memory")},
          {"run for ever", Try("trial_loop", small, "processor time")}};
}

}  // namespace lingshu
