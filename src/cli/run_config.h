// What the verbs that take a YAML file have in common: --config FILE, --set key=value, and --help with every key.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/config.h"
#include "base/files.h"

namespace lingshu {

struct ConfigFlags {
  std::string file;
  std::vector<std::string> overrides;
};

// Adds --config and --set to the app; the footer of --help lists the keys of `defaults`.
template <Visitable Config>
void AttachConfig(CLI::App& app, ConfigFlags& flags, const Config& defaults) {
  app.add_option("--config", flags.file, "YAML file, here or beside the program")->transform([](const std::string& file) {
    return HomePath(file).string();
  });
  app.add_option("--set", flags.overrides, "key=value, dotted; may be given several times");
  app.footer("Keys of --config and --set:\n" + ConfigHelp(defaults));
}

}  // namespace lingshu
