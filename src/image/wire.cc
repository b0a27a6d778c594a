// Buffers of the wire.
#include "image/wire.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace lingshu {
namespace {

constexpr uint64_t kBlock = 4096;  // below it bytes are collected, from there on they go straight through

[[noreturn]] void Fail() {
  throw Error(ErrorCode::kCorrupt, "a message between processes that does not add up.");
}

void WriteAt(int fd, const char* data, uint64_t size, uint64_t offset) {
  while (size > 0) {
    const ssize_t written = ::pwrite(fd, data, size, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw Error(ErrorCode::kTooLarge, "the decoded values are beyond the limit.");
    data += written;
    size -= static_cast<uint64_t>(written);
    offset += static_cast<uint64_t>(written);
  }
}

void ReadAt(int fd, char* to, uint64_t size, uint64_t offset) {
  while (size > 0) {
    const ssize_t got = ::pread(fd, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) Fail();
    to += got;
    size -= static_cast<uint64_t>(got);
    offset += static_cast<uint64_t>(got);
  }
}

}  // namespace

void WireWriter::Put(const std::string& text) {
  Put(static_cast<uint64_t>(text.size()));
  PutRaw(text.data(), text.size());
}

void WireWriter::Put(const std::vector<uint8_t>& bytes) {
  Put(static_cast<uint64_t>(bytes.size()));
  PutRaw(bytes.data(), bytes.size());
}

void WireWriter::PutRaw(const void* data, uint64_t size) {
  if (fd_ < 0 || size < kBlock) {
    buffer_.append(static_cast<const char*>(data), size);
    if (fd_ >= 0 && buffer_.size() >= 16 * kBlock) Finish();
    return;
  }
  Finish();
  WriteAt(fd_, static_cast<const char*>(data), size, offset_);
  offset_ += size;
}

uint64_t WireWriter::Finish() {
  if (fd_ < 0) return buffer_.size();
  WriteAt(fd_, buffer_.data(), buffer_.size(), offset_);
  offset_ += buffer_.size();
  buffer_.clear();
  return offset_;
}

uint64_t WireReader::GetLength() {
  uint64_t length = 0;
  Get(length);
  if (length > left_) Fail();
  return length;
}

void WireReader::GetRaw(void* to, uint64_t size) {
  if (size > left_) Fail();
  left_ -= size;
  if (fd_ < 0) {
    std::memcpy(to, memory_.data(), size);
    memory_.remove_prefix(size);
    return;
  }
  auto* out = static_cast<char*>(to);
  const uint64_t buffered = std::min<uint64_t>(size, buffer_.size() - buffer_at_);
  std::memcpy(out, buffer_.data() + buffer_at_, buffered);
  buffer_at_ += buffered;
  out += buffered;
  size -= buffered;
  if (size == 0) return;
  if (size >= kBlock) {
    ReadAt(fd_, out, size, offset_);
    offset_ += size;
    return;
  }
  buffer_.resize(std::min(left_ + size, kBlock));
  ReadAt(fd_, buffer_.data(), buffer_.size(), offset_);
  offset_ += buffer_.size();
  std::memcpy(out, buffer_.data(), size);
  buffer_at_ = size;
}

}  // namespace lingshu
