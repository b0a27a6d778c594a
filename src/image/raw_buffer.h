// RawBuffer: bytes of pixels, written once by whoever fills them. Unlike a std::string or std::vector it does not fill what it
// adds, which for a volume costs as much as reading it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace lingshu {

// Memory for pixels, which are not filled: in whole large pages where it is large, and what was freed last is lent again, since
// the system's clearing of new pages is most of what reading a volume costs. `capacity` becomes what there is. Throws std::bad_alloc.
void* AllocatePixels(size_t& capacity);
void FreePixels(void* memory, size_t capacity);

template <typename Byte>
class RawBuffer {
  static_assert(sizeof(Byte) == 1);

 public:
  RawBuffer() = default;
  explicit RawBuffer(std::string_view bytes) {
    resize(bytes.size());
    if (size_ > 0) std::memcpy(data(), bytes.data(), size_);
  }
  RawBuffer(const RawBuffer& other) : RawBuffer(other.view()) {}
  RawBuffer(RawBuffer&& other) noexcept { *this = std::move(other); }
  RawBuffer& operator=(const RawBuffer& other) { return *this = RawBuffer(other); }
  RawBuffer& operator=(RawBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  // Keeps the bytes that are there; what is added holds anything.
  void resize(size_t size) {
    if (size > data_.get_deleter().capacity) {
      size_t capacity = size;
      void* const memory = AllocatePixels(capacity);
      Memory larger(static_cast<Byte*>(memory), Free{capacity});
      if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
      data_ = std::move(larger);
    }
    size_ = size;
  }

  // Takes the first `count` bytes away. REQUIRES: they are there.
  void DropFront(size_t count) {
    std::memmove(data(), data() + count, size_ - count);
    size_ -= count;
  }

  Byte* data() { return data_.get(); }
  const Byte* data() const { return data_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Byte* begin() { return data(); }
  Byte* end() { return data() + size_; }
  const Byte* begin() const { return data(); }
  const Byte* end() const { return data() + size_; }
  Byte& operator[](size_t i) { return data_[i]; }
  const Byte& operator[](size_t i) const { return data_[i]; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data()), size_}; }
  operator std::string_view() const { return view(); }
  friend bool operator==(const RawBuffer& a, const RawBuffer& b) { return a.view() == b.view(); }

 private:
  struct Free {
    size_t capacity = 0;
    void operator()(void* memory) const { FreePixels(memory, capacity); }
  };
  using Memory = std::unique_ptr<Byte[], Free>;

  Memory data_;
  size_t size_ = 0;
};

using RawBytes = RawBuffer<char>;
using RawSamples = RawBuffer<uint8_t>;

}  // namespace lingshu
