// How fast products with packed matrices are on this machine: decoding against a plain read of the same memory, prefill
// in multiply-adds. Not a test: build with `ninja kernels_bench`, run on an idle machine.
//   kernels_bench [threads] [megabytes of weights] [runs, of which the fastest counts]
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <vector>

#include "base/rng.h"
#include "base/threads.h"
#include "kernels/packed_matrix.h"
#include "kernels/read_memory.h"

namespace lingshu {
namespace {

int g_runs = 7;
constexpr int64_t kRows = 8960, kColumns = 1536;  // the MLP of a 1.5B model

// With one thread its CPU time, on which waiting for a core does not count; else time as it passes.
double Now() {
  timespec now = {};
  clock_gettime(NumThreads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The fastest of several runs, in seconds: what else the machine does only slows it down.
double Seconds(const std::function<void()>& run) {
  double best = 1e30;
  for (int i = 0; i < g_runs; ++i) {
    const double begin = Now();
    run();
    best = std::min(best, Now() - begin);
  }
  return best;
}

// Many matrices in one piece of memory that no cache holds.
class Weights {
 public:
  Weights(BlockFormat format, int64_t bytes)
      : format_(format),
        matrix_bytes_(PackedBytes(format, kRows, kColumns)),
        count_(std::max<int64_t>(1, bytes / matrix_bytes_)) {
    size_ = static_cast<size_t>(count_ * matrix_bytes_);
    memory_ = static_cast<uint8_t*>(::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (memory_ == MAP_FAILED) std::abort();
    ::madvise(memory_, size_, MADV_HUGEPAGE);
    const int64_t row_bytes = kColumns / InfoOf(format).elements * InfoOf(format).bytes;
    std::vector<float> row(kColumns);
    std::vector<uint8_t> blocks(static_cast<size_t>(kRows * row_bytes));
    Rng rng(1);
    for (float& value : row) value = static_cast<float>(rng.Normal(0, 0.02));
    for (int64_t i = 0; i < kRows; ++i) QuantizeRow(format, row.data(), kColumns, blocks.data() + i * row_bytes);
    PackGroups(format, blocks.data(), kRows, kColumns, 0, matrix(0).groups(), memory_);
    for (int64_t i = 1; i < count_; ++i)
      std::memcpy(memory_ + i * matrix_bytes_, memory_, static_cast<size_t>(matrix_bytes_));
  }
  ~Weights() { ::munmap(memory_, size_); }
  PackedMatrix matrix(int64_t i) const { return {format_, kRows, kColumns, memory_ + i * matrix_bytes_}; }
  int64_t count() const { return count_; }
  double bytes() const { return static_cast<double>(size_); }
  const uint8_t* memory() const { return memory_; }

 private:
  BlockFormat format_;
  int64_t matrix_bytes_, count_;
  size_t size_ = 0;
  uint8_t* memory_ = nullptr;
};

// Threads take equal pieces of [0, n), as the model's products do.
void InPieces(int64_t n, const std::function<void(int64_t, int64_t)>& body) {
  const int64_t threads = NumThreads();
  ParallelFor(threads, [&](int64_t i) { body(n * i / threads, n * (i + 1) / threads); });
}

double PlainReadSeconds(const Weights& weights) {
  const auto pieces = static_cast<int64_t>(weights.bytes() / 512);
  static std::atomic<int32_t> sink;
  return Seconds([&] {
    InPieces(pieces, [&](int64_t begin, int64_t end) { sink += ReadMemory(weights.memory() + begin * 512, (end - begin) * 512); });
  });
}

void Measure(BlockFormat format, int64_t bytes) {
  const Weights weights(format, bytes);
  constexpr int64_t kTokens = 64;
  std::vector<float> x(kTokens * kColumns), y(kTokens * kRows);
  Rng rng(2);
  for (float& value : x) value = static_cast<float>(rng.Normal());
  const int64_t row_bytes = ActivationBytes(format, kColumns);
  std::vector<uint8_t> storage(static_cast<size_t>(kTokens * row_bytes + 64));
  uint8_t* activations = storage.data() + (64 - reinterpret_cast<uintptr_t>(storage.data()) % 64) % 64;
  const double quantize = Seconds([&] { QuantizeActivations(format, x.data(), kTokens, kColumns, activations); });
  const double plain = PlainReadSeconds(weights);
  std::printf("%s: plain read %.1f GB/s; activations %.2f GB/s of float32, one thread\n", InfoOf(format).name,
              weights.bytes() / plain / 1e9, static_cast<double>(kTokens * kColumns) * 4 / quantize / 1e9);
  for (int set = 1; set <= static_cast<int>(BestInstructionSet()); ++set) {
    const auto chosen = static_cast<InstructionSet>(set);
    const double decode = Seconds([&] {
      InPieces(weights.count() * weights.matrix(0).groups(), [&](int64_t begin, int64_t end) {
        const int64_t groups = weights.matrix(0).groups();
        for (int64_t at = begin; at < end;) {
          const int64_t i = at / groups, stop = std::min(end, (i + 1) * groups);
          PackedMatmulWith(chosen, weights.matrix(i), activations, 1, at - i * groups, stop - i * groups, y.data(),
                           kRows);
          at = stop;
        }
      });
    });
    const double prefill = Seconds([&] {
      InPieces(weights.matrix(0).groups(), [&](int64_t begin, int64_t end) {
        PackedMatmulWith(chosen, weights.matrix(0), activations, kTokens, begin, end, y.data(), kRows);
      });
    });
    std::printf("  %-12s decode %5.1f GB/s (%3.0f %% of the read)   prefill of 64 %6.1f GMAC/s\n", NameOf(chosen),
                weights.bytes() / decode / 1e9, 100 * plain / decode,
                static_cast<double>(kTokens * kRows * kColumns) / prefill / 1e9);
  }
}

}  // namespace
}  // namespace lingshu

int main(int argc, char** argv) {
  using namespace lingshu;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc > 1) SetNumThreads(std::atoi(argv[1]));
  if (argc > 3) g_runs = std::atoi(argv[3]);
  const int64_t bytes = (argc > 2 ? std::atoll(argv[2]) : 1024) << 20;
  std::printf("%d threads, %s\n", NumThreads(), NameOf(BestInstructionSet()));
  for (const BlockFormat format : {BlockFormat::kQ8_0, BlockFormat::kQ4_0, BlockFormat::kQ4_K, BlockFormat::kQ6_K, BlockFormat::kF16,
                                   BlockFormat::kBF16})
    Measure(format, bytes);
}
