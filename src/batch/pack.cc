// Packing with shared prefixes. A group is a run of examples with the same images; its prefix is the longest beginning that
// all of its prompts share, less one token: the last prompt token stays in the branch, because it predicts the branch's first
// reply token.
#include "batch/pack.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

// Shorter beginnings are not worth a segment of their own.
constexpr int64_t kMinPrefixTokens = 8;

// Groups in order of first appearance; text-only examples stand alone unless their prompts are equal (roll-outs).
std::vector<std::vector<int32_t>> GroupByImages(const std::vector<const Example*>& examples, bool should_share) {
  std::vector<std::vector<int32_t>> groups;
  std::map<std::vector<const EncodedImage*>, size_t> by_images;
  std::map<std::vector<int64_t>, size_t> by_prompt;
  for (size_t i = 0; i < examples.size(); ++i) {
    std::vector<const EncodedImage*> key;
    for (const EncodedImagePtr& image : examples[i]->images) key.push_back(image.get());
    size_t group = groups.size();
    if (should_share && !key.empty()) group = by_images.emplace(key, group).first->second;
    else if (should_share) group = by_prompt.emplace(examples[i]->prompt_ids, group).first->second;
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(static_cast<int32_t>(i));
  }
  return groups;
}

int64_t CommonPrefix(const std::vector<const Example*>& examples, const std::vector<int32_t>& group, const ModelConfig& config) {
  const std::vector<int64_t>& first = examples[group[0]]->prompt_ids;
  size_t common = first.size() - 1;
  for (const int32_t i : group) {
    const std::vector<int64_t>& ids = examples[i]->prompt_ids;
    common = std::min(common, ids.size() - 1);
    common = static_cast<size_t>(std::mismatch(first.begin(), first.begin() + static_cast<int64_t>(common), ids.begin()).first - first.begin());
  }
  // All image tokens lie in the prefix or there is none: features are computed once and stand in one place.
  const auto is_placeholder = [&](int64_t id) { return config.IsPlaceholder(id); };
  const int64_t images = std::count_if(first.begin(), first.end(), is_placeholder);
  const int64_t shared = std::count_if(first.begin(), first.begin() + static_cast<int64_t>(common), is_placeholder);
  const bool is_useful = group.size() > 1 && images == shared && static_cast<int64_t>(common) >= kMinPrefixTokens;
  return is_useful ? static_cast<int64_t>(common) : 0;
}

class Packer {
 public:
  Packer(const std::vector<const Example*>& examples, const ModelConfig& config) : examples_(examples), config_(config) {}

  void AddGroup(const std::vector<int32_t>& group, int64_t prefix_tokens) {
    int64_t prefix = -1;
    for (const int32_t i : group) {
      const Example& example = *examples_[i];
      std::vector<int64_t> ids = example.prompt_ids;
      ids.insert(ids.end(), example.target_ids.begin(), example.target_ids.end());
      const RopePositions positions = ComputeRopePositions(ids, example.images, config_);
      if (prefix_tokens > 0 && prefix < 0) {
        prefix = static_cast<int64_t>(batch_.segments.size());
        AddSegment(example, ids, positions, 0, prefix_tokens, /*prefix=*/-1, /*index=*/-1);
      }
      AddSegment(example, ids, positions, prefix_tokens, static_cast<int64_t>(ids.size()), prefix, i);
      if (prefix_tokens == 0 || i == group[0]) AddImages(example);
      batch_.sample_tokens += static_cast<int64_t>(ids.size());
    }
  }

  Batch Finish() {
    const int64_t tokens = batch_.num_tokens();
    batch_.position_ids.resize(3 * static_cast<size_t>(tokens));
    for (int axis = 0; axis < 3; ++axis) std::copy(axes_[axis].begin(), axes_[axis].end(), batch_.position_ids.begin() + axis * tokens);
    for (const Example* example : examples_) batch_.sample_ids.push_back(example->sample_id);
    return std::move(batch_);
  }

 private:
  void AddSegment(const Example& example, const std::vector<int64_t>& ids, const RopePositions& positions, int64_t begin,
                  int64_t end, int64_t prefix, int32_t index) {
    const int64_t at = batch_.num_tokens(), length = static_cast<int64_t>(ids.size());
    batch_.segments.push_back({at, at + end - begin, prefix});
    for (int64_t i = begin; i < end; ++i) {
      batch_.input_ids.push_back(ids[i]);
      const bool is_target_next = i + 1 >= static_cast<int64_t>(example.prompt_ids.size()) && i + 1 < length && index >= 0;
      batch_.labels.push_back(is_target_next ? ids[i + 1] : kIgnoreIndex);
      batch_.num_labels += is_target_next;
      batch_.example_of.push_back(index);
      for (int axis = 0; axis < 3; ++axis) axes_[axis].push_back(positions.thw[axis * length + i]);
    }
  }

  void AddImages(const Example& example) {
    for (const EncodedImagePtr& image : example.images) {
      batch_.pixel_values.insert(batch_.pixel_values.end(), image->pixel_values.begin(), image->pixel_values.end());
      batch_.image_grid_thw.insert(batch_.image_grid_thw.end(), image->grid_thw.begin(), image->grid_thw.end());
    }
  }

  const std::vector<const Example*>& examples_;
  const ModelConfig& config_;
  Batch batch_;
  std::vector<int64_t> axes_[3];
};

}  // namespace

Batch PackExamples(const std::vector<const Example*>& examples, const ModelConfig& config, bool should_share_prefix, int64_t max_tokens_per_example) {
  for (const Example* example : examples) {
    CHECK(example->prompt_ids.size() >= 2) << example->sample_id;
    if (example->num_tokens() > max_tokens_per_example)
      throw Error(ErrorCode::kTooLong, fmt::format("{}: {} tokens, at most {} fit.\nHINT: raise max_length or lower max_pixels.",
                                                   example->sample_id, example->num_tokens(), max_tokens_per_example));
  }
  Packer packer(examples, config);
  for (const std::vector<int32_t>& group : GroupByImages(examples, should_share_prefix))
    packer.AddGroup(group, CommonPrefix(examples, group, config));
  return packer.Finish();
}

}  // namespace lingshu
