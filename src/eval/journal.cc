#include "eval/journal.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"

namespace lingshu {
namespace {

// Length before bytes: no two different requests spell the same.
void Put(std::string& bytes, std::string_view part) { bytes += fmt::format("{}:{}\n", part.size(), part); }

std::string SamplingText(const Sampling& sampling) {
  std::string stops;
  for (const std::string& stop : sampling.stop) Put(stops, stop);
  return fmt::format("{} {} {} {} {} {} {} {} {}", sampling.max_new_tokens, sampling.temperature, sampling.top_p, sampling.top_k, sampling.min_p,
                     sampling.repetition_penalty, sampling.seed, sampling.should_ignore_eos, stops);
}

[[noreturn]] void FailedAt(const std::filesystem::path& path, const char* what) {
  const int error = errno;
  throw Error(error == ENOSPC || error == EDQUOT ? ErrorCode::kNoSpace : ErrorCode::kIo, fmt::format("{}: {}: {}", path.string(), what, std::strerror(error)));
}

int OpenForAppending(const std::filesystem::path& path) {
  if (path.has_parent_path()) MakeFolder(path.parent_path());
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) FailedAt(path, "cannot be opened");
  return fd;
}

FinishReason ReasonOf(const std::string& name) { return name == FinishReasonName(FinishReason::kLength) ? FinishReason::kLength : FinishReason::kStop; }

}  // namespace

std::string JournalKey(const std::string& model, const Request& request) {
  std::string bytes;
  Put(bytes, model);
  Put(bytes, request.id);
  Put(bytes, SamplingText(request.sampling));
  for (const Message& message : request.messages) {
    Put(bytes, message.role);
    for (const Content& content : message.content) {
      if (content.image == nullptr) {
        Put(bytes, content.text);
        continue;
      }
      const Image& image = *content.image;
      const std::string_view pixels(reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size());
      Put(bytes, fmt::format("image {} {} {}", image.width, image.height, Sha256Hex(pixels)));
    }
  }
  return Sha256Hex(bytes);
}

Journal::Journal(const std::filesystem::path& path) : path_(path) {
  if (path.empty()) return;
  fd_ = OpenForAppending(path);
  Refresh();
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

void Journal::Refresh() {
  if (fd_ < 0) return;
  std::string bytes;
  std::string block(size_t{1} << 20, '\0');
  for (;;) {
    const ssize_t n = ::pread(fd_, block.data(), block.size(), static_cast<off_t>(num_read_bytes_ + bytes.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) FailedAt(path_, "cannot be read");
    if (n == 0) break;
    bytes.append(block, 0, static_cast<size_t>(n));
  }
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t end = bytes.find('\n', begin);
    if (end == std::string::npos) break;  // still being written, or cut off: the next writer ends it
    const std::string_view line = std::string_view(bytes).substr(begin, end - begin);
    begin = end + 1;
    num_read_bytes_ += line.size() + 1;
    if (line.empty()) continue;
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) {
      ++num_broken_lines_;
      continue;
    }
    const std::string where = fmt::format("{} at byte {}", path_.string(), num_read_bytes_ - line.size() - 1);
    answers_[StringAt(json, "key", where)] = {.id = StringAt(json, "id", where), .text = StringAt(json, "text", where), .finish_reason = ReasonOf(StringAt(json, "finish_reason", where))};
  }
}

const Answer* Journal::Find(const std::string& key) const {
  const auto it = answers_.find(key);
  return it == answers_.end() ? nullptr : &it->second;
}

void Journal::Add(const std::string& key, const Answer& answer) {
  if (fd_ < 0 || answer.finish_reason == FinishReason::kError) return;
  Append(DumpJson({{"key", key}, {"id", answer.id}, {"text", answer.text}, {"finish_reason", FinishReasonName(answer.finish_reason)}}) + "\n");
}

// A process that was killed while it wrote has left half a line: it is ended first, so that it spoils itself alone.
void Journal::Append(const std::string& line) {
  while (::flock(fd_, LOCK_EX) != 0)
    if (errno != EINTR) FailedAt(path_, "cannot be locked");
  const off_t size = ::lseek(fd_, 0, SEEK_END);
  char last = '\n';
  const bool is_cut = size > 0 && ::pread(fd_, &last, 1, size - 1) == 1 && last != '\n';
  std::string bytes(is_cut ? 1 : 0, '\n');
  bytes.append(line);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      ::flock(fd_, LOCK_UN);
      errno = error;
      FailedAt(path_, "cannot be written");
    }
    done += static_cast<size_t>(n);
  }
  ::flock(fd_, LOCK_UN);
}

Claims::Claims(const std::filesystem::path& journal) {
  if (!journal.empty()) fd_ = OpenForAppending(journal.string() + ".lock");
}

Claims::~Claims() {
  if (fd_ >= 0) ::close(fd_);
}

bool Claims::Try(int64_t begin, int64_t n) {
  if (fd_ < 0) return true;
  // A lock of the open file, not of the process: two runs in one process exclude each other too.
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = begin;
  lock.l_len = n;
  while (::fcntl(fd_, F_OFD_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) return false;
    if (errno != EINTR) throw Error(ErrorCode::kIo, fmt::format("the journal's lock: {}", std::strerror(errno)));
  }
  return true;
}

bool Claims::Wait(int64_t begin, int64_t n, bool (*should_stop)()) {
  while (!Try(begin, n)) {
    if (should_stop()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

void Claims::Release(int64_t begin, int64_t n) {
  if (fd_ < 0) return;
  struct flock lock = {};
  lock.l_type = F_UNLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = begin;
  lock.l_len = n;
  ::fcntl(fd_, F_OFD_SETLK, &lock);
}

}  // namespace lingshu
