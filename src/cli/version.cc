// lingshu version, lingshu env: what this binary is and what it runs on; both go into every run's manifest.
#include "cli/version.h"

#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/threads.h"
#include "cli/command.h"
#include "image/decoder.h"
#include "tensor/tensor.h"

#include <revision.h>  // written at every build (cmake/revision.cmake)

namespace lingshu {
namespace {

std::string CpuFlags() {
  std::string flags;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) flags += "avx2 ";
  if (__builtin_cpu_supports("avx512f")) flags += "avx512f ";
  if (__builtin_cpu_supports("avx512vnni")) flags += "avx512vnni ";
  if (__builtin_cpu_supports("avx512bf16")) flags += "avx512bf16 ";
#endif
  return flags.empty() ? "baseline" : flags.substr(0, flags.size() - 1);
}

const Register<Command> kVersion({.name = "version", .help = "print the version", .attach = [](CLI::App&) {
                                    return [] {
                                      fmt::print("lingshu {} ({})\n", kLingshuVersion, LINGSHU_REVISION);
                                      return 0;
                                    };
                                  }});

const Register<Command> kEnv({.name = "env", .help = "print versions, processor and threads as JSON", .attach = [](CLI::App&) {
                                return [] {
                                  Json facts = EnvironmentJson();
                                  facts["decoders"] = DecoderSelfTest();
                                  fmt::print("{}\n", facts.dump(2));
                                  return 0;
                                };
                              }});

}  // namespace

Json EnvironmentJson() {
  return {{"lingshu", kLingshuVersion},
          {"revision", LINGSHU_REVISION},
          {"compiler", __VERSION__},
          {"libtorch", TorchVersion()},
          {"instruction_sets", CpuFlags()},
          {"cores", std::thread::hardware_concurrency()},
          {"threads", NumThreads()},
          {"cuda", HasCuda()}};
}

}  // namespace lingshu
