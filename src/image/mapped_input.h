// MappedInput: a file's bytes in memory without a copy. A file that shrinks meanwhile ends the process that looks at it, so
// only a decoder process, or one that was told to trust its files, may map.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <new>
#include <string_view>

namespace lingshu {

// `fd` may be closed as soon as it is made. REQUIRES: a regular file of at least `size` bytes. Throws std::bad_alloc.
class MappedInput {
 public:
  MappedInput(int fd, uint64_t size) : size_(size) {
    if (size == 0) return;
    data_ = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (data_ == MAP_FAILED) throw std::bad_alloc();
  }
  MappedInput(MappedInput&&) = delete;
  ~MappedInput() {
    if (size_ > 0) ::munmap(data_, size_);
  }
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  uint64_t size_;
};

}  // namespace lingshu
