// A file mapped into memory for reading, by whoever parses weights out of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace lingshu {

// Const after Open and shared by threads. The mapping keeps the file's content alive when the path is replaced by
// rename, as our writers do. A file that somebody else truncates in place is another matter: touching `bytes` beyond
// its new end kills the process (SIGBUS), Read() throws instead.
class MappedFile {
 public:
  // Throws Error(kNotFound | kIo).
  static MappedFile Open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  const std::filesystem::path& path() const { return path_; }
  std::span<const std::byte> bytes() const { return mapping_; }

  // Copies a part of `bytes` with pread. REQUIRES: part lies in bytes(), out.size() == part.size().
  // Throws Error(kIo | kCorrupt) when the file shrank since Open.
  void Read(std::span<const std::byte> part, std::span<std::byte> out) const;

 private:
  MappedFile() = default;
  std::filesystem::path path_;
  int fd_ = -1;
  std::span<const std::byte> mapping_;
};

}  // namespace lingshu
