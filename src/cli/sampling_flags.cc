// See sampling_flags.h.
#include "cli/sampling_flags.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"

namespace lingshu {
namespace {

// A number between two others, which CLI::Range would let NaN pass as.
CLI::Validator Finite(double least, double most) {
  const auto check = [=](const std::string& text) -> std::string {
    double value = 0;
    const bool is_fine = CLI::detail::lexical_cast(text, value) && value >= least && value <= most;
    return is_fine ? "" : fmt::format("{} is not between {} and {}", text, least, most);
  };
  return CLI::Validator(check, fmt::format("{} to {}", least, most));
}

DType ParseDType(const std::string& name) {
  DType dtype = DType::kFloat32;
  ConfigReader("--dtype").Read(Json(name), "dtype", dtype);
  return dtype;
}

}  // namespace

void AddModelFlags(CLI::App& app, ModelFlags& flags) {
  app.add_option("--model", flags.model, "Hugging Face folder or GGUF file")->required();
  app.add_option("--mmproj", flags.mmproj, "vision tower of a GGUF model; the one beside it when not given");
  app.add_option("--dtype", flags.dtype, "of a folder's matrices: float32, bfloat16 or float16");
  app.add_option("--device", flags.device, "cpu, cuda, or auto: cuda for a folder where there is one")->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  app.add_option("--threads", flags.threads, "0 is all cores")->check(CLI::NonNegativeNumber);
}

OpenedModel OpenModelOf(const ModelFlags& flags) {
  ConfigureTorch(flags.threads);
  const bool is_cuda = flags.device == "cuda" || (flags.device == "auto" && HasCuda() && !IsGguf(flags.model));
  if (!is_cuda) return OpenForAnswers({flags.model, flags.mmproj, ParseDType(flags.dtype)});
  if (!HasCuda()) throw Error(ErrorCode::kUnavailable, "--device cuda: libtorch finds no CUDA device.\nHINT: ./lingshu env says what it was built with.");
  if (IsGguf(flags.model)) throw Error(ErrorCode::kUnsupported, "GGUF files run on the CPU.\nHINT: --device cpu.");
  const auto model = LoadModel(flags.model, ParseDType(flags.dtype));
  VisitWeights(*model, [](const std::string&, Weight& weight, const auto&) { weight.value = weight.value.to(at::kCUDA); });
  return {model, Tokenizer::Load(flags.model)};
}

void AddSamplingFlags(CLI::App& app, Sampling& sampling, EngineOptions& options) {
  app.add_option("--max-new-tokens", sampling.max_new_tokens, "longest reply")->check(CLI::Range(int64_t{1}, int64_t{1} << 40))->capture_default_str();
  app.add_option("--temperature", sampling.temperature, "0 is greedy")->check(Finite(0, 100));
  app.add_option("--top-p", sampling.top_p, "nucleus")->check(Finite(0, 1));
  app.add_option("--top-k", sampling.top_k, "0 is all")->check(CLI::Range(int64_t{0}, int64_t{1} << 30));
  app.add_option("--min-p", sampling.min_p, "least probability, relative to the best token's")->check(Finite(0, 1));
  app.add_option("--repetition-penalty", sampling.repetition_penalty, "1 is none")->check(Finite(0.01, 100));
  app.add_option("--seed", sampling.seed, "of sampling");
  app.add_option("--stop", sampling.stop, "end before this text; may be given several times");
  app.add_option("--stop-id", sampling.stop_ids, "end with this token; may be given several times")->check(CLI::Range(int64_t{0}, int64_t{1} << 30));
  app.add_option("--ngram", options.ngram_draft_tokens, "longest guess of n-gram speculation, which changes no token; 0 is none")
      ->check(CLI::Range(0, 40))->capture_default_str();
}

}  // namespace lingshu
