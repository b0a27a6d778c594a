// A small parallel loop and the interrupt flag.
#include "base/threads.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"

namespace lingshu {
namespace {

std::atomic<int> g_threads{0};
volatile sig_atomic_t g_interrupts = 0;

void OnSignal(int) {
  g_interrupts = g_interrupts + 1;
  if (g_interrupts > 1) _exit(130);
}

int UsableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int NumThreads() {
  const int count = g_threads.load();
  return count > 0 ? count : std::max(1, UsableCores());
}

void SetNumThreads(int count) { g_threads = count; }

void ParallelFor(int64_t n, const std::function<void(int64_t)>& body) {
  const int count = static_cast<int>(std::min<int64_t>(NumThreads(), n));
  std::atomic<int64_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto work = [&] {
    for (int64_t i = next++; i < n; i = next++) {
      try {
        body(i);
      } catch (...) {  // handed to the caller's thread and rethrown there
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = n;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int t = 1; t < count; ++t) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

void InstallInterruptHandlers() {
  struct sigaction action = {};
  action.sa_handler = &OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool IsInterrupted() { return g_interrupts > 0; }

void CheckInterrupt(const char* what, bool is_kept) {
  if (IsInterrupted())
    throw Error(ErrorCode::kInterrupted,
                std::string("interrupted during ") + what + "." + (is_kept ? "\nHINT: run the same command again; it goes on where it stopped." : ""));
}

}  // namespace lingshu
