// Large pages for the buffers of volumes: at 4 KiB a page, the first touch of a volume costs more than reading it.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace lingshu {

// A hint for a buffer that has been allocated and not yet been written; nothing happens where it is small or the system
// does not take hints.
inline void AdviseHugePages(void* data, size_t num_bytes) {
  constexpr uintptr_t kPage = 2 << 20;
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(data) + kPage - 1) / kPage * kPage,
                  end = (reinterpret_cast<uintptr_t>(data) + num_bytes) / kPage * kPage;
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace lingshu
