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
#include "base/files.h"
#include "base/rng.h"
#include "base/strings.h"
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
  if (curl_url_set(url.get(), CURLUPART_URL, endpoint.c_str(), 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    throw Error(ErrorCode::kUsage,
                fmt::format("endpoint: expected a URL such as http://127.0.0.1:8000/v1, found \"{}\".", endpoint));
  curl_free(host);
  return IsLoopbackEndpoint(endpoint);
}

// The key and the words for where it was found, which alone may stand in a message.
std::pair<std::string, std::string> FindKey(const RemoteConfig& config) {
  if (!config.api_key_file.empty()) {
    const std::string text = ReadFile(config.api_key_file, 1 << 16);
    return {std::string(TrimAscii(std::string_view(text).substr(0, text.find('\n')))), config.api_key_file};
  }
  if (config.api_key_env.empty()) return {};
  const std::optional<std::string> key = EnvironmentVariable(config.api_key_env);
  if (!key)
    throw Error(ErrorCode::kUsage,
                fmt::format("the environment variable {} holds no key.\nHINT: export it, or set api_key_env to \"\".",
                            config.api_key_env));
  return {*key, config.api_key_env};
}

std::string ReadKey(const RemoteConfig& config, bool is_loopback) {
  const auto [key, place] = FindKey(config);
  if (place.empty()) return "";
  if (key.empty()) throw Error(ErrorCode::kUsage, fmt::format("{} holds no key.", place));
  if (!std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; }))
    throw Error(ErrorCode::kUsage, fmt::format("the key in {} has characters that no HTTP header may hold.", place));
  if (!is_loopback && !config.endpoint.starts_with("https://"))
    throw Error(ErrorCode::kUsage,
                fmt::format("{}: a key would be sent in clear text.\nHINT: use https.", config.endpoint));
  return key;
}

class RemoteAnswerer : public Answerer {
 public:
  explicit RemoteAnswerer(const RemoteConfig& config)
      : config_(config),
        is_loopback_(IsLoopback(config.endpoint)),
        headers_(nullptr, &curl_slist_free_all),
        multi_(curl_multi_init(), &curl_multi_cleanup) {
    if (!config.endpoint.starts_with("http://") && !config.endpoint.starts_with("https://"))
      throw Error(ErrorCode::kUsage,
                  fmt::format("endpoint: expected http:// or https://, found \"{}\".", config.endpoint));
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
    bool is_probing = IsDead();  // its first request may find it alive
    while (!waiting.empty() || !active.empty()) {
      CheckInterrupt("asking a remote server");
      if (IsDead() && !is_probing) FailWaiting(waiting, sink);
      if (!is_probing || active.empty()) StartDue(waiting, active, is_probing ? 1 : config_.max_concurrency);
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      if (Collect(waiting, active, sink) > 0) is_probing = false;
      curl_multi_poll(multi_.get(), nullptr, 0, PollMs(), nullptr);
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

  bool IsDead() const { return failures_in_a_row_ >= config_.give_up_after; }

  // The rest of a run against a dead server, without waiting for each of it.
  void FailWaiting(std::deque<Exchange*>& waiting, const AnswerSink& sink) {
    for (; !waiting.empty(); waiting.pop_front())
      sink({.id = waiting.front()->request->id,
            .finish_reason = FinishReason::kError,
            .error = fmt::format("not asked: {} requests failed in a row, the last with {}", failures_in_a_row_, last_failure_)});
  }

  // True when the next request may start under the limit of requests per minute.
  bool TakeTurn(Clock::time_point now) {
    if (config_.requests_per_minute <= 0) return true;
    if (now < next_turn_) return false;
    next_turn_ = now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(60 / config_.requests_per_minute));
    return true;
  }

  // Until the next turn where turns are rationed, so that polling does not slow them further.
  int PollMs() const {
    if (config_.requests_per_minute <= 0) return kPollMs;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_turn_ - Clock::now()).count();
    return left <= 0 ? kPollMs : static_cast<int>(std::min<int64_t>(left, kPollMs));
  }

  void StartDue(std::deque<Exchange*>& waiting, std::vector<Exchange*>& active, int64_t most) {
    const Clock::time_point now = Clock::now();
    while (static_cast<int64_t>(active.size()) < most) {
      const auto next =
          std::find_if(waiting.begin(), waiting.end(), [&](const Exchange* exchange) { return exchange->due <= now; });
      if (next == waiting.end() || !TakeTurn(now)) return;
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

  // How many transfers ended.
  int Collect(std::deque<Exchange*>& waiting, std::vector<Exchange*>& active, const AnswerSink& sink) {
    int left = 0, ended = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      ++ended;
      Exchange* exchange = nullptr;
      const CURLcode code = message->data.result;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
      curl_multi_remove_handle(multi_.get(), message->easy_handle);
      active.erase(std::find(active.begin(), active.end(), exchange));
      std::optional<Answer> answer = Outcome(*exchange, code);
      if (!answer) {
        waiting.push_front(exchange);  // before those that were never asked, so that a dead server shows after few of them
        continue;
      }
      answer->seconds = std::chrono::duration<double>(Clock::now() - exchange->started).count();
      exchange->easy.reset();
      exchange->body = exchange->reply = std::string();
      const bool has_failed = answer->finish_reason == FinishReason::kError;
      failures_in_a_row_ = has_failed ? failures_in_a_row_ + 1 : 0;
      if (has_failed) last_failure_ = answer->error;
      sink(std::move(*answer));
    }
    return ended;
  }

  // The answer of a try that ended; nullopt, with its due time set, when the exchange should be tried again.
  std::optional<Answer> Outcome(Exchange& exchange, CURLcode code) {
    long status = 0;
    curl_easy_getinfo(exchange.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    std::string error;
    bool is_passing = true;  // may go away by itself
    if (code != CURLE_OK) {
      error = curl_easy_strerror(code);
      is_passing =
          code != CURLE_WRITE_ERROR && code != CURLE_PEER_FAILED_VERIFICATION && code != CURLE_UNSUPPORTED_PROTOCOL;
    } else if (status != 200) {
      error = fmt::format("HTTP {}", status);
      is_passing = status == 408 || status == 429 || status >= 500;
    } else {
      try {
        Answer answer = ReadReply(exchange.reply, exchange.request->id);
        if (!TrimAscii(answer.text).empty()) return answer;
        error = "the reply is empty";
      } catch (const Error&) {  // its message may quote the reply; a cut-off body is as passing as a lost connection
        error = "the reply is not a chat completion";
      }
    }
    if (is_passing && exchange.tries <= config_.max_retries && !IsDead()) {
      exchange.due = Clock::now() +
                     std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(WaitBefore(exchange)));
      return std::nullopt;
    }
    return Answer{.id = exchange.request->id,
                  .finish_reason = FinishReason::kError,
                  .error = fmt::format("{} after {} {}", error, exchange.tries, exchange.tries == 1 ? "try" : "tries")};
  }

  // Doubling, with a jitter of the id's own so that requests that failed together do not come back together.
  double WaitBefore(const Exchange& exchange) const {
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(exchange.easy.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
    const double jitter =
        Rng(MixSeed({SeedOf(exchange.request->id), static_cast<uint64_t>(exchange.tries)})).Uniform(0.5, 1);
    const double backoff_s =
        config_.backoff_s * std::ldexp(1.0, static_cast<int>(std::min<int64_t>(exchange.tries - 1, 30))) * jitter;
    return std::min(std::max(backoff_s, static_cast<double>(retry_after_s)), config_.max_backoff_s);
  }

  RemoteConfig config_;
  bool is_loopback_;
  Headers headers_;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
  int64_t failures_in_a_row_ = 0;
  std::string last_failure_;
  Clock::time_point next_turn_;
};

}  // namespace

namespace {
const Register<RemoteOpener> kCurl({.name = "curl", .help = "chat completions over HTTP", .open = &MakeRemoteAnswerer});
}

std::unique_ptr<Answerer> MakeRemoteAnswerer(const RemoteConfig& config) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);
  return std::make_unique<RemoteAnswerer>(config);
}

}  // namespace lingshu
