// readdir rather than std::filesystem: a path of libstdc++ keeps its components apart, some 500 bytes a file.
#include "image/folder_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/threads.h"

namespace lingshu {
namespace {

constexpr int kMaxDepth = 64;

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

bool IsRegular(const std::string& path, bool follows_links, bool& is_folder) {
  struct stat status {};
  if ((follows_links ? stat : lstat)(path.c_str(), &status) != 0) return false;
  is_folder = S_ISDIR(status.st_mode);
  return S_ISREG(status.st_mode);
}

void Walk(const std::string& folder, int depth, const std::function<void(const std::string&)>& each) {
  std::vector<std::string> files, folders;
  {
    const Directory directory(opendir(folder.c_str()), &closedir);
    if (directory == nullptr) return;
    while (const dirent* entry = readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      unsigned char type = entry->d_type;
      if (type == DT_UNKNOWN || type == DT_LNK) {
        bool is_folder = false;
        const bool is_file = IsRegular(folder + "/" + entry->d_name, /*follows_links=*/type == DT_LNK, is_folder);
        type = is_file ? DT_REG : is_folder && type == DT_UNKNOWN ? DT_DIR : DT_UNKNOWN;
      }
      if (type == DT_REG) files.emplace_back(name);
      else if (type == DT_DIR) folders.emplace_back(name);
    }
  }
  std::sort(files.begin(), files.end());
  std::sort(folders.begin(), folders.end());
  for (const std::string& name : files) {
    CheckInterrupt("reading a folder");
    each(folder + "/" + name);
  }
  files = {};
  if (depth < kMaxDepth)
    for (const std::string& name : folders) Walk(folder + "/" + name, depth + 1, each);
}

}  // namespace

void ForEachFile(const std::filesystem::path& folder, const std::function<void(const std::string& path)>& each) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: expected a folder, found {}.", folder.string(),
                            std::filesystem::exists(folder, error) ? "a file" : "nothing"));
  std::string root = folder.string();
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  Walk(root, 0, each);
}

namespace {

struct OpenedFile {
  int fd = -1;
  int64_t num_bytes = 0;

  explicit OpenedFile(const std::string& path) : fd(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status {};
    if (fd < 0 || fstat(fd, &status) != 0)
      throw Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, fmt::format("{}: cannot be opened.", path));
    num_bytes = status.st_size;
  }
  OpenedFile(OpenedFile&&) = delete;
  ~OpenedFile() {
    if (fd >= 0) close(fd);
  }

  // From byte `offset` on; the bytes that were there.
  size_t Read(char* to, size_t num_bytes, int64_t offset, const std::string& path) const {
    size_t filled = 0;
    while (filled < num_bytes) {
      const ssize_t n = pread(fd, to + filled, num_bytes - filled, offset + static_cast<off_t>(filled));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw Error(ErrorCode::kIo, fmt::format("{}: cannot be read.", path));
      if (n == 0) break;
      filled += static_cast<size_t>(n);
    }
    return filled;
  }
};

}  // namespace

FilePrefix ReadPrefix(const std::string& path, int64_t max_bytes) {
  const OpenedFile file(path);
  FilePrefix prefix{.bytes = "", .file_bytes = file.num_bytes};
  prefix.bytes.resize(static_cast<size_t>(std::min(max_bytes, file.num_bytes)));
  prefix.bytes.resize(file.Read(prefix.bytes.data(), prefix.bytes.size(), 0, path));
  return prefix;
}

void ReadInto(const std::string& path, int64_t max_bytes, std::string& bytes) {
  const OpenedFile file(path);
  if (file.num_bytes > max_bytes)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: {} bytes, at most {} are read.", path, file.num_bytes, max_bytes));
  bytes.resize(static_cast<size_t>(file.num_bytes));
  bytes.resize(file.Read(bytes.data(), bytes.size(), 0, path));
}

bool ReadSpan(const std::string& path, int64_t offset, std::span<uint8_t> to) {
  return OpenedFile(path).Read(reinterpret_cast<char*>(to.data()), to.size(), offset, path) == to.size();
}

}  // namespace lingshu
