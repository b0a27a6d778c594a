// mmap for looking, pread for copying.
#include "checkpoint/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

[[noreturn]] void ThrowErrno(const char* what, const std::filesystem::path& path) {
  throw Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
              fmt::format("cannot {} {}: {}.", what, path.string(), std::strerror(errno)));
}

}  // namespace

MappedFile MappedFile::Open(const std::filesystem::path& path) {
  MappedFile file;
  file.path_ = path;
  file.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file.fd_ < 0) ThrowErrno("open", path);
  struct stat status = {};
  if (::fstat(file.fd_, &status) != 0) ThrowErrno("read", path);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::kIo, fmt::format("{}: expected a file.", path.string()));
  const auto size = static_cast<size_t>(status.st_size);
  if (size > 0) {
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd_, 0);
    if (memory == MAP_FAILED) ThrowErrno("map", path);
    file.mapping_ = {static_cast<const std::byte*>(memory), size};
  }
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), mapping_(std::exchange(other.mapping_, {})) {}

MappedFile::~MappedFile() {
  if (!mapping_.empty()) ::munmap(const_cast<std::byte*>(mapping_.data()), mapping_.size());
  if (fd_ >= 0) ::close(fd_);
}

void MappedFile::Read(std::span<const std::byte> part, std::span<std::byte> out) const {
  CHECK(out.size() == part.size()) << out.size() << " bytes for " << part.size();
  if (part.empty()) return;
  const auto begin = static_cast<size_t>(part.data() - mapping_.data());
  CHECK(begin <= mapping_.size() && part.size() <= mapping_.size() - begin)
      << "bytes that are not of " << path_.string();
  for (size_t done = 0; done < out.size();) {
    const ssize_t got = ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(begin + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) ThrowErrno("read", path_);
    if (got == 0)
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: the file became shorter while it was read.\nHINT: is something still writing it?",
                              path_.string()));
    done += static_cast<size_t>(got);
  }
}

}  // namespace lingshu
