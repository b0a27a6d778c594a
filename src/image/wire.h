// Wire: values between a process and its decoder processes. Numbers as they lie in memory (both ends are one build on one
// machine), strings and vectors with their length in front, structs through a function Carry that takes them apart, so that a field
// which is not carried does not compile:
//   template <typename Wire> void Carry(Wire& wire, Window& window) {
//     auto& [center, width] = window;
//     wire(center, width);
//   }
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "image/raw_buffer.h"

namespace lingshu {

// Collects in memory, or in a file where large blocks go straight to (`fd` is not owned).
class WireWriter {
 public:
  explicit WireWriter(int fd = -1) : fd_(fd) {}
  template <typename... T>
  void operator()(const T&... values) {
    (Put(values), ...);
  }
  uint64_t Finish();  // writes what is left; bytes in all
  std::string&& TakeBytes() { return std::move(buffer_); }

 private:
  template <typename T>
  void Put(const T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) PutRaw(&value, sizeof(value));
    else Carry(*this, const_cast<T&>(value));
  }
  void Put(const std::string& text);
  void Put(const std::vector<uint8_t>& bytes);
  template <typename Byte>
  void Put(const RawBuffer<Byte>& bytes) {
    Put(static_cast<uint64_t>(bytes.size()));
    PutRaw(bytes.data(), bytes.size());
  }
  template <typename T>
  void Put(const std::vector<T>& values) {
    Put(static_cast<uint64_t>(values.size()));
    for (const T& value : values) Put(value);
  }
  template <typename T, size_t n>
  void Put(const std::array<T, n>& values) {
    for (const T& value : values) Put(value);
  }
  template <typename T, size_t n>
  void Put(const T (&values)[n]) {
    for (const T& value : values) Put(value);
  }
  template <typename T>
  void Put(const std::optional<T>& value) {
    Put(value.has_value());
    if (value) Put(*value);
  }
  template <typename K, typename V>
  void Put(const std::map<K, V>& values) {
    Put(static_cast<uint64_t>(values.size()));
    for (const auto& [key, value] : values) Put(key), Put(value);
  }
  void PutRaw(const void* data, uint64_t size);

  int fd_;
  uint64_t offset_ = 0;
  std::string buffer_;
};

// Reads from memory, or from a file each byte of which is looked at once: whoever wrote it may still be changing it.
// Throws Error(kCorrupt) for what does not add up; no length is believed beyond the bytes that are left.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : memory_(bytes), left_(bytes.size()) {}
  WireReader(int fd, uint64_t size) : fd_(fd), left_(size) {}
  template <typename... T>
  void operator()(T&... values) {
    (Get(values), ...);
  }
  bool IsAtEnd() const { return left_ == 0; }

 private:
  template <typename T>
  void Get(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      uint8_t byte = 0;
      GetRaw(&byte, 1);
      value = byte != 0;
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      GetRaw(&value, sizeof(value));
    } else {
      Carry(*this, value);
    }
  }
  void Get(std::string& text) {
    text.resize(GetLength());
    GetRaw(text.data(), text.size());
  }
  void Get(std::vector<uint8_t>& bytes) {
    bytes.resize(GetLength());
    GetRaw(bytes.data(), bytes.size());
  }
  template <typename Byte>
  void Get(RawBuffer<Byte>& bytes) {
    bytes.resize(GetLength());
    GetRaw(bytes.data(), bytes.size());
  }
  template <typename T>
  void Get(std::vector<T>& values) {
    values.clear();
    for (uint64_t left = GetLength(); left > 0; --left) Get(values.emplace_back());
  }
  template <typename T, size_t n>
  void Get(std::array<T, n>& values) {
    for (T& value : values) Get(value);
  }
  template <typename T, size_t n>
  void Get(T (&values)[n]) {
    for (T& value : values) Get(value);
  }
  template <typename T>
  void Get(std::optional<T>& value) {
    bool has_value = false;
    Get(has_value);
    value.reset();
    if (has_value) Get(value.emplace());
  }
  template <typename K, typename V>
  void Get(std::map<K, V>& values) {
    values.clear();
    for (uint64_t left = GetLength(); left > 0; --left) {
      K key{};
      Get(key);
      Get(values[key]);
    }
  }
  uint64_t GetLength();
  void GetRaw(void* to, uint64_t size);

  std::string_view memory_;
  int fd_ = -1;
  uint64_t offset_ = 0;  // in the file, of what was fetched
  uint64_t left_;
  std::string buffer_;
  size_t buffer_at_ = 0;
};

}  // namespace lingshu
