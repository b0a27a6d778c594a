// RemoteAnswerer against a server of a few lines on the loopback: good replies, errors that pass, errors that stay,
// silence, and a reply that is cut off.
#include "ask/remote.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"

namespace lingshu {
namespace {

std::string Http(int status, const std::string& body, const std::string& headers = "") {
  return fmt::format("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n{}", status, headers,
                     body.size(), body);
}
std::string Completion(const std::string& text, const std::string& finish_reason = "stop") {
  return DumpJson(
      {{"choices", {{{"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", finish_reason}}}}});
}

// Replies to request number n (from 0) with script(n, request); an empty reply leaves the connection open and silent.
class LoopbackServer {
 public:
  using Script = std::function<std::string(int, const std::string&)>;
  explicit LoopbackServer(Script script) : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~LoopbackServer() {
    is_stopping_ = true;
    thread_.join();
    for (const int fd : open_) ::close(fd);
    ::close(listener_);
  }
  std::string endpoint() const { return fmt::format("http://127.0.0.1:{}/v1", port_); }
  std::vector<std::string> requests() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    while (!is_stopping_) {
      pollfd waiting{.fd = listener_, .events = POLLIN};
      if (::poll(&waiting, 1, 10) <= 0) continue;
      const int fd = ::accept(listener_, nullptr, nullptr);
      const std::string request = ReadRequest(fd);
      int number = 0;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        number = static_cast<int>(requests_.size());
        requests_.push_back(request);
      }
      const std::string reply = script_(number, request);
      if (reply.empty()) {
        open_.push_back(fd);
        continue;
      }
      EXPECT_EQ(::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL), static_cast<ssize_t>(reply.size()));
      ::shutdown(fd, SHUT_WR);
      ::close(fd);
    }
  }
  static std::string ReadRequest(int fd) {
    std::string text;
    char chunk[4096];
    for (size_t end = std::string::npos, wanted = std::string::npos; text.size() < wanted;) {
      const ssize_t got = ::recv(fd, chunk, sizeof(chunk), 0);
      if (got <= 0) break;
      text.append(chunk, static_cast<size_t>(got));
      if (end == std::string::npos && (end = text.find("\r\n\r\n")) != std::string::npos)
        wanted = end + 4 + static_cast<size_t>(std::atoll(text.c_str() + text.find("Content-Length: ") + 16));
    }
    return text;
  }

  Script script_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> is_stopping_{false};
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<int> open_;
  std::thread thread_;
};

RemoteConfig Quick(const LoopbackServer& server) {
  return {.endpoint = server.endpoint(),
          .model = "m",
          .max_retries = 2,
          .timeout_s = 5,
          .backoff_s = 0.001,
          .max_backoff_s = 0.002};
}

Request Text(const std::string& id) { return {.id = id, .messages = {{"user", {{.text = "question of " + id}}}}}; }

TEST(Remote, AnswersEachRequestWithItsOwnReply) {
  LoopbackServer server([](int, const std::string& request) {
    return Http(200, Completion("to " + request.substr(request.find("question of ") + 12, 2), "length"));
  });
  const auto answerer = MakeRemoteAnswerer(Quick(server));
  std::vector<Request> requests;
  for (int i = 10; i < 30; ++i) requests.push_back(Text(std::to_string(i)));
  const std::vector<Answer> answers = answerer->AskAll(requests);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(answers[i].text, "to " + std::to_string(10 + i));
    EXPECT_EQ(answers[i].finish_reason, FinishReason::kLength);
  }
}

TEST(Remote, TriesAgainAfterErrorsThatPass) {
  LoopbackServer server([](int n, const std::string&) {
    return n == 0   ? Http(500, "{}")
           : n == 1 ? Http(429, "{}", "Retry-After: 3600\r\n")
                    : Http(200, Completion("at last"));
  });
  const Answer answer = MakeRemoteAnswerer(Quick(server))->AskAll({Text("a")})[0];
  EXPECT_EQ(answer.text, "at last");
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(Remote, GivesUpWithTheLastErrorAndNeverQuotesTheReply) {
  LoopbackServer server([](int, const std::string&) { return Http(503, "secret of the server"); });
  const Answer answer = MakeRemoteAnswerer(Quick(server))->AskAll({Text("a")})[0];
  EXPECT_EQ(answer.finish_reason, FinishReason::kError);
  EXPECT_EQ(answer.error, "HTTP 503 after 3 tries");
}

TEST(Remote, DoesNotRepeatARequestThatIsWrong) {
  LoopbackServer server([](int, const std::string&) { return Http(400, "{}"); });
  EXPECT_EQ(MakeRemoteAnswerer(Quick(server))->AskAll({Text("a")})[0].error, "HTTP 400 after 1 try");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Remote, DoesNotFollowRedirects) {
  LoopbackServer server(
      [&](int, const std::string&) { return Http(307, "", "Location: http://127.0.0.1:1/v1/chat/completions\r\n"); });
  EXPECT_EQ(MakeRemoteAnswerer(Quick(server))->AskAll({Text("a")})[0].error, "HTTP 307 after 1 try");
}

TEST(Remote, HalfAReplyIsTriedAgainAndThenAnError) {
  const std::string whole = Completion("never whole");
  LoopbackServer server([&](int n, const std::string&) {
    if (n % 2 == 0)
      return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", whole.size(),
                         whole.substr(0, whole.size() / 2));
    return Http(200, whole.substr(0, whole.size() / 2));
  });
  const Answer answer = MakeRemoteAnswerer(Quick(server))->AskAll({Text("a")})[0];
  EXPECT_EQ(answer.finish_reason, FinishReason::kError);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(Remote, ASilentServerTimesOutAndTheOthersAreAnswered) {
  LoopbackServer server([](int, const std::string& request) {
    return request.find("question of silent") != std::string::npos ? "" : Http(200, Completion("fine"));
  });
  RemoteConfig config = Quick(server);
  config.timeout_s = 0.2;
  config.max_retries = 1;
  const std::vector<Answer> answers = MakeRemoteAnswerer(config)->AskAll({Text("silent"), Text("b"), Text("c")});
  EXPECT_EQ(answers[0].error, "Timeout was reached after 2 tries");
  EXPECT_EQ(answers[1].text, "fine");
  EXPECT_EQ(answers[2].text, "fine");
}

TEST(Remote, NobodyListeningIsAnError) {
  RemoteConfig config{.endpoint = "http://127.0.0.1:1/v1", .model = "m", .max_retries = 0};
  EXPECT_EQ(MakeRemoteAnswerer(config)->AskAll({Text("a")})[0].finish_reason, FinishReason::kError);
}

TEST(Remote, AnEmptyReplyIsAnErrorAfterItsTries) {
  LoopbackServer server([](int n, const std::string&) { return Http(200, Completion(n < 2 ? " " : "")); });
  EXPECT_EQ(MakeRemoteAnswerer(Quick(server))->AskAll({Text("a")})[0].error, "the reply is empty after 3 tries");
}

TEST(Remote, ADeadServerIsNotAskedForEachOfTheRest) {
  LoopbackServer server([](int n, const std::string&) { return n < 8 ? Http(500, "{}") : Http(200, Completion("alive")); });
  RemoteConfig config = Quick(server);
  config.max_concurrency = 1;
  config.max_retries = 1;
  config.backoff_s = 0;
  config.give_up_after = 3;
  const auto answerer = MakeRemoteAnswerer(config);
  std::vector<Request> requests;
  for (int i = 0; i < 50; ++i) requests.push_back(Text(std::to_string(i)));
  const std::vector<Answer> answers = answerer->AskAll(requests);
  EXPECT_EQ(answers[2].error, "HTTP 500 after 2 tries");
  EXPECT_EQ(answers[49].error, "not asked: 3 requests failed in a row, the last with HTTP 500 after 2 tries");
  EXPECT_EQ(server.requests().size(), 6u);
  EXPECT_EQ(answerer->AskAll(requests)[49].finish_reason, FinishReason::kError);  // one more request, and again none of the rest
  EXPECT_EQ(server.requests().size(), 7u);
  answerer->AskAll({Text("probe")});
  const std::vector<Answer> alive = answerer->AskAll(requests);
  for (const Answer& answer : alive) EXPECT_EQ(answer.text, "alive");
}

TEST(Remote, StartsNoMoreRequestsInAMinuteThanItMay) {
  LoopbackServer server([](int, const std::string&) { return Http(200, Completion("ok")); });
  RemoteConfig config = Quick(server);
  config.requests_per_minute = 3000;  // one in 20 ms
  std::vector<Request> requests;
  for (int i = 0; i < 11; ++i) requests.push_back(Text(std::to_string(i)));
  const auto start = std::chrono::steady_clock::now();
  MakeRemoteAnswerer(config)->AskAll(requests);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200));
}

TEST(Remote, TheKeyMayStandInAFile) {
  LoopbackServer server([](int, const std::string&) { return Http(200, Completion("ok")); });
  const std::string path = ::testing::TempDir() + "/remote_test_key";
  std::ofstream(path) << "open-sesame\n";
  RemoteConfig config = Quick(server);
  config.api_key_file = path;
  MakeRemoteAnswerer(config)->AskAll({Text("a")});
  EXPECT_NE(server.requests().at(0).find("Authorization: Bearer open-sesame\r\n"), std::string::npos);
  config.api_key_file = path + ".absent";
  EXPECT_THROW(MakeRemoteAnswerer(config), Error);
}

TEST(Remote, KnowsThisMachineByName) {
  for (const char* here : {"http://127.0.0.1:8000/v1", "http://localhost/v1", "http://[::1]:80/v1", "https://127.1.2.3"}) EXPECT_TRUE(IsLoopbackEndpoint(here)) << here;
  for (const char* there : {"https://teacher.example/v1", "http://127.0.0.1.example/v1", "http://localhost@evil.example/v1", "http://127.evil.example", "localhost", "", "http://10.0.0.1"})
    EXPECT_FALSE(IsLoopbackEndpoint(there)) << there;
}

TEST(Remote, SendsTheKeyAndTheSampling) {
  ::setenv("LINGSHU_REMOTE_TEST_KEY", "sesame", 1);
  LoopbackServer server([](int, const std::string&) { return Http(200, Completion("ok")); });
  RemoteConfig config = Quick(server);
  config.api_key_env = "LINGSHU_REMOTE_TEST_KEY";
  Request request = Text("a");
  request.sampling = {.max_new_tokens = 9, .temperature = 0.5, .stop = {"###"}};
  const auto answerer = MakeRemoteAnswerer(config);
  answerer->AskAll({request});
  const std::string sent = server.requests().at(0);
  EXPECT_NE(sent.find("POST /v1/chat/completions "), std::string::npos);
  EXPECT_NE(sent.find("Authorization: Bearer sesame\r\n"), std::string::npos);
  const Json body = ParseJson(sent.substr(sent.find("\r\n\r\n") + 4), "sent");
  EXPECT_EQ(body["model"], "m");
  EXPECT_EQ(body["max_tokens"], 9);
  EXPECT_EQ(body["stop"], Json({"###"}));
  EXPECT_FALSE(body.contains("top_k"));
  EXPECT_EQ(answerer->Name().find("sesame"), std::string::npos);
}

TEST(Remote, RefusesAKeyInClearTextAnAbsentKeyAndOtherProtocols) {
  ::setenv("LINGSHU_REMOTE_TEST_KEY", "sesame", 1);
  EXPECT_THROW(MakeRemoteAnswerer({.endpoint = "http://teacher.example/v1", .api_key_env = "LINGSHU_REMOTE_TEST_KEY"}),
               Error);
  EXPECT_THROW(MakeRemoteAnswerer({.endpoint = "https://teacher.example/v1", .api_key_env = "LINGSHU_NOT_SET"}), Error);
  EXPECT_THROW(MakeRemoteAnswerer({.endpoint = "file:///etc/passwd"}), Error);
  EXPECT_THROW(MakeRemoteAnswerer({.endpoint = ""}), Error);
  ::setenv("LINGSHU_REMOTE_TEST_KEY", "a\r\nHost: b", 1);
  EXPECT_THROW(MakeRemoteAnswerer({.endpoint = "https://teacher.example/v1", .api_key_env = "LINGSHU_REMOTE_TEST_KEY"}),
               Error);
}

TEST(RemoteBody, PutsImagesAsDataUrls) {
  const ImagePtr image = std::make_shared<Image>(Image{.width = 2, .height = 1, .rgb = {0, 0, 0, 255, 255, 255}});
  const Json body =
      ParseJson(RemoteBody({.id = "a", .messages = {{"user", {{.image = image}, {.text = "what?"}}}}}, "m"), "body");
  const Json& content = body["messages"][0]["content"];
  EXPECT_TRUE(content[0]["image_url"]["url"].get<std::string>().starts_with("data:image/png;base64,iVBORw0KGgo"));
  EXPECT_EQ(content[1]["text"], "what?");
}

TEST(ReadReply, RefusesWhatIsNoCompletion) {
  for (const char* body : {"", "{", "[]", "{}", R"({"choices":[]})", R"({"choices":[{"message":{"content":null}}]})",
                           R"({"choices":{"message":1}})"})
    EXPECT_THROW(ReadReply(body, "a"), Error) << body;
}

}  // namespace
}  // namespace lingshu
