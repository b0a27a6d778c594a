// One large block is kept when it is freed: a process that reads volumes reads many, of about one size.
#include "image/raw_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace lingshu {
namespace {

constexpr size_t kPage = size_t{2} << 20, kLarge = 2 * kPage;
#if defined(__SANITIZE_ADDRESS__)
constexpr size_t kMaxKept = 0;  // what is used after it was freed has to be seen
#else
constexpr size_t kMaxKept = size_t{256} << 20;
#endif

struct Spare {
  std::mutex mutex;
  void* memory = nullptr;
  size_t capacity = 0;
};
Spare& TheSpare() {
  static Spare& spare = *new Spare;  // outlives whatever is freed at the end
  return spare;
}

// The spare block where it is large enough and not more than twice that.
void* TakeSpare(size_t& capacity) {
  Spare& spare = TheSpare();
  const std::lock_guard<std::mutex> lock(spare.mutex);
  if (spare.memory == nullptr || spare.capacity < capacity || spare.capacity / 2 > capacity) return nullptr;
  capacity = std::exchange(spare.capacity, 0);
  return std::exchange(spare.memory, nullptr);
}

}  // namespace

void* AllocatePixels(size_t& capacity) {
  if (capacity >= kLarge && capacity <= SIZE_MAX - kPage) {
    capacity = (capacity + kPage - 1) / kPage * kPage;
    if (void* const spare = TakeSpare(capacity)) return spare;
    void* const memory = std::aligned_alloc(kPage, capacity);
    if (memory == nullptr) throw std::bad_alloc();
    ::madvise(memory, capacity, MADV_HUGEPAGE);
    return memory;
  }
  void* const memory = std::malloc(std::max<size_t>(capacity, 1));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void FreePixels(void* memory, size_t capacity) {
  if (capacity >= kLarge && capacity <= kMaxKept) {
    Spare& spare = TheSpare();
    const std::lock_guard<std::mutex> lock(spare.mutex);
    std::swap(spare.memory, memory);
    std::swap(spare.capacity, capacity);
  }
  std::free(memory);
}

}  // namespace lingshu
