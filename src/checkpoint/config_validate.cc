// The contradictions that a ModelConfig can hold: each alone would surface later as a wrong shape or a wrong number.
#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "checkpoint/config.h"
#include "checkpoint/tensors.h"

namespace lingshu {
namespace {

class Findings {
 public:
  void Expect(bool is_fine, std::string finding) {
    if (!is_fine) findings_.push_back(std::move(finding));
  }
  void ThrowIfAny(const std::string& where) const {
    if (!findings_.empty())
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: the configuration contradicts itself:\n  {}", where,
                                                   JoinStrings(findings_, "\n  ")));
  }

 private:
  std::vector<std::string> findings_;
};

void CheckText(const TextConfig& text, Findings& findings) {
  const int64_t head_dim = text.HeadDim();
  const int64_t sections = std::accumulate(text.mrope_section.begin(), text.mrope_section.end(), int64_t{0});
  findings.Expect(head_dim * text.num_attention_heads == text.hidden_size,
                  fmt::format("hidden_size {} is not num_attention_heads {} × head_dim {}", text.hidden_size,
                              text.num_attention_heads, head_dim));
  findings.Expect(text.num_attention_heads % text.num_key_value_heads == 0,
                  fmt::format("num_key_value_heads {} does not divide num_attention_heads {}", text.num_key_value_heads,
                              text.num_attention_heads));
  findings.Expect(head_dim % 2 == 0, fmt::format("head_dim {} is odd, rotary angles need pairs", head_dim));
  findings.Expect(text.mrope_section.size() == 3,
                  fmt::format("mrope_section has {} parts, not 3", text.mrope_section.size()));
  findings.Expect(sections * 2 == head_dim, fmt::format("mrope_section {} sums to {}, head_dim / 2 is {}",
                                                        ShapeText(text.mrope_section), sections, head_dim / 2));
}

void CheckVision(const VisionConfig& vision, int64_t text_hidden_size, Findings& findings) {
  const int64_t merged_patch = vision.patch_size * vision.spatial_merge_size;
  findings.Expect(
      vision.hidden_size % vision.num_heads == 0,
      fmt::format("vision hidden_size {} is not divisible by num_heads {}", vision.hidden_size, vision.num_heads));
  findings.Expect(vision.head_dim() % 4 == 0,
                  fmt::format("vision head_dim {} is not divisible by 4, rotary angles need pairs for height and width",
                              vision.head_dim()));
  findings.Expect(vision.out_hidden_size == text_hidden_size,
                  fmt::format("vision out_hidden_size {} is not the language model's hidden_size {}",
                              vision.out_hidden_size, text_hidden_size));
  findings.Expect(
      vision.window_size >= merged_patch,
      fmt::format("window_size {} px is smaller than a merged patch of {} px", vision.window_size, merged_patch));
  for (const int64_t block : vision.fullatt_block_indexes)
    findings.Expect(block < vision.depth,
                    fmt::format("fullatt_block_indexes names block {}, depth is {}", block, vision.depth));
}

void CheckProcessor(const ProcessorConfig& processor, int64_t in_channels, Findings& findings) {
  findings.Expect(processor.min_pixels <= processor.max_pixels,
                  fmt::format("min_pixels {} is above max_pixels {}", processor.min_pixels, processor.max_pixels));
  findings.Expect(processor.video_min_pixels <= processor.video_max_pixels,
                  fmt::format("video_min_pixels {} is above video_max_pixels {}", processor.video_min_pixels,
                              processor.video_max_pixels));
  findings.Expect(static_cast<int64_t>(processor.image_mean.size()) == in_channels &&
                      static_cast<int64_t>(processor.image_std.size()) == in_channels,
                  fmt::format("image_mean and image_std have {} and {} values for {} channels",
                              processor.image_mean.size(), processor.image_std.size(), in_channels));
  findings.Expect(
      std::all_of(processor.image_std.begin(), processor.image_std.end(), [](double value) { return value > 0; }),
      "image_std holds a value that is not positive");
}

void CheckTokenIds(const ModelConfig& config, Findings& findings) {
  std::vector<std::pair<const char*, int64_t>> ids = {{"image_token_id", config.image_token_id},
                                                      {"video_token_id", config.video_token_id},
                                                      {"vision_start_token_id", config.vision_start_token_id},
                                                      {"vision_end_token_id", config.vision_end_token_id},
                                                      {"bos_token_id", config.bos_token_id},
                                                      {"pad_token_id", config.pad_token_id}};
  for (const int64_t id : config.eos_token_ids) ids.emplace_back("eos_token_id", id);
  for (const auto& [name, id] : ids)
    findings.Expect(id >= 0 && id < config.text.vocab_size,
                    fmt::format("{} {} is outside the vocabulary of {}", name, id, config.text.vocab_size));
  const std::set<int64_t> vision = {config.image_token_id, config.video_token_id, config.vision_start_token_id,
                                    config.vision_end_token_id};
  findings.Expect(vision.size() == 4,
                  "image, video, vision_start and vision_end token ids are not four different ones");
  findings.Expect(!config.eos_token_ids.empty(), "eos_token_id is empty: generation would never stop");
}

}  // namespace

void ValidateModelConfig(const ModelConfig& config, const std::string& where) {
  Findings findings;
  CheckText(config.text, findings);
  CheckVision(config.vision, config.text.hidden_size, findings);
  CheckProcessor(config.processor, config.vision.in_channels, findings);
  CheckTokenIds(config, findings);
  findings.ThrowIfAny(where);
}

}  // namespace lingshu
