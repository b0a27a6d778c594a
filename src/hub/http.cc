#include "hub/http.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "base/threads.h"

namespace lingshu {
namespace {

constexpr int kMaxRedirects = 8;
using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct Url {
  std::string scheme, host;  // host with its port
};

Url ParseUrl(const std::string& url) {
  const size_t end = url.find("://");
  if (end == std::string::npos) throw Error(ErrorCode::kUsage, fmt::format("expected a URL, found \"{}\".", url));
  const std::string_view rest = std::string_view(url).substr(end + 3);
  return {url.substr(0, end), std::string(rest.substr(0, rest.find_first_of("/?#\\")))};
}

bool IsLoopback(const std::string& host) {
  const std::string name = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return name == "localhost" || name == "[::1]" || (name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string::npos);
}

void CheckScheme(const Url& url) {
  if (url.scheme != "https" && !(url.scheme == "http" && IsLoopback(url.host)))
    throw Error(ErrorCode::kUsage, fmt::format("{}://{}: expected https, or http on this machine.", url.scheme, url.host));
}

// "/path" and "?query" of a Location belong to the URL that they came from.
std::string Absolute(const std::string& location, const std::string& from) {
  if (location.find("://") != std::string::npos) return location;
  const Url url = ParseUrl(from);
  return fmt::format("{}://{}{}{}", url.scheme, url.host, location.starts_with('/') ? "" : "/", location);
}

}  // namespace

struct Http::Transfer {
  std::string url;
  Reply reply;
  uint64_t max_bytes = 0;
  // Of a download: the file, how much it holds, how much it should.
  int fd = -1;
  uint64_t have = 0, size = 0;
  std::function<void(int64_t)> on_bytes;
  int write_errno = 0;
  bool is_interrupted = false, is_too_large = false;
  CURLcode code = CURLE_OK;

  bool IsDownload() const { return fd >= 0; }
};

namespace {

size_t TakeHeader(char* data, size_t size, size_t count, void* to) {
  Http::Reply& reply = *static_cast<Http::Reply*>(to);
  const std::string_view line = TrimAscii(std::string_view(data, size * count));
  const size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) reply.headers.clear();
  else if (colon != std::string_view::npos && reply.headers.size() < 1000)
    reply.headers[LowerAscii(line.substr(0, colon))] = TrimAscii(line.substr(colon + 1));
  return size * count;
}

}  // namespace

Http::Http(HttpOptions options) : options_(std::move(options)) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);
  if (!std::all_of(options_.token.begin(), options_.token.end(), [](char c) { return c > ' ' && c < 0x7f; }))
    throw Error(ErrorCode::kUsage, "the token has characters that no HTTP header may hold.");
}
Http::~Http() = default;

void Http::Run(Transfer& transfer) const {
  const std::string first_host = ParseUrl(transfer.url).host;
  std::string url = transfer.url;
  for (int hop = 0;; ++hop) {
    if (hop > kMaxRedirects) throw Error(ErrorCode::kUnavailable, fmt::format("{}: more than {} redirects.", transfer.url, kMaxRedirects));
    const Url parsed = ParseUrl(url);
    CheckScheme(parsed);
    transfer.reply = {};
    const Easy easy(curl_easy_init(), &curl_easy_cleanup);
    Headers headers(nullptr, &curl_slist_free_all);
    if (!options_.token.empty() && parsed.host == first_host)
      headers.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + options_.token).c_str()));
    curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy.get(), CURLOPT_FOLLOWLOCATION, 0L);
    if (IsLoopback(parsed.host)) curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "lingshu");
    curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT, 30L);
    curl_easy_setopt(easy.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(options_.stall_s)));
    curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, &TakeHeader);
    curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &transfer.reply);
    if (transfer.have > 0) curl_easy_setopt(easy.get(), CURLOPT_RANGE, fmt::format("{}-", transfer.have).c_str());
    struct Sink {
      Transfer* transfer;
      CURL* easy;
      bool has_begun;
    } sink{&transfer, easy.get(), false};
    const auto take = +[](char* data, size_t size, size_t count, void* to) -> size_t {
      Transfer& t = *static_cast<Sink*>(to)->transfer;
      const size_t bytes = size * count;
      long status = 0;
      curl_easy_getinfo(static_cast<Sink*>(to)->easy, CURLINFO_RESPONSE_CODE, &status);
      if (!t.IsDownload() || (status != 200 && status != 206)) {  // the body of an error or a redirect is not the file
        if (t.reply.body.size() + bytes > (t.IsDownload() ? uint64_t{1} << 20 : t.max_bytes)) return t.is_too_large = true, 0;
        t.reply.body.append(data, bytes);
        return bytes;
      }
      const bool is_first = !std::exchange(static_cast<Sink*>(to)->has_begun, true);
      if (status == 200 && is_first && t.have > 0) {  // no ranges here: from the beginning
        if (::ftruncate(t.fd, 0) != 0 || ::lseek(t.fd, 0, SEEK_SET) != 0) return t.write_errno = errno, 0;
        t.on_bytes(-static_cast<int64_t>(t.have));
        t.have = 0;
        curl_easy_setopt(static_cast<Sink*>(to)->easy, CURLOPT_RANGE, nullptr);
      }
      if (t.have + bytes > t.size) return t.is_too_large = true, 0;
      for (size_t written = 0; written < bytes;) {
        const ssize_t got = ::write(t.fd, data + written, bytes - written);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return t.write_errno = errno, 0;
        written += static_cast<size_t>(got);
      }
      t.have += bytes;
      t.on_bytes(static_cast<int64_t>(bytes));
      return bytes;
    };
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, static_cast<curl_write_callback>(take));
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &sink);
    const auto watch = +[](void* to, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> int { return static_cast<Transfer*>(to)->is_interrupted = IsInterrupted(); };
    curl_easy_setopt(easy.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy.get(), CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(easy.get(), CURLOPT_XFERINFODATA, &transfer);
    transfer.code = curl_easy_perform(easy.get());
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    transfer.reply.status = status;
    const auto location = transfer.reply.headers.find("location");
    if (transfer.code != CURLE_OK || status < 300 || status >= 400 || status == 304 || location == transfer.reply.headers.end()) return;
    url = Absolute(location->second, url);
  }
}

namespace {

double RetryAfter(const Http::Reply& reply) {
  const auto it = reply.headers.find("retry-after");
  return it == reply.headers.end() ? 0 : std::strtod(it->second.c_str(), nullptr);
}

void Wait(double seconds, const char* what) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < until) {
    CheckInterrupt(what);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// What no further try would change.
void CheckFinal(const Http::Reply& reply, const std::string& url) {
  if (reply.status == 404) throw Error(ErrorCode::kNotFound, fmt::format("{}: not there (HTTP 404).\nHINT: check the name and the revision; a private or gated one needs a token.", url));
  if (reply.status == 401 || reply.status == 403)
    throw Error(ErrorCode::kUsage, fmt::format("{}: not permitted (HTTP {}).\nHINT: accept the terms on the page of the set, and name the variable of your token with --set token_env=NAME.",
                                               url, reply.status));
  if (reply.status >= 400 && reply.status < 500 && reply.status != 408 && reply.status != 416 && reply.status != 429)
    throw Error(ErrorCode::kUnavailable, fmt::format("{}: HTTP {}.", url, reply.status));
}

}  // namespace

Http::Reply Http::Get(const std::string& url, uint64_t max_bytes) const {
  std::string why;
  for (int64_t attempt = 0; attempt <= options_.max_retries; ++attempt) {
    Transfer transfer{.url = url, .max_bytes = max_bytes};
    Run(transfer);
    if (transfer.is_interrupted) CheckInterrupt("fetching");
    if (transfer.is_too_large) throw Error(ErrorCode::kTooLarge, fmt::format("{}: more than {} bytes.", url, max_bytes));
    if (transfer.code == CURLE_OK && transfer.reply.status == 200) return std::move(transfer.reply);
    if (transfer.code == CURLE_OK) CheckFinal(transfer.reply, url);
    why = transfer.code == CURLE_OK ? fmt::format("HTTP {}", transfer.reply.status) : curl_easy_strerror(transfer.code);
    if (attempt < options_.max_retries)
      Wait(std::min(std::max(options_.backoff_s * std::ldexp(1.0, static_cast<int>(attempt)), RetryAfter(transfer.reply)), options_.max_backoff_s), "fetching");
  }
  throw Error(ErrorCode::kUnavailable, fmt::format("{}: {} after {} tries.", url, why, options_.max_retries + 1));
}

void Http::Download(const std::string& url, const std::filesystem::path& part, uint64_t size, const std::function<void(int64_t)>& on_bytes) const {
  struct Closed {
    int fd;
    ~Closed() { ::close(fd); }
  } const file{::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (file.fd < 0) throw Error(ErrorCode::kIo, fmt::format("cannot create {}: {}.", part.string(), std::strerror(errno)));
  const off_t end = ::lseek(file.fd, 0, SEEK_END);
  Transfer transfer{.url = url, .fd = file.fd, .have = static_cast<uint64_t>(std::max<off_t>(end, 0)), .size = size, .on_bytes = on_bytes};
  if (transfer.have > size) {  // of something else
    if (::ftruncate(file.fd, 0) != 0 || ::lseek(file.fd, 0, SEEK_SET) != 0) throw Error(ErrorCode::kIo, fmt::format("cannot empty {}.", part.string()));
    transfer.have = 0;
  }
  on_bytes(static_cast<int64_t>(transfer.have));
  std::string why = "it ended early";
  for (int64_t attempt = 0; transfer.have < size;) {
    const uint64_t before = transfer.have;
    Run(transfer);
    if (transfer.is_interrupted) CheckInterrupt("fetching");
    if (transfer.write_errno != 0)
      throw Error(transfer.write_errno == ENOSPC ? ErrorCode::kNoSpace : ErrorCode::kIo, fmt::format("cannot write {}: {}.", part.string(), std::strerror(transfer.write_errno)));
    if (transfer.is_too_large) throw Error(ErrorCode::kCorrupt, fmt::format("{}: more than the {} bytes that the hub promises.", url, size));
    if (transfer.have >= size) break;
    if (transfer.code == CURLE_OK) CheckFinal(transfer.reply, url);
    why = transfer.code != CURLE_OK ? curl_easy_strerror(transfer.code) : transfer.reply.status >= 300 ? fmt::format("HTTP {}", transfer.reply.status) : "it ended early";
    attempt = transfer.have > before ? 1 : attempt + 1;  // what moves is not given up
    if (attempt > options_.max_retries) throw Error(ErrorCode::kUnavailable, fmt::format("{}: {} at byte {} of {}, after {} tries.", url, why, transfer.have, size, attempt));
    Wait(std::min(std::max(options_.backoff_s * std::ldexp(1.0, static_cast<int>(attempt - 1)), RetryAfter(transfer.reply)), options_.max_backoff_s), "fetching");
  }
  if (::fsync(file.fd) != 0) throw Error(errno == ENOSPC ? ErrorCode::kNoSpace : ErrorCode::kIo, fmt::format("cannot flush {}: {}.", part.string(), std::strerror(errno)));
}

}  // namespace lingshu
