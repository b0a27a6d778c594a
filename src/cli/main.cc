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
  std::function<int()> chosen;
  for (const Command& command : Registry<Command>::Get().All()) {
    CLI::App* sub = app.add_subcommand(command.name, command.help);
    sub->callback([&chosen, run = command.attach(*sub)] { chosen = run; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    std::string known;
    if (argc > 1 && app.get_subcommands().empty()) {
      std::vector<std::string> names;
      for (const Command& command : Registry<Command>::Get().All()) names.push_back(command.name);
      if (argv[1][0] != '-') known = DidYouMean(argv[1], names);
    }
    fmt::print(stderr, "lingshu: {}{}\nHINT: lingshu {}--help\n", e.what(), known,
               app.get_subcommands().empty() ? "" : app.get_subcommands()[0]->get_name() + " ");
    return 2;
  }
  InstallInterruptHandlers();
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
    fmt::print(stderr, "lingshu: out of memory.\nHINT: lower micro_batch_size, max_pixels or kv_cache_tokens.\n");
  } catch (const std::exception& e) {  // a library's own exception: its first line says enough
    const std::string message = e.what();
    fmt::print(stderr, "lingshu: {}\n", message.substr(0, message.find('\n')));
  }
  return 1;
}
