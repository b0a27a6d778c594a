// See measure.h. Decoding begins with a prompt of one token, so that every step is one token's.
#include "engine/measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>

#include "base/error.h"
#include "base/rng.h"
#include "base/threads.h"
#include "engine/engine.h"
#include "kernels/packed_matrix.h"
#include "kernels/read_memory.h"

namespace lingshu {
namespace {

double SecondsOf(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct Piece {
  const uint8_t* memory;
  int64_t bytes;
};

Piece PieceOf(const Weight& weight) {
  if (weight.packed) return {weight.packed->packed, PackedBytes(weight.packed->format, weight.packed->rows, weight.packed->columns)};
  if (!weight.value.defined()) return {nullptr, 0};
  return {static_cast<const uint8_t*>(weight.value.data_ptr()), static_cast<int64_t>(weight.value.nbytes())};
}

// The decoder's weights that every token reads: all layers and the output matrix.
std::vector<Piece> DecodePieces(const Model& model, int64_t& weight_bytes) {
  std::vector<Piece> pieces;
  VisitWeights(const_cast<Model&>(model), [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) {
    const Piece piece = PieceOf(weight);
    weight_bytes += piece.bytes;
    const bool is_read = GroupOf(name) == WeightGroup::kLanguage && (&weight != &model.embed_tokens || &weight == &model.output());
    if (is_read && piece.bytes > 0) pieces.push_back(piece);
  });
  return pieces;
}

double ReadSeconds(const std::vector<Piece>& pieces) {
  constexpr int64_t kStep = 128 << 10;
  std::vector<Piece> steps;
  for (const Piece& piece : pieces)
    for (int64_t at = 0; at < piece.bytes; at += kStep) steps.push_back({piece.memory + at, std::min(kStep, piece.bytes - at)});
  std::atomic<size_t> next{0};
  static std::atomic<int32_t> sink;
  return SecondsOf([&] {
    ForRanges(NumThreads(), 1, [&](int64_t, int64_t) {
      int32_t sum = 0;
      for (size_t i = next++; i < steps.size(); i = next++) sum += ReadMemory(steps[i].memory, steps[i].bytes);
      sink += sum;
    });
  });
}

// Random text: ids that are no placeholders.
std::vector<int64_t> RandomPrompt(const ModelConfig& config, int64_t count, uint64_t seed) {
  Rng rng(MixSeed({seed, 0x9a0b}));
  std::vector<int64_t> ids;
  while (static_cast<int64_t>(ids.size()) < count) {
    const auto id = static_cast<int64_t>(rng.Uniform() * static_cast<double>(config.text.vocab_size));
    if (id != config.image_token_id && id != config.video_token_id) ids.push_back(id);
  }
  return ids;
}

Image RandomImage(int64_t side, uint64_t seed) {
  Image image{.width = static_cast<int>(side), .height = static_cast<int>(side), .rgb = {}, .modality = {}, .source = "random", .operations = {}};
  Rng rng(MixSeed({seed, 0x13a6e}));
  for (int64_t i = 0; i < 3 * side * side; ++i) image.rgb.push_back(static_cast<uint8_t>(rng.Uniform() * 256));
  return image;
}

}  // namespace

Measures MeasureModel(std::shared_ptr<const Model> model, const MeasureOptions& options) {
  Measures measures;
  const std::vector<Piece> pieces = DecodePieces(*model, measures.weight_bytes);
  for (const Piece& piece : pieces) measures.decode_bytes += piece.bytes;
  EngineOptions engine_options;
  engine_options.kv_cache_tokens = 2 * (std::max(options.prefill_tokens, options.decode_tokens) + 32);
  engine_options.ngram_draft_tokens = 0;  // random weights repeat themselves: guesses would flatter the figures
  Engine engine(model, nullptr, engine_options, "measured");
  const auto seconds = [&](const std::vector<int64_t>& ids, int64_t new_tokens) {
    engine.ForgetPrefixes();
    Generation generation;
    generation.example.prompt_ids = ids;
    generation.sampling = {.max_new_tokens = new_tokens, .should_ignore_eos = true};
    Answer answer;
    const double elapsed = SecondsOf([&] { answer = engine.Generate({generation}).front(); });
    if (answer.finish_reason == FinishReason::kError) throw Error(ErrorCode::kTooLong, answer.error);
    return elapsed;
  };
  const at::NoGradGuard no_grad;
  seconds(RandomPrompt(model->config, 8, 0), 2);  // threads, pages and buffers are there from now on
  for (int64_t i = 0; i < options.repeat; ++i) {
    CheckInterrupt("measuring", /*is_kept=*/false);
    measures.read_bytes_per_s.push_back(static_cast<double>(measures.decode_bytes) / ReadSeconds(pieces));
    if (options.prefill_tokens > 0)
      measures.prefill_tokens_per_s.push_back(static_cast<double>(options.prefill_tokens) /
                                              seconds(RandomPrompt(model->config, options.prefill_tokens, static_cast<uint64_t>(i)), 1));
    measures.decode_tokens_per_s.push_back(static_cast<double>(options.decode_tokens) /
                                           seconds(RandomPrompt(model->config, 1, static_cast<uint64_t>(i)), options.decode_tokens));
    if (options.image_px == 0 || !model->has_vision()) continue;
    const Image image = RandomImage(options.image_px, static_cast<uint64_t>(i));
    EncodedImagePtr encoded;
    measures.image_preprocess_ms.push_back(1e3 * SecondsOf([&] { encoded = EncodeImage(image, model->config); }));
    measures.image_tokens = encoded->num_tokens;
    const int64_t patches = encoded->grid_thw[0] * encoded->grid_thw[1] * encoded->grid_thw[2];
    const Tensor pixels = ToTensor(encoded->pixel_values, {patches, model->config.vision.patch_dim()});
    const double vision = SecondsOf([&] { VisionForward(*model, pixels, {encoded->grid_thw.begin(), encoded->grid_thw.end()}); });
    measures.vision_tokens_per_s.push_back(static_cast<double>(encoded->num_tokens) / vision);
  }
  return measures;
}

int64_t PeakRssBytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{1024} * usage.ru_maxrss;
}

}  // namespace lingshu
