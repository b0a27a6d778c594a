// lingshu chat: a conversation with one model, answers as they come. A line is a message; @PATH within it, or /image PATH before it,
// shows an image, /video PATH a series or loop. Ctrl-C stops the answer, not the program. Turns that stay the same are found in the KV cache.
//   > @scan.png What does this show?
//   > And on the left?
//   > /clear
#include <csignal>
#include <cstdio>
#include <iostream>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/sampling_flags.h"
#include "cli/shown_study.h"
#include "cli/view_flags.h"

namespace lingshu {
namespace {

constexpr const char* kHelp =
    "A line is a message. @PATH in it shows the image of that file.\n"
    "/image PATH   show an image with the next message (for paths with spaces)\n"
    "/video PATH   show a series, volume or loop with it, as frames in time\n"
    "/system TEXT  begin again with this system text\n"
    "/clear        begin again\n"
    "/help         this text\n"
    "/quit         end (or Ctrl-D); Ctrl-C stops an answer\n";

struct ChatFlags {
  ModelFlags model;
  std::string system;
  std::vector<std::string> images, videos;
  ViewFlags view;
  double fps = 2;
  Sampling sampling{.max_new_tokens = 1024};
  EngineOptions engine;
  bool has_timings = false;
};

// Ctrl-C while chatting: noticed between tokens, forgotten with the answer that it stopped.
volatile sig_atomic_t g_stop = 0;
void OnInterrupt(int) { g_stop = 1; }

void InstallStop() {
  struct sigaction action = {};
  action.sa_handler = &OnInterrupt;  // no SA_RESTART: reading a line ends, too
  sigaction(SIGINT, &action, nullptr);
}

class Conversation {
 public:
  Conversation(const ChatFlags& flags, OpenedModel opened)
      : flags_(flags), opened_(std::move(opened)), options_(OptionsOf(flags, *opened_.model)),
        engine_(opened_.model, opened_.tokenizer, options_, flags.model.model), view_(ResolveView(flags.view)) {
    Begin(flags.system);
    for (const std::string& path : flags.images) Show(path);
    for (const std::string& path : flags.videos) ShowVideo(path);
  }

  void Begin(const std::string& system) {
    system_ = system;
    messages_.clear(), images_.clear();
    pending_.clear(), pending_images_.clear();
    if (!system.empty()) messages_.push_back({"system", {{system}}});
  }
  void BeginAgain() { Begin(std::string(system_)); }

  // Images, or a video, for the next message.
  void Show(const std::string& path) {
    CheckVision(*opened_.model);
    Add(ShowAsImages(path, view_, opened_.model->config));
  }
  void ShowVideo(const std::string& path) {
    CheckVision(*opened_.model);
    Add(ShowAsVideo(path, view_, flags_.fps, opened_.model->config));
  }

  // Asks and prints the answer as it comes. A message that cannot be asked leaves the conversation as it was.
  void Say(const std::string& line) {
    std::vector<Content> kept = pending_;
    std::vector<EncodedImagePtr> kept_images = pending_images_;
    try {
      Ask(AddImages(line));
    } catch (const Error&) {  // put back, then seen by the loop
      pending_ = std::move(kept);
      pending_images_ = std::move(kept_images);
      throw;
    }
  }

 private:
  static EngineOptions OptionsOf(const ChatFlags& flags, const Model& model) {
    EngineOptions options = flags.engine;
    options.max_batch = 1;
    options.kv_cache_tokens = std::min(options.kv_cache_tokens, model.config.text.max_position_embeddings + kPageRoom);
    return options;
  }
  static constexpr int64_t kPageRoom = 64;

  void Add(ShownStudy shown) {
    for (const std::string& words : shown.words)
      if (!words.empty()) fmt::print(stderr, "shown: {}\n", words);
    pending_.insert(pending_.end(), shown.content.begin(), shown.content.end());
    pending_images_.insert(pending_images_.end(), shown.images.begin(), shown.images.end());
  }

  // Takes the images of @PATH out of the line; what is left is the text.
  std::string AddImages(const std::string& line) {
    std::string text;
    for (size_t i = 0; i < line.size();) {
      const bool is_path = line[i] == '@' && (i == 0 || line[i - 1] == ' ') && i + 1 < line.size() && line[i + 1] != ' ';
      if (!is_path) {
        text += line[i++];
        continue;
      }
      const size_t end = std::min(line.find(' ', i), line.size());
      Show(line.substr(i + 1, end - i - 1));
      i = end < line.size() ? end + 1 : end;
    }
    return text;
  }

  void Ask(const std::string& text) {
    Request request{.id = "chat", .messages = messages_};
    Message user{"user", pending_};
    user.content.push_back({text});
    request.messages.push_back(user);
    std::vector<EncodedImagePtr> images = images_;
    images.insert(images.end(), pending_images_.begin(), pending_images_.end());
    Generation generation{EncodeRequest(request, images, *opened_.tokenizer), flags_.sampling};
    const int64_t prompt = static_cast<int64_t>(generation.example.prompt_ids.size());
    const int64_t room = std::min(opened_.model->config.text.max_position_embeddings, options_.kv_cache_tokens - kPageRoom) - prompt;
    if (room < 1) throw Error(ErrorCode::kTooLong, fmt::format("the conversation of {} tokens fills the context.\nHINT: /clear begins again.", prompt));
    generation.sampling.max_new_tokens = std::min(generation.sampling.max_new_tokens, room);
    generation.on_piece = [](const AnswerPiece& piece) {
      std::fwrite(piece.text.data(), 1, piece.text.size(), stdout);
      std::fflush(stdout);
    };
    generation.is_cancelled = [] { return g_stop != 0; };
    g_stop = 0;
    const Answer answer = engine_.Generate({generation}).at(0);
    if (answer.finish_reason == FinishReason::kError) throw Error(ErrorCode::kTooLong, answer.error);
    fmt::print("{}\n", answer.finish_reason == FinishReason::kCancelled ? " [stopped]" : answer.finish_reason == FinishReason::kLength ? " [cut off]" : "");
    std::fflush(stdout);
    if (flags_.has_timings) PrintTimings(answer);
    g_stop = 0;
    messages_.push_back(std::move(user));
    messages_.push_back({"assistant", {{answer.text}}});
    images_ = std::move(images);
    pending_.clear();
    pending_images_.clear();
  }

  static void PrintTimings(const Answer& answer) {
    fmt::print(stderr, "[{} prompt tokens, {} of them cached, in {:.2f} s; {} new in {:.2f} s; {} of {} guesses right]\n", answer.prompt_ids.size(),
               answer.timings.cached_tokens, answer.timings.prefill_s, answer.ids.size(), answer.timings.decode_s, answer.timings.accepted_tokens,
               answer.timings.drafted_tokens);
  }

  const ChatFlags& flags_;
  OpenedModel opened_;
  EngineOptions options_;
  Engine engine_;
  StudyView view_;
  std::string system_;
  std::vector<Message> messages_;
  std::vector<EncodedImagePtr> images_;  // of messages_, in order
  std::vector<Content> pending_;         // images and videos of the next message
  std::vector<EncodedImagePtr> pending_images_;
};

// False when the conversation is over.
bool Obey(const std::string& line, Conversation& conversation) {
  const size_t space = std::min(line.find(' '), line.size());
  const std::string command = line.substr(0, space);
  const std::string argument(TrimAscii(std::string_view(line).substr(space)));
  if (command == "/quit" || command == "/exit") return false;
  if (command == "/help") fmt::print("{}", kHelp);
  else if (command == "/clear") conversation.BeginAgain();
  else if (command == "/system") conversation.Begin(argument);
  else if (command == "/image") conversation.Show(argument);
  else if (command == "/video") conversation.ShowVideo(argument);
  else throw Error(ErrorCode::kUsage, fmt::format("no command {}; known are /image, /video, /system, /clear, /help and /quit.", command));
  return true;
}

int Chat(const ChatFlags& flags) {
  Conversation conversation(flags, OpenModelOf(flags.model));
  InstallStop();
  const bool is_terminal = ::isatty(STDIN_FILENO) != 0;
  if (is_terminal) fmt::print("/help says what can be written here.\n");
  bool has_failed = false;
  for (std::string line;;) {
    if (is_terminal) {
      fmt::print("> ");
      std::fflush(stdout);
    }
    if (!std::getline(std::cin, line)) {
      if (g_stop == 0) break;
      g_stop = 0;  // Ctrl-C on an empty line
      std::cin.clear();
      std::clearerr(stdin);
      fmt::print("\n");
      continue;
    }
    if (TrimAscii(line).empty()) continue;
    // The seam of this verb: a message that cannot be asked is said, and the conversation goes on.
    try {
      if (line[0] != '/') conversation.Say(line);
      else if (!Obey(line, conversation)) break;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      fmt::print(stderr, "lingshu: {}\n", error.message());
      has_failed = true;
    }
  }
  return has_failed && !is_terminal ? 1 : 0;
}

const Register<Command> kChat({.name = "chat", .help = "talk with a model, images by path, answers as they come", .attach = [](CLI::App& app) {
                                 auto flags = std::make_shared<ChatFlags>();
                                 AddModelFlags(app, flags->model);
                                 app.add_option("--system", flags->system, "system text instead of the template's default");
                                 app.add_option("--image", flags->images, "image of the first message; may be given several times");
                                 app.add_option("--video", flags->videos, "series, volume or loop of the first message, as one video of --slices frames");
                                 app.add_option("--fps", flags->fps, "frames of a video in a second of the model's time")->check(CLI::PositiveNumber);
                                 app.add_option("--show", flags->view.layout, "of studies: single, montage or frames");
                                 AddViewFlags(app, flags->view);
                                 AddSamplingFlags(app, flags->sampling, flags->engine);
                                 app.add_flag("--timings", flags->has_timings, "say after each answer where its time went");
                                 return [flags] { return Chat(*flags); };
                               }});

}  // namespace
}  // namespace lingshu
