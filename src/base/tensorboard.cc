// Framing, checksum and the three protobuf messages that a scalar needs.
#include "base/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // Castagnoli, reflected
constexpr uint32_t kMaskDelta = 0xA282EAD8;   // tensorflow/core/lib/hash/crc32c.h

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}

void PutFixed(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

void PutVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// Protobuf wire types: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes.
void PutDouble(std::string& out, int field, double value) {
  out += static_cast<char>(field << 3 | 1);
  PutFixed(out, std::bit_cast<uint64_t>(value), 8);
}
void PutFloat(std::string& out, int field, float value) {
  out += static_cast<char>(field << 3 | 5);
  PutFixed(out, std::bit_cast<uint32_t>(value), 4);
}
void PutInt(std::string& out, int field, int64_t value) {
  out += static_cast<char>(field << 3);
  PutVarint(out, static_cast<uint64_t>(value));
}
void PutBytes(std::string& out, int field, std::string_view bytes) {
  out += static_cast<char>(field << 3 | 2);
  PutVarint(out, bytes.size());
  out += bytes;
}

// A plain CRC of a length or an event that itself contains CRCs is weak, so the format rotates and shifts it.
uint32_t MaskedCrc(std::string_view bytes) { return std::rotr(Crc32c(bytes), 15) + kMaskDelta; }

double WallTime() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

[[noreturn]] void Fail(const char* what, const fs::path& path) {
  const int code = errno;
  throw Error(code == ENOSPC || code == EDQUOT ? ErrorCode::kNoSpace : ErrorCode::kIo,
              fmt::format("cannot {} {}: {}.", what, path.string(), std::strerror(code)));
}

}  // namespace

uint32_t Crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeTable();
  uint32_t crc = ~0u;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(c)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

std::string TfRecord(std::string_view event) {
  std::string record;
  PutFixed(record, event.size(), 8);
  PutFixed(record, MaskedCrc(record), 4);
  record += event;
  PutFixed(record, MaskedCrc(event), 4);
  return record;
}

std::string FileVersionEvent(double wall_time_s) {
  std::string event;
  PutDouble(event, 1, wall_time_s);
  PutBytes(event, 3, "brain.Event:2");
  return event;
}

std::string ScalarEvent(std::string_view tag, int64_t step, float value, double wall_time_s) {
  std::string entry, summary, event;
  PutBytes(entry, 1, tag);
  PutFloat(entry, 2, value);
  PutBytes(summary, 1, entry);
  PutDouble(event, 1, wall_time_s);
  PutInt(event, 2, step);
  PutBytes(event, 5, summary);
  return event;
}

EventWriter::EventWriter(const fs::path& path) : path_(path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd_ < 0) Fail("create", path);
  if (::lseek(fd_, 0, SEEK_END) == 0) buffer_ = TfRecord(FileVersionEvent(WallTime()));
}

EventWriter::~EventWriter() {
  try {
    Flush();
  } catch (const Error&) {  // the caller that cares calls Flush itself and sees the error
  }
  ::close(fd_);
}

void EventWriter::Scalar(std::string_view tag, int64_t step, double value) {
  buffer_ += TfRecord(ScalarEvent(tag, step, static_cast<float>(value), WallTime()));
}

void EventWriter::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) Fail("write", path_);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  buffer_.clear();
}

}  // namespace lingshu
