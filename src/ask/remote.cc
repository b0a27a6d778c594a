// libcurl's multi interface in one thread: start what may start, let the sockets work, finish or put back what ended.
#include "ask/remote.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/environment.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/threads.h"

namespace lingshu {
namespace {

using Clock = std::chrono::steady_clock;
using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

constexpr size_t kMaxReplyBytes = size_t{64} << 20;
constexpr int kPollMs = 100;  // how soon Ctrl-C is noticed

// One request on its way; it stays where it is until it is answered, since libcurl keeps pointers into it.
struct Exchange {
  const Request* request = nullptr;
  std::string body, reply;
  Easy easy{nullptr, &curl_easy_cleanup};
  int64_t tries = 0;
  Clock::time_point started, due;  // of the first try; before which the next one may not start
};

size_t TakeReply(char* data, size_t size, size_t count, void* exchange) {
  std::string& reply = static_cast<Exchange*>(exchange)->reply;
  if (reply.size() + size * count > kMaxReplyBytes) return 0;
  reply.append(data, size * count);
  return size * count;
}

bool IsLoopback(const std::string& endpoint) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* host = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, endpoint.c_str(), 0) != CURLUE_OK || curl_url_get(url.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    throw Error(ErrorCode::kUsage, fmt::format("endpoint: expected a URL such as http://127.0.0.1:8000/v1, found \"{}\".", endpoint));
  const std::string name = host;
  curl_free(host);
  return name == "localhost" || name == "[::1]" || name.starts_with("127.");
}

std::string ReadKey(const RemoteConfig& config, bool is_loopback) {
  if (config.api_key_env.empty()) return "";
  const std::optional<std::string> key = EnvironmentVariable(config.api_key_env);
  if (!key) throw Error(ErrorCode::kUsage, fmt::format("the environment variable {} holds no key.\nHINT: export it, or set api_key_env to \"\".", config.api_key_env));
  if (!std::all_of(key->begin(), key->end(), [](char c) { return c > ' ' && c < 0x7f; }))
    throw Error(ErrorCode::kUsage, fmt::format("the key in {} has characters that no HTTP header may hold.", config.api_key_env));
  if (!is_loopback && !config.endpoint.starts_with("https://"))
    throw Error(ErrorCode::kUsage, fmt::format("{}: a key would be sent in clear text.\nHINT: use https.", config.endpoint));
  return *key;
}

class RemoteAnswerer : public Answerer {
 public:
  explicit RemoteAnswerer(const RemoteConfig& config)
      : config_(config), is_loopback_(IsLoopback(config.endpoint)), headers_(nullptr, &curl_slist_free_all), multi_(curl_multi_init(), &curl_multi_cleanup) {
    if (!config.endpoint.starts_with("http://") && !config.endpoint.starts_with("https://"))
      throw Error(ErrorCode::kUsage, fmt::format("endpoint: expected http:// or https://, found \"{}\".", config.endpoint));
    const std::string key = ReadKey(config, is_loopback_);
    AppendHeader("Content-Type: application/json");
    AppendHeader("Expect:");  // no round trip for permission to send
    if (!key.empty()) AppendHeader("Authorization: Bearer " + key);
  }

  std::string Name() const override { return fmt::format("{} ({})", config_.endpoint, config_.model); }

  void Ask(const std::vector<Request>& requests, const AnswerSink& sink) override {
    std::vector<Exchange> exchanges(requests.size());
    std::deque<Exchange*> waiting;
    for (size_t i = 0; i < requests.size(); ++i) {
      exchanges[i].request = &requests[i];
      waiting.push_back(&exchanges[i]);
    }
    std::vector<Exchange*> active;
    const Detach detach{multi_.get(), active};
    while (!waiting.empty() || !active.empty()) {
      CheckInterrupt("asking a remote server");
      StartDue(waiting, active);
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      Collect(waiting, active, sink);
      curl_multi_poll(multi_.get(), nullptr, 0, kPollMs, nullptr);
    }
  }

 private:
  // Takes the transfers off the multi handle on the way out, an exception's included, before they are freed.
  struct Detach {
    CURLM* multi;
    const std::vector<Exchange*>& active;
    ~Detach() {
      for (const Exchange* exchange : active) curl_multi_remove_handle(multi, exchange->easy.get());
    }
  };

  void AppendHeader(const std::string& line) { headers_.reset(curl_slist_append(headers_.release(), line.c_str())); }

  void StartDue(std::deque<Exchange*>& waiting, std::vector<Exchange*>& active) {
    const Clock::time_point now = Clock::now();
    while (static_cast<int64_t>(active.size()) < config_.max_concurrency) {
      const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const Exchange* exchange) { return exchange->due <= now; });
      if (next == waiting.end()) return;
      Start(**next);
      active.push_back(*next);
      waiting.erase(next);
    }
  }

  void Start(Exchange& exchange) {
    if (exchange.tries++ == 0) {
      exchange.body = RemoteBody(*exchange.request, config_.model);
      exchange.started = Clock::now();
    }
    exchange.reply.clear();
    exchange.easy.reset(curl_easy_init());
    CURL* easy = exchange.easy.get();
    curl_easy_setopt(easy, CURLOPT_URL, (config_.endpoint + "/chat/completions").c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // a redirect would carry pictures and key elsewhere
    if (is_loopback_) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange.body.data());
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(config_.timeout_s * 1000));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &TakeReply);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &exchange);
    curl_multi_add_handle(multi_.get(), easy);
  }

  void Collect(std::deque<Exchange*>& waiting, std::vector<Exchange*>& active, const AnswerSink& sink) {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Exchange* exchange = nullptr;
      const CURLcode code = message->data.result;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
      curl_multi_remove_handle(multi_.get(), message->easy_handle);
      active.erase(std::find(active.begin(), active.end(), exchange));
      std::optional<Answer> answer = Outcome(*exchange, code);
      if (!answer) {
        waiting.push_back(exchange);
        continue;
      }
      answer->seconds = std::chrono::duration<double>(Clock::now() - exchange->started).count();
      exchange->easy.reset();
      exchange->body = exchange->reply = std::string();
      sink(std::move(*answer));
    }
  }

  // The answer of a try that ended; nullopt, with its due time set, when the exchange should be tried again.
  std::optional<Answer> Outcome(Exchange& exchange, CURLcode code) const {
    long status = 0;
    curl_easy_getinfo(exchange.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    std::string error;
    bool is_passing = true;  // may go away by itself
    if (code != CURLE_OK) {
      error = curl_easy_strerror(code);
      is_passing = code != CURLE_WRITE_ERROR && code != CURLE_PEER_FAILED_VERIFICATION && code != CURLE_UNSUPPORTED_PROTOCOL;
    } else if (status != 200) {
      error = fmt::format("HTTP {}", status);
      is_passing = status == 408 || status == 429 || status >= 500;
    } else {
      try {
        return ReadReply(exchange.reply, exchange.request->id);
      } catch (const Error&) {  // its message may quote the reply; a cut-off body is as passing as a lost connection
        error = "the reply is not a chat completion";
      }
    }
    if (is_passing && exchange.tries <= config_.max_retries) {
      exchange.due = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(WaitBefore(exchange)));
      return std::nullopt;
    }
    return Answer{.id = exchange.request->id, .finish_reason = FinishReason::kError,
                  .error = fmt::format("{} after {} {}", error, exchange.tries, exchange.tries == 1 ? "try" : "tries")};
  }

  // Doubling, with a jitter of the id's own so that requests that failed together do not come back together.
  double WaitBefore(const Exchange& exchange) const {
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(exchange.easy.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
    const double jitter = Rng(MixSeed({SeedOf(exchange.request->id), static_cast<uint64_t>(exchange.tries)})).Uniform(0.5, 1);
    const double backoff_s = config_.backoff_s * std::ldexp(1.0, static_cast<int>(std::min<int64_t>(exchange.tries - 1, 30))) * jitter;
    return std::min(std::max(backoff_s, static_cast<double>(retry_after_s)), config_.max_backoff_s);
  }

  RemoteConfig config_;
  bool is_loopback_;
  Headers headers_;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
};

}  // namespace

std::unique_ptr<Answerer> MakeRemoteAnswerer(const RemoteConfig& config) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);
  return std::make_unique<RemoteAnswerer>(config);
}

}  // namespace lingshu
