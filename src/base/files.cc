// POSIX file input and output with the house's errors.
#include "base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/environment.h"
#include "base/error.h"
#include "base/strings.h"

namespace lingshu {
namespace {

[[noreturn]] void ThrowErrno(const std::string& what, const fs::path& path) {
  const int code = errno;
  const bool is_full = code == ENOSPC || code == EDQUOT;
  throw Error(code == ENOENT ? ErrorCode::kNotFound : is_full ? ErrorCode::kNoSpace : ErrorCode::kIo,
              fmt::format("{} {}: {}.{}", what, path.string(), std::strerror(code),
                          is_full ? "\nHINT: free some space and run the same command again; it goes on where it stopped." : ""));
}

void WriteAll(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ThrowErrno("cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void SyncFolder(const fs::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::string ReadFile(const fs::path& path, uint64_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) ThrowErrno("cannot open", path);
  std::error_code ignored;
  const auto size = fs::file_size(path, ignored);
  if (!ignored && size > max_bytes) {
    ::close(fd);
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: {} bytes, at most {} are read.", path.string(), size, max_bytes));
  }
  std::string bytes;
  if (!ignored) bytes.reserve(size);
  char chunk[1 << 16];
  for (;;) {
    const ssize_t got = ::read(fd, chunk, sizeof(chunk));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int code = errno;
      ::close(fd);
      errno = code;
      ThrowErrno("cannot read", path);
    }
    if (got == 0) break;
    bytes.append(chunk, static_cast<size_t>(got));
    if (bytes.size() > max_bytes) {
      ::close(fd);
      throw Error(ErrorCode::kTooLarge, fmt::format("{}: more than {} bytes.", path.string(), max_bytes));
    }
  }
  ::close(fd);
  return bytes;
}

AtomicFile::AtomicFile(const fs::path& path) : path_(path), temporary_(path) {
  temporary_ += ".tmp";
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) ThrowErrno("cannot create", temporary_);
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::Append(std::string_view bytes) { WriteAll(fd_, bytes, path_); }

void AtomicFile::Commit() {
  if (::fsync(fd_) != 0) ThrowErrno("cannot flush", path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) ThrowErrno("cannot rename to", path_);
  ::close(fd_);
  fd_ = -1;
  SyncFolder(path_.parent_path());
}

void WriteFileAtomic(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.Append(bytes);
  file.Commit();
}

void MakeFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return;
  errno = error.value();
  ThrowErrno("cannot make the folder", path);
}

LineWriter::LineWriter(const fs::path& path, bool should_append) : path_(path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (should_append ? O_APPEND : O_TRUNC), 0644);
  if (fd_ < 0) ThrowErrno("cannot create", path);
}

LineWriter::~LineWriter() {
  try {
    Flush();
  } catch (const Error&) {  // the caller that cares calls Flush itself and sees the error
  }
  ::close(fd_);
}

void LineWriter::Append(std::string_view line) {
  buffer_ += line;
  buffer_ += '\n';
  if (buffer_.size() > (size_t{1} << 20)) Flush();
}

void LineWriter::Flush() {
  WriteAll(fd_, buffer_, path_);
  buffer_.clear();
}

void ForEachLine(const fs::path& path, const std::function<void(std::string_view, int64_t)>& each, uint64_t max_line_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) ThrowErrno("cannot open", path);
  ::close(fd);
  std::ifstream in(path, std::ios::binary);
  std::string line;
  std::vector<char> chunk(1 << 20);
  int64_t number = 0;
  const auto emit = [&] {
    ++number;
    std::string_view view = line;
    if (!view.empty() && view.back() == '\r') view.remove_suffix(1);
    if (!view.empty()) each(view, number);
    line.clear();
  };
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
    std::string_view rest(chunk.data(), static_cast<size_t>(in.gcount()));
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      line.append(rest.substr(0, end));
      if (line.size() > max_line_bytes)
        throw Error(ErrorCode::kTooLarge, fmt::format("{}:{}: a line of more than {} bytes.", path.string(), number + 1, max_line_bytes));
      if (end == std::string_view::npos) break;
      emit();
      rest.remove_prefix(end + 1);
    }
  }
  if (!line.empty()) emit();
}

std::vector<fs::path> ListFiles(const fs::path& folder, const std::vector<std::string>& extensions) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(ErrorCode::kNotFound, fmt::format("{}: expected a folder, found {}.", folder.string(),
                                                  fs::exists(folder, error) ? "a file" : "nothing"));
  std::vector<fs::path> files;
  auto it = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
  for (; it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (error || !it->is_regular_file(error)) continue;
    const std::string extension = LowerAscii(it->path().extension().string());
    if (extensions.empty() || std::find(extensions.begin(), extensions.end(), extension) != extensions.end())
      files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

fs::path HomePath(const fs::path& path) {
  std::vector<fs::path> places = {"."};
  if (const auto home = EnvironmentVariable("LINGSHU_HOME")) places.emplace_back(*home);
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  for (fs::path up = binary.parent_path(); !error && up.has_relative_path(); up = up.parent_path()) places.push_back(up);
  for (const fs::path& place : places)
    if (fs::exists(place / path, error)) return place == "." ? path : place / path;
  throw Error(ErrorCode::kNotFound, fmt::format("{}: neither here nor in $LINGSHU_HOME nor beside the program.", path.string()));
}

int Csv::Column(std::string_view name) const {
  const auto it = std::find(header.begin(), header.end(), name);
  return it == header.end() ? -1 : static_cast<int>(it - header.begin());
}

Csv ReadCsv(const fs::path& path) {
  const std::string text = ReadFile(path, uint64_t{1} << 30);
  Csv csv;
  std::vector<std::string> row;
  std::string field;
  bool in_quotes = false, is_at_start = true;  // a quote opens a field at its start alone; elsewhere it is a sign like others
  const auto end_row = [&] {
    row.push_back(std::move(field));
    field.clear();
    if (row.size() > 1 || !row[0].empty()) {
      if (csv.header.empty()) csv.header = std::move(row);
      else csv.rows.push_back(std::move(row));
    }
    row.clear();
  };
  size_t i = text.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (in_quotes) {
      if (c != '"') field += c;
      else if (i + 1 < text.size() && text[i + 1] == '"') field += text[++i];
      else in_quotes = false;
    } else if (c == '"' && is_at_start) {
      in_quotes = true;
      is_at_start = false;
    } else if (c == ',') {
      row.push_back(std::move(field));
      field.clear();
      is_at_start = true;
    } else if (c == '\n') {
      end_row();
      is_at_start = true;
    } else if (c != '\r') {
      field += c;
      is_at_start = false;
    }
  }
  if (in_quotes) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a quoted field is not closed.", path.string()));
  if (!field.empty() || !row.empty()) end_row();
  return csv;
}

}  // namespace lingshu
