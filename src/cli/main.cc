// The front door: finds the command, runs it, turns an Error into one message and an exit status
// (0 done, 1 failed, 2 wrong usage, 130 interrupted).
#include <cstdio>
#include <exception>
#include <new>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/threads.h"
#include "cli/command.h"
#include "image/decoder.h"

namespace lingshu {
namespace {

int ExitStatus(ErrorCode code) {
  if (code == ErrorCode::kUsage) return 2;
  return code == ErrorCode::kInterrupted ? 130 : 1;
}

int Main(int argc, char** argv) {
  CLI::App app("Lingshu: curate, train, ask and measure medical multimodal language models.", "lingshu");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this text");
  bool should_trust_files = false;
  app.add_flag("--trust-files", should_trust_files,
               "decode pictures in this process, without the sandbox; for files of your own making");
  std::function<int()> chosen;
  for (const Command& command : Registry<Command>::Get().All()) {
    CLI::App* sub = app.add_subcommand(command.name, command.help);
    sub->fallthrough();
    sub->callback([&chosen, run = command.attach(*sub)] { chosen = run; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    const bool has_verb = !app.get_subcommands().empty();
    std::string message = e.what();
    if (!has_verb && argc == 1) message = "expected a verb.";
    if (!has_verb && argc > 1 && argv[1][0] != '-') {
      std::vector<std::string> names;
      for (const Command& command : Registry<Command>::Get().All()) names.push_back(command.name);
      message = fmt::format("no verb \"{}\".{}", argv[1], DidYouMean(argv[1], names));
    }
    fmt::print(stderr, "lingshu: {}\nHINT: lingshu {}--help\n", message,
               has_verb ? app.get_subcommands()[0]->get_name() + " " : "");
    return 2;
  }
  InstallInterruptHandlers();
  SetDecoderPlace(should_trust_files ? DecoderPlace::kOwnProcess : DecoderPlace::kChildProcesses);
  return chosen();
}

}  // namespace
}  // namespace lingshu

int main(int argc, char** argv) {
  try {
    return lingshu::Main(argc, argv);
  } catch (const lingshu::Error& e) {
    fmt::print(stderr, "lingshu: {}\n", e.message());
    return lingshu::ExitStatus(e.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "lingshu: out of memory.\nHINT: training takes less with a lower micro_batch_size or max_length, answering with a lower kv_cache_tokens or max_pixels.\n");
  } catch (const std::exception& e) {  // a library's own exception: its first line says enough
    const std::string message = e.what();
    fmt::print(stderr, "lingshu: {}\n", message.substr(0, message.find('\n')));
  }
  return 1;
}
