// lingshu bench: the speed of a model on this machine. With --config the weights are random and made in place, so that no file is
// needed. --json prints one object: medians under prefill_tokens_per_s, decode_tokens_per_s, vision_tokens_per_s,
// read_bandwidth_gb_s, decode_bandwidth_fraction, peak_rss_bytes, and every repetition under "repetitions".
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/threads.h"
#include "cli/command.h"
#include "engine/measure.h"
#include "kernels/packed_matrix.h"
#include "model/open_model.h"

namespace lingshu {
namespace {

struct BenchFlags {
  std::string model, mmproj, config, quant;
  MeasureOptions measure;
  int threads = 0;
  bool is_json = false;
};

PackedRecipes RecipesOf(const std::string& quant) {
  const QuantizeRecipe& language = FindQuantizeRecipe(quant);
  return {language, VisionRecipeFor(language)};
}

std::shared_ptr<const Model> OpenFor(const BenchFlags& flags) {
  if (flags.model.empty() == flags.config.empty()) throw Error(ErrorCode::kUsage, "give either --model or --config.");
  if (!flags.config.empty()) return RandomPackedModel(LoadModelShape(flags.config), RecipesOf(flags.quant.empty() ? "BF16" : flags.quant));
  if (flags.quant.empty()) return OpenForAnswers({flags.model, flags.mmproj, DType::kBFloat16}).model;
  if (IsGguf(flags.model)) throw Error(ErrorCode::kUsage, "a GGUF file is quantized already: leave --quant out.");
  return LoadPackedModel(flags.model, RecipesOf(flags.quant));
}

Json Median(std::vector<double> values) {
  if (values.empty()) return nullptr;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Bytes of weights that decoding read per second, over those of plain reading, repetition by repetition.
std::vector<double> Fractions(const Measures& measures) {
  std::vector<double> fractions;
  for (size_t i = 0; i < measures.decode_tokens_per_s.size(); ++i)
    fractions.push_back(measures.decode_tokens_per_s[i] * static_cast<double>(measures.decode_bytes) / measures.read_bytes_per_s[i]);
  return fractions;
}

int Bench(const BenchFlags& flags) {
  ConfigureTorch(flags.threads);
  const auto model = OpenFor(flags);
  const Measures measures = MeasureModel(model, flags.measure);
  std::vector<double> bandwidth = measures.read_bytes_per_s;
  for (double& value : bandwidth) value /= 1e9;
  const Json out = {{"model", flags.config.empty() ? flags.model : flags.config},
                    {"quant", flags.quant.empty() ? Json(nullptr) : Json(flags.quant)},
                    {"threads", NumThreads()},
                    {"instruction_set", NameOf(BestInstructionSet())},
                    {"prefill_tokens", flags.measure.prefill_tokens},
                    {"decode_tokens", flags.measure.decode_tokens},
                    {"image_tokens", measures.image_tokens},
                    {"weight_bytes", measures.weight_bytes},
                    {"decode_bytes_per_token", measures.decode_bytes},
                    {"prefill_tokens_per_s", Median(measures.prefill_tokens_per_s)},
                    {"decode_tokens_per_s", Median(measures.decode_tokens_per_s)},
                    {"vision_tokens_per_s", Median(measures.vision_tokens_per_s)},
                    {"image_preprocess_ms", Median(measures.image_preprocess_ms)},
                    {"read_bandwidth_gb_s", Median(bandwidth)},
                    {"decode_bandwidth_fraction", Median(Fractions(measures))},
                    {"peak_rss_bytes", PeakRssBytes()},
                    {"repetitions",
                     {{"prefill_tokens_per_s", measures.prefill_tokens_per_s},
                      {"decode_tokens_per_s", measures.decode_tokens_per_s},
                      {"vision_tokens_per_s", measures.vision_tokens_per_s},
                      {"read_bandwidth_gb_s", bandwidth},
                      {"decode_bandwidth_fraction", Fractions(measures)}}}};
  if (flags.is_json) {
    fmt::print("{}\n", DumpJson(out));
    return 0;
  }
  for (const auto& [key, value] : out.items())
    if (!value.is_object()) fmt::print("{:<26} {}\n", key, value.is_number_float() ? fmt::format("{:.2f}", value.get<double>()) : value.is_string() ? value.get<std::string>() : value.dump());
  return 0;
}

const Register<Command> kBench({.name = "bench", .help = "measure prefill, decode and vision on this machine", .attach = [](CLI::App& app) {
                                  auto flags = std::make_shared<BenchFlags>();
                                  std::string known;
                                  for (const QuantizeRecipe& recipe : QuantizeRecipes()) known += (known.empty() ? "" : ", ") + recipe.name;
                                  app.add_option("--model", flags->model, "Hugging Face folder or GGUF file");
                                  app.add_option("--mmproj", flags->mmproj, "vision tower of a GGUF model; the one beside it when not given");
                                  app.add_option("--config", flags->config, "shape (a config.json, or configs/model/*.yaml) with random weights made in place");
                                  app.add_option("--quant,--type", flags->quant, "of the weights, BF16 when not given: " + known);
                                  app.add_option("--prefill", flags->measure.prefill_tokens, "prompt tokens")->check(CLI::Range(0, 1 << 20))->capture_default_str();
                                  app.add_option("--decode", flags->measure.decode_tokens, "new tokens")->check(CLI::Range(1, 1 << 20))->capture_default_str();
                                  app.add_option("--image-px", flags->measure.image_px, "side of the square image; 0 leaves vision out")->check(CLI::Range(0, 1 << 14))->capture_default_str();
                                  app.add_option("--repeat", flags->measure.repeat, "how often; medians are printed")->check(CLI::Range(1, 1000))->capture_default_str();
                                  app.add_option("--threads", flags->threads, "0 is all cores")->check(CLI::NonNegativeNumber);
                                  app.add_flag("--json", flags->is_json, "one JSON object");
                                  return [flags] { return Bench(*flags); };
                                }});

}  // namespace
}  // namespace lingshu
