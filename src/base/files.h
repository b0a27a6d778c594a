// Files: whole reads, durable atomic writes, JSON lines, and walking folders. Every error names the path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace lingshu {

namespace fs = std::filesystem;

// A regular file or a link to one. False for whatever cannot be looked at.
bool IsFile(const fs::path& path);

// Reads a file of at most max_bytes. Throws Error(kNotFound | kIo | kTooLarge).
std::string ReadFile(const fs::path& path, uint64_t max_bytes = uint64_t{1} << 32);

// A file that appears whole or not at all: bytes go to path + ".tmp"; Commit fsyncs, renames over path and fsyncs the
// folder. Without Commit the temporary file is removed and the old file is untouched.
// Protocol: AtomicFile(path) Append* Commit?. Not thread-safe. Throws Error(kNoSpace | kIo).
class AtomicFile {
 public:
  explicit AtomicFile(const fs::path& path);
  ~AtomicFile();
  AtomicFile(AtomicFile&&) = delete;
  void Append(std::string_view bytes);
  void Commit();

 private:
  fs::path path_, temporary_;
  int fd_ = -1;
};

// An AtomicFile of known bytes: a reader sees the old file or the new one, whole.
void WriteFileAtomic(const fs::path& path, std::string_view bytes);

// Makes a folder and its parents. Throws Error(kIo | kNoSpace).
void MakeFolder(const fs::path& path);

// Appends whole lines; what was appended before is kept when a write fails. Not thread-safe.
// Protocol: Open (Append* Flush)*; the destructor flushes without throwing.
class LineWriter {
 public:
  explicit LineWriter(const fs::path& path, bool should_append = false);
  ~LineWriter();
  LineWriter(LineWriter&&) = delete;
  void Append(std::string_view line);  // adds '\n'
  void Flush();                        // to the operating system; throws Error(kNoSpace | kIo)

 private:
  fs::path path_;
  int fd_ = -1;
  std::string buffer_;
};

// Calls `each` with every non-empty line and its 1-based number. Lines beyond max_line_bytes throw Error(kTooLarge).
void ForEachLine(const fs::path& path, const std::function<void(std::string_view line, int64_t number)>& each,
                 uint64_t max_line_bytes = uint64_t{64} << 20);

// Regular files under a folder, recursive, sorted by path, whose extension (lower case, with dot) is in `extensions`
// (all when empty). Symbolic links to folders are not followed. Throws Error(kNotFound) when the folder is absent.
std::vector<fs::path> ListFiles(const fs::path& folder, const std::vector<std::string>& extensions = {});

// A file that the project ships ("configs/train/nano.yaml"): the path itself when it exists from here, else below
// $LINGSHU_HOME, else below the checkout that this binary was built in. Throws Error(kNotFound) listing where it looked.
fs::path HomePath(const fs::path& path);

// CSV (RFC 4180, quotes, embedded newlines); the first row is the header.
struct Csv {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  int Column(std::string_view name) const;  // -1 when absent
};
Csv ReadCsv(const fs::path& path);

}  // namespace lingshu
