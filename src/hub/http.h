// GET over HTTP for files: into memory or appended to a file, with ranges, redirects followed by hand, and tries that are
// repeated while bytes keep coming. The one place of this room that sees libcurl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace lingshu {

struct HttpOptions {
  std::string token;         // sent to the first host alone, never to where it redirects
  int64_t max_retries = 5;   // tries in a row that bring no byte
  double stall_s = 60;       // a connection that brings nothing for so long is given up
  double backoff_s = 0.5, max_backoff_s = 30;
};

// Throws Error(kUsage) for a URL that is neither https nor http on this machine, when a token would be sent in clear text.
class Http {
 public:
  explicit Http(HttpOptions options);
  ~Http();

  struct Reply {
    int64_t status = 0;
    std::map<std::string, std::string> headers;  // names in lower case; of the last reply of a chain of redirects
    std::string body;
  };
  // A whole small reply. Throws Error(kUnavailable) when no try succeeds, Error(kNotFound) for 404, Error(kUsage) for 401
  // and 403, Error(kTooLarge) beyond max_bytes.
  Reply Get(const std::string& url, uint64_t max_bytes = uint64_t{256} << 20) const;

  // Appends what is missing of `size` bytes to `part`; on_bytes is told of each piece. A server that ignores ranges begins
  // again from the first byte. Throws as Get, Error(kNoSpace | kIo) for the disk, Error(kInterrupted) after a signal with
  // the part kept.
  void Download(const std::string& url, const std::filesystem::path& part, uint64_t size, const std::function<void(int64_t bytes)>& on_bytes) const;

 private:
  struct Transfer;
  void Run(Transfer& transfer) const;  // one try, redirects included
  HttpOptions options_;
};

}  // namespace lingshu
