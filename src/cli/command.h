// Command: one subcommand, one file. `attach` adds its options to the given CLI11 app and returns what to run.
#pragma once

#include <functional>
#include <string>

#include "base/registry.h"

namespace CLI {
class App;
}

namespace lingshu {

struct Command {
  std::string name;
  std::string help;
  // The returned function's value is the exit status.
  std::function<std::function<int()>(CLI::App&)> attach;
};

}  // namespace lingshu
